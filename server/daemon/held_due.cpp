#include "daemon/held_due.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "daemon/apart.h"
#include "daemon/hands.h"
#include "daemon/letters.h"
#include "daemon/rejudge.h"
#include "daemon/store_directory.h"
#include "log/log.h"
#include "store/hold.h"
#include "store/moderation.h"
#include "storm/breaker.h"
#include "storm/notices.h"

namespace breakwater::daemon {
namespace {

constexpr Duration kTryAgainAfter = std::chrono::minutes(1);

// It keeps what it is, and its turn comes again: when the list is thawed, or its file is back.
Result<void> later(WriteJob& job, const store::Posting& posting) {
  return store::hold_anew(job.db, posting.id, posting.verdict, posting.reason, posting.approvals,
                          job.now + kTryAgainAfter);
}

// Nobody who could see it let it go: owners and moderators are told that its audience is not what it was.
Result<void> tell_of_drift(WriteJob& job, store::Posting posting, const Released& released) {
  const lists::List& list = *job.running.lists_by_id.at(posting.list);
  StoreDirectory directory(job.db, job.running);
  auto moderators = directory.moderators(list);
  if (!moderators) return moderators.error();
  std::vector<pipeline::Letter> letters;
  for (const mail::Address& moderator : *moderators) {
    auto may = storm::may_tell(posting.list, storm::Notice::of_list, "drift " + moderator.key,
                               directory.memory(), job.now);
    if (!may) return may.error();
    if (*may) letters.push_back({pipeline::LetterKind::drift, moderator});
  }
  posting.reason = released.kept_because;
  posting.recipients = released.recipients;
  return write_letters(job, {&list, &posting, "", nullptr}, letters);
}

Result<void> release(WriteJob& job, const store::Posting& posting) {
  const bool by_person = posting.verdict == kReleased;
  if (!by_person) {  // it was put off; a breaker that has opened since wants a person
    StoreDirectory directory(job.db, job.running);
    auto open = storm::is_open(posting.list, posting.thread, directory.memory(), job.now);
    if (!open) return open.error();
    auto all = store::holds_all(job.db, posting.list);
    if (!all) return all.error();
    if (*all) {
      return store::hold_anew(job.db, posting.id, "moderate",
                              "was deferred; everything waits for a moderator since", posting.approvals,
                              std::nullopt);
    }
    if (*open) {
      return store::hold_anew(job.db, posting.id, "hold", "was deferred; the breaker has opened since", 0,
                              std::nullopt);
    }
  }
  auto released = release_posting(job, posting, posting.reason);
  if (!released) return released.error();
  if (!released->kept_because.empty()) return tell_of_drift(job, posting, *released);
  return by_person ? learn_of_release(job, posting, released->recipients) : Result<void>();
}

Result<void> look_again(WriteJob& job, const store::Posting& posting) {
  auto judged = judge_again(job, posting, Again::looked_at);
  return judged ? Result<void>() : judged.error();
}

Result<void> give_up(WriteJob& job, const store::Posting& posting) {
  auto done = store::discard_held(job.db, posting.id, job.now, "its sender did not confirm it in time");
  if (!done) return done.error();
  const auto told = write_to_author(job, posting, "unconfirmed", "");
  return told ? Result<void>() : told.error();
}

}  // namespace

Result<bool> act_on_due(WriteJob& job) {
  auto due = store::held_due(job.db, job.now, 1);
  if (!due) return due.error();
  if (due->empty()) return false;
  const store::Posting& posting = due->front();
  auto done = apart(job, [&] {
    if (posting.verdict == "confirm") return give_up(job, posting);
    return posting.verdict == kAgain ? look_again(job, posting) : release(job, posting);
  });
  // One that cannot go now must not stand in the way of those behind it.
  if (!done && store::is_of_one(done.error())) {
    // Its list is frozen, or its file gone: somebody did that, and knows.
    const bool known = done.error().fault == Fault::busy || done.error().fault == Fault::not_found;
    log::event(known ? log::Level::debug : log::Level::warning, "held_set_aside",
               {{"posting", format_id(posting.id)},
                {"list", posting.list_address},
                {"reason", done.error().what},
                {"advice", "tried again every minute; `breakwater hold discard` ends that"}});
    done = later(job, posting);
  }
  if (!done) return done.error();
  return true;
}

}  // namespace breakwater::daemon
