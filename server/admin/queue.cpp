// queue.ls, queue.show, queue.retry, queue.drop, posting.ls, posting.trace
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>
#include <vector>

#include "admin/answers.h"
#include "admin/hands.h"
#include "admin/request.h"
#include "mail/ascii.h"
#include "mail/utf8.h"
#include "store/digests.h"
#include "store/hold.h"
#include "store/ledger.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kListed = 1000;
constexpr std::size_t kMaxReason = 500;

boost::json::object shown(const store::Posting& posting) {
  return {{"posting", format_id(posting.id)},
          {"list", posting.list_address},
          {"state", state_name(posting.state)},
          {"received", iso_time(posting.received)},
          {"sender", posting.sender},
          {"subject", posting.subject},
          {"message_id", posting.message_id},
          {"peer", posting.peer},
          {"size", posting.size},
          {"recipients", posting.recipients},
          {"delivered", posting.delivered},
          {"deferred", posting.deferred},
          {"failed", posting.failed},
          {"verdict", posting.verdict},
          {"reason", posting.reason},
          {"thread", posting.thread},
          {"until", posting.until ? iso_time(*posting.until) : std::string()}};
}

// What a budget put off is waiting to be sent too: it has no slices yet, but a time and a reason.
Result<std::vector<store::QueueLine>> deferred_lines(store::Connection& db, std::size_t limit) {
  auto held = store::held(db, {ListId{}, "", "defer"}, limit);
  if (!held) return held.error();
  std::vector<store::QueueLine> lines;
  for (const store::Posting& posting : *held) {
    store::QueueLine line;
    line.posting = posting.id;
    line.list_address = posting.list_address;
    line.subject = posting.subject;
    line.remaining = posting.recipients;
    line.due = posting.until.value_or(Instant{});
    line.last_reply = posting.reason;
    lines.push_back(std::move(line));
  }
  return lines;
}

// Where no server runs: the same order on the store, with the same trail.
Result<Outcome> recall_without_hands(const Question& question, const Order& order) {
  Outcome outcome{1, 0, ""};
  const Instant now = question.desk.now();
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    const std::string why = "recalled by " + order.actor + ": " + order.reason;
    const auto discarded = store::discard_held(db, order.posting, now, why);
    if (!discarded) return discarded.error();
    if (*discarded) {
      outcome.message = "1 posting discarded";
    } else {
      const auto given_up = store::drop(db, order.posting, now, why);
      if (!given_up) return given_up.error();
      outcome.recipients = *given_up;
      outcome.message = std::to_string(*given_up) + " copies recalled before being handed over";
    }
    return store::add_audit(db, {now, order.actor, std::string(name_of(order.hand)), order.list_address,
                                 order.posting, order.reason, outcome.message});
  });
  if (!done) return done.error();
  return outcome;
}

// Every recipient of the posting; `digest`: it is the one that brought them what is asked about.
Result<void> trace_rows(const Question& question, store::Connection& db, PostingId posting,
                        const std::string& digest) {
  bool wanted = true;
  return store::trace(db, posting, [&](const store::TraceRow& row) {
    wanted = wanted && question.row({{"recipient", row.mailbox},
                                     {"state", row.state},
                                     {"at", iso_time(row.at)},
                                     {"peer", row.peer},
                                     {"reply", row.reply},
                                     {"attempts", row.attempts},
                                     {"digest", digest}});
  });
}

std::string retried(std::int64_t slices, const std::optional<store::Posting>& posting) {
  if (slices > 0) return std::to_string(slices) + (slices == 1 ? " slice" : " slices") + " will be tried now";
  if (!posting) return "nothing waits to be delivered; what waits for a person or a time is in 'hold ls'";
  return "nothing of posting " + format_id(posting->id) + " waits: of " +
         std::to_string(posting->recipients) + " recipients " + std::to_string(posting->delivered) +
         " have it and " + std::to_string(posting->failed) + " bounced" +
         (posting->state == store::PostingState::dropped ? "; the rest was dropped" : "") +
         " (see 'posting trace')";
}

}  // namespace

std::string_view state_name(store::PostingState state) {
  switch (state) {
    case store::PostingState::pending: return "pending";
    case store::PostingState::done: return "done";
    case store::PostingState::dropped: return "dropped";
    case store::PostingState::held: return "held";
  }
  return "unknown";
}

Pauses pauses(const DeskOptions& desk) { return desk.live != nullptr ? desk.live->paused() : Pauses{}; }

std::string told_pause(const Pauses& paused, const std::string& destination) {
  const auto found = paused.find(destination);
  if (found == paused.end()) return {};
  return "paused until " + iso_time(found->second.until) + ": " + found->second.reply;
}

Result<store::Posting> known_posting(store::Connection& db, PostingId id) {
  auto found = store::posting(db, id);
  if (!found) return found.error();
  if (!*found) return error(Fault::not_found, "there is no posting " + format_id(id) + " (see 'posting ls')");
  return std::move(**found);
}

