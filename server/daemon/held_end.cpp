#include "daemon/held_end.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/apart.h"
#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "log/log.h"
#include "mail/message.h"
#include "store/hold.h"
#include "store/moderation.h"
#include "storm/notices.h"

namespace breakwater::daemon {
namespace {

constexpr Duration kNotice = std::chrono::hours(3 * 24);
constexpr std::size_t kNamed = 20;

// When moderators are told, and what may end now. Nothing ends of which they have not been told for most of
// that time: also not where the server was down, or the file says a shorter time than it did.
struct Ends {
  explicit Ends(const lists::List& list, Instant now)
      : notice(std::min(kNotice, list.guard.held_for / 2)),
        told_before(now - list.guard.held_for + notice),
        letter_before(now - notice / 3),
        received(now - list.guard.held_for),
        warned(now - notice * 2 / 3) {}

  Duration notice;
  Instant told_before;    // received until then, it is listed in the next letter
  Instant letter_before;  // one letter a list a day, that is a third of the time
  Instant received, warned;
};

Result<std::vector<store::Posting>> to_tell(store::Connection& db, ListId list, const Ends& ends) {
  auto last = store::last_held_letter(db, list);
  if (!last) return last.error();
  if (*last && **last > ends.letter_before) return std::vector<store::Posting>();
  return store::held_ending(db, {list, ends.told_before, std::nullopt}, kNamed + 1);
}

Result<std::vector<store::Posting>> to_end(store::Connection& db, ListId list, const Ends& ends) {
  return store::held_ending(db, {list, ends.received, ends.warned}, 1);
}

Result<void> tell(WriteJob& job, ListId id, const lists::List& list, const Ends& ends,
                  const std::vector<store::Posting>& postings) {
  StoreDirectory directory(job.db, job.running);
  auto moderators = directory.moderators(list);
  if (!moderators) return moderators.error();
  auto audience = directory.people(*moderators);
  if (!audience) return audience.error();
  letters::Values values;
  letters::Rows rows;
  for (const store::Posting& posting : postings) {
    if (rows.size() == kNamed) break;
    letters::Values& row = rows.emplace_back();
    row["posting"] = format_id(posting.id);
    row["author"] = posting.sender;
    row["subject"] = posting.subject;
    row["until"] = std::max(posting.received + list.guard.held_for, job.now + ends.notice * 2 / 3);
  }
  values["list_address"] = list.address();
  values["owner_address"] = list.sub_address("owner");
  values["postings"] = std::move(rows);
  values["more"] = postings.size() > kNamed;
  letters::Rendered words = job.running.config->templates.render(list.language, "ending", values);
  mail::Notice notice;
  notice.from = notice.to = list.sub_address("owner");
  notice.subject = std::move(words.subject);
  notice.text = std::move(words.text);
  if (audience->recipients > 0) {
    auto posted =
        post_own(job, notice, *audience, list, store::PostingKind::notice, "held messages that end soon");
    if (!posted) return posted.error();
  }
  return store::note_warned(job.db, id, ends.told_before, job.now);
}

// A program hears nothing, and who asked to leave has been answered.
Result<void> end(WriteJob& job, const store::Posting& posting) {
  const auto author = mail::parse_address(posting.sender);
  if (author && posting.verdict != "machine" && posting.verdict != "leave") {
    StoreDirectory directory(job.db, job.running);
    auto may = storm::may_tell(posting.list, storm::Notice::to_sender, "ended " + author->key,
                               directory.memory(), job.now);
    if (!may) return may.error();
    auto told = *may ? write_to_author(job, posting, "expired", posting.reason) : Result<bool>(false);
    if (!told) return told.error();
  }
  auto done = store::discard_held(
      job.db, posting.id, job.now,
      "nobody decided about it in time (held_for); it was held because " + posting.reason);
  return done ? Result<void>() : done.error();
}

// What cannot be done for one list or one posting has its turn again as if it had been: a letter a day later,
// an end when its authors have been told for most of the time once more.
Result<void> put_off_letter(WriteJob& job, ListId id, const lists::List& list, const Error& why) {
  log::event(log::Level::error, "held_letter_set_aside",
             {{"list", list.address()},
              {"reason", why.what},
              {"advice", "tried again later; until then nothing that is held there comes to its end"}});
  return store::note_held_letter(job.db, id, job.now);
}

Result<void> put_off(WriteJob& job, const store::Posting& posting, const Error& why) {
  log::event(log::Level::error, "held_set_aside",
             {{"posting", format_id(posting.id)},
              {"list", posting.list_address},
              {"reason", why.what},
              {"advice", "it does not end by itself for now; decide with `breakwater hold`"}});
  return store::put_off_end(job.db, posting.id, job.now);
}

template <class Act>
Result<bool> each_list(store::Connection& db, const Running& running, Instant now, Act act) {
  for (const auto& [id, list] : running.lists_by_id) {
    if (list->guard.held_for == Duration{0}) continue;
    auto held = store::count_held(db, id);
    if (!held) return held.error();
    if (held->postings == 0) continue;
    auto acted = act(id, *list, Ends(*list, now));
    if (!acted || *acted) return acted;
  }
  return false;
}

}  // namespace

Result<bool> held_ends(store::Connection& db, const Running& running, Instant now) {
  return each_list(db, running, now, [&](ListId id, const lists::List&, const Ends& ends) -> Result<bool> {
    auto untold = to_tell(db, id, ends);
    if (!untold) return untold.error();
    if (!untold->empty()) return true;
    auto ended = to_end(db, id, ends);
    if (!ended) return ended.error();
    return !ended->empty();
  });
}

Result<bool> act_on_held_ends(WriteJob& job) {
  const auto act = [&](ListId id, const lists::List& list, const Ends& ends) -> Result<bool> {
    auto untold = to_tell(job.db, id, ends);
    if (!untold) return untold.error();
    if (!untold->empty()) {
      auto told = apart(job, [&] { return tell(job, id, list, ends, *untold); });
      if (!told && store::is_of_one(told.error())) told = put_off_letter(job, id, list, told.error());
      return told ? Result<bool>(true) : told.error();
    }
    auto ended = to_end(job.db, id, ends);
    if (!ended || ended->empty()) return ended ? Result<bool>(false) : ended.error();
    auto done = apart(job, [&] { return end(job, ended->front()); });
    if (!done && store::is_of_one(done.error())) done = put_off(job, ended->front(), done.error());
    return done ? Result<bool>(true) : done.error();
  };
  return each_list(job.db, job.running, job.now, act);
}

}  // namespace breakwater::daemon
