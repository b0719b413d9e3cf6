#include "daemon/held_due.h"

#include <string>

#include "daemon/hands.h"
#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "store/hold.h"
#include "storm/breaker.h"

namespace breakwater::daemon {
namespace {

// A breaker that has opened since the posting was put off: it waits for a person now.
Result<bool> breaker_is_open(WriteJob& job, const store::Posting& posting) {
  const auto list = job.running.lists_by_id.find(posting.list);
  if (list == job.running.lists_by_id.end()) return false;
  StoreDirectory directory(job.db, job.running);
  const auto& options = list->second->guard.breaker;
  const auto is_open = [&](storm::Kind kind, const std::string& key) -> Result<bool> {
    auto record = directory.memory().get(posting.list, kind, key, job.now);
    if (!record) return record.error();
    if (!*record) return false;
    const auto report = storm::report(kind, key, **record, options, job.now);
    return report && report->state == storm::BreakerState::open;
  };
  auto of_list = is_open(storm::Kind::list, "");
  if (!of_list || *of_list || posting.thread.empty()) return of_list;
  return is_open(storm::Kind::thread, posting.thread);
}

Result<void> hold(WriteJob& job, const store::Posting& posting, const std::string& why) {
  return store::hold_anew(job.db, posting.id, "hold", why, 0, std::nullopt);
}

Result<void> release(WriteJob& job, const store::Posting& posting) {
  if (posting.verdict == "defer") {
    auto open = breaker_is_open(job, posting);
    if (!open) return open.error();
    if (*open) return hold(job, posting, "was deferred; the breaker has opened since");
  }
  auto released = release_posting(job, posting, posting.reason);
  if (released && posting.verdict != kReleased) return {};
  if (released) return learn_of_release(job, posting);
  if (released.error().fault == Fault::busy || released.error().fault == Fault::not_found) {
    return hold(job, posting, released.error().what);
  }
  return released.error();
}

Result<void> give_up(WriteJob& job, const store::Posting& posting) {
  auto done = store::discard_held(job.db, posting.id, job.now, "its sender did not confirm it in time");
  if (!done) return done.error();
  const auto list = job.running.lists_by_id.find(posting.list);
  const auto sender = mail::parse_address(posting.sender);
  if (list == job.running.lists_by_id.end() || !sender) return {};
  return write_outcome(job, *list->second, *sender, posting.subject, posting.message_id,
                       "it was not confirmed in time, so nobody got it; send it again if it is still wanted",
                       false);
}

}  // namespace

Result<bool> act_on_due(WriteJob& job) {
  auto due = store::held_due(job.db, job.now, 1);
  if (!due) return due.error();
  if (due->empty()) return false;
  const store::Posting& posting = due->front();
  auto done = posting.verdict == "confirm" ? give_up(job, posting) : release(job, posting);
  if (!done) return done.error();
  return true;
}

}  // namespace breakwater::daemon