Answer queue_ls(const Question& question) {
  const auto limit = number(question.request, "limit", kListed);
  if (!limit) return limit.error();
  auto reading = question.desk.store->read();
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(*limit, 100'000));
  auto lines = store::queue_lines(reading.connection(), most);
  if (!lines) return lines.error();
  const auto deferred = deferred_lines(reading.connection(), most - std::min(most, lines->size()));
  if (!deferred) return deferred.error();
  lines->insert(lines->end(), deferred->begin(), deferred->end());
  const Pauses paused = pauses(question.desk);
  std::int64_t remaining = 0;
  for (const store::QueueLine& line : *lines) {
    remaining += line.remaining;
    const std::string pause = told_pause(paused, line.route);
    if (!question.row({{"posting", format_id(line.posting)},
                       {"list", line.list_address},
                       {"subject", line.subject},
                       {"route", line.route},
                       {"slices", line.slices},
                       {"remaining", line.remaining},
                       {"attempts", line.attempts},
                       {"due", iso_time(line.due)},
                       {"last_reply", pause.empty() ? line.last_reply : pause}})) {
      break;
    }
  }
  return boost::json::object{{"lines", lines->size()}, {"remaining", remaining}};
}

Answer queue_show(const Question& question) {
  const auto id = required_posting(question.request);
  if (!id) return id.error();
  auto reading = question.desk.store->read();
  const auto posting = known_posting(reading.connection(), *id);
  if (!posting) return posting.error();
  std::uint32_t from = 0;
  for (;;) {
    const auto slices = store::open_slices(reading.connection(), *id, from, kListed);
    if (!slices) return slices.error();
    for (const store::DueSlice& slice : *slices) {
      from = slice.key.number + 1;
      if (!question.row({{"slice", slice.key.number},
                         {"route", slice.route},
                         {"recipients", slice.count},
                         {"remaining", slice.remaining},
                         {"attempts", slice.attempts},
                         {"due", iso_time(slice.due)}})) {
        return shown(*posting);
      }
    }
    if (slices->size() < kListed) return shown(*posting);
  }
}

Answer queue_retry(const Question& question) {
  const auto text = optional_text(question.request, "posting");
  if (!text) return text.error();
  std::optional<PostingId> only;
  if (*text) {
    const auto id = required_posting(question.request);
    if (!id) return id.error();
    only = *id;
  }
  std::int64_t slices = 0;
  std::string message;
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    std::optional<store::Posting> posting;
    if (only) {
      auto known = known_posting(db, *only);
      if (!known) return known.error();
      posting = std::move(*known);
    }
    const auto due = store::retry_now(db, only, question.desk.now());
    if (!due) return due.error();
    slices = *due;
    message = retried(slices, posting);
    return {};
  });
  if (!done) return done.error();
  if (question.desk.live != nullptr) question.desk.live->wake_queue();
  return boost::json::object{{"slices", slices}, {"message", std::move(message)}};
}

Answer queue_drop(const Question& question) {
  const auto id = required_posting(question.request);
  if (!id) return id.error();
  const auto why = optional_text(question.request, "why");
  if (!why) return why.error();
  Order order;
  order.hand = Hand::recall;
  order.posting = *id;
  order.actor = question.actor;
  const std::string line = mail::printable(why->value_or(""), kMaxReason);
  order.reason = mail::trimmed(line);
  if (order.reason.empty()) order.reason = "dropped by the administrator";
  {
    auto reading = question.desk.store->read();
    const auto posting = known_posting(reading.connection(), *id);
    if (!posting) return posting.error();
    order.list = posting->list;
    order.list_address = posting->list_address;
  }
  const auto outcome = question.desk.hands != nullptr ? question.desk.hands->carry_out(order)
                                                      : recall_without_hands(question, order);
  if (!outcome) return outcome.error();
  if (question.desk.live != nullptr) question.desk.live->posting_dropped(*id);
  return boost::json::object{
      {"posting", format_id(*id)}, {"recipients", outcome->recipients}, {"message", outcome->message}};
}

Answer posting_ls(const Question& question) {
  const auto config = question.desk.config();
  const auto name = optional_text(question.request, "list");
  if (!name) return name.error();
  std::string address;
  if (*name) {
    const auto list = find_configured(*config, **name);
    if (!list) return list.error();
    address = (*list)->address();
  }
  const auto unfinished = flag(question.request, "unfinished");
  if (!unfinished) return unfinished.error();
  const auto limit = number(question.request, "limit", 50);
  if (!limit) return limit.error();
  auto reading = question.desk.store->read();
  const auto all =
      store::postings(reading.connection(), address, *unfinished, std::min<std::uint64_t>(*limit, 10'000));
  if (!all) return all.error();
  for (const store::Posting& one : *all) {
    if (!question.row(shown(one))) break;
  }
  return boost::json::object{{"postings", all->size()}};
}

Answer posting_trace(const Question& question) {
  const auto id = required_posting(question.request);
  if (!id) return id.error();
  auto reading = question.desk.store->read();
  const auto posting = known_posting(reading.connection(), *id);
  if (!posting) return posting.error();
  store::Connection& db = reading.connection();
  const auto digests = store::digests_with(db, *posting, kMostDigests);
  if (!digests) return digests.error();
  if (auto traced = trace_rows(question, db, *id, ""); !traced) return traced.error();
  boost::json::object answer = shown(*posting);
  boost::json::array& named = (answer["digests"] = boost::json::array()).as_array();
  for (const store::Posting& digest : *digests) {
    const std::string name = format_id(digest.id);
    if (auto traced = trace_rows(question, db, digest.id, name); !traced) return traced.error();
    named.push_back(shown(digest));
  }
  const auto waits = store::waits_for_digest(db, *id);
  if (!waits) return waits.error();
  const auto readers = *waits ? digest_readers(question, db, *posting) : Result<std::int64_t>(0);
  if (!readers) return readers.error();
  answer["digest_readers"] = *readers;
  return answer;
}

}  // namespace breakwater::admin
