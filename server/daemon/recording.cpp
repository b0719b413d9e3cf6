// The dispatcher's part for what a report has settled: it is recorded, bounces booked, and where a posting of
// a person ended, whoever has to hear of failures is written to, in one write job.
#include "daemon/bounce_booking.h"
#include "daemon/clock.h"
#include "daemon/delivery_notice.h"
#include "daemon/dispatcher.h"
#include "log/log.h"

namespace breakwater::daemon {

Dispatcher::Record Dispatcher::record_of(const InHand& in_hand, const queue::Report& report,
                                         pipeline::Settled& settled) const {
  Record record;
  record.by_people = in_hand.posting.kind == store::PostingKind::owner;
  store::Progress& progress = record.progress;
  progress.slice = in_hand.slice;
  progress.finished = settled.finished;
  progress.delivered = settled.delivered;
  progress.failed = settled.failed;
  progress.peer = report.peer;
  progress.log_base = settled.log_base;
  progress.log = std::move(settled.log);
  for (pipeline::Failure& failure : settled.failures) {
    record.bounces.push_back({in_hand.posting.list, report.key.posting, in_hand.slice.ids[failure.index],
                              failure.at, std::move(failure.status), std::move(failure.diagnostic)});
  }
  return record;
}

void Dispatcher::commit(Record record) {
  struct Work {
    Record record;
    std::shared_ptr<const Running> running;
    std::uint64_t entropy;
    Committed result;
  };
  auto work = std::make_shared<Work>(Work{std::move(record), in_force_.get(), entropy_, {}});
  entropy_ += 4;
  const auto job = [work](store::Connection& db) -> Result<void> {
    const queue::SliceKey key = work->record.progress.slice.key;
    work->result.notice.reset();  // it may be the second run
    auto before = work->record.by_people ? store::posting(db, key.posting) : std::optional<store::Posting>();
    if (!before) return before.error();
    auto booked = book_bounces(db, *work->running, work->record.bounces, Witness::session, clock_now());
    if (!booked) return booked;
    auto done = store::record_progress(db, work->record.progress, work->record.bounces);
    if (!done) return done.error();
    work->result.posting_done = *done;
    // Once: by the report that ended the posting, not by one that comes after its end.
    if (!*done || !*before || (*before)->state != store::PostingState::pending) return {};
    auto notice = write_failure_notice(db, key.posting, *work->running, clock_now(), work->entropy);
    if (!notice) return notice.error();
    if (*notice) work->result.notice = Opened{**notice, 1};
    return {};
  };
  const auto done = [this, work](const Result<void>& written) {
    const bool gone =
        !written && (written.error().fault == Fault::not_found || written.error().fault == Fault::invalid);
    if (written) {
      const queue::Slice& slice = work->record.progress.slice;
      if (work->record.try_ended) work->result.key = slice.key;
      if (!work->record.progress.finished) work->result.due = slice.due;
      const bool news = work->record.try_ended || work->record.again || work->result.notice;
      if (news) post(std::move(work->result));
    } else if (gone) {  // dropped meanwhile
      const auto& slice = work->record.progress.slice;
      log::event(log::Level::warning, "not_recorded",
                 {{"posting", format_id(slice.key.posting)},
                  {"slice", slice.key.number},
                  {"reason", written.error().what}});
      post(Committed{slice.key, {}, false, {}});
    } else if (written.error().fault != Fault::storage) {
      return post(NotCommitted{std::move(work->record)});  // still under way: a stop waits for it
    }  // a failed disk restarts the server, which reads from it what is true
    --records_under_way_;
  };
  const auto answered = [this, done](const Result<void>& written) {
    done(written);
    const std::lock_guard lock(mutex_);
    --unanswered_;
    something_.notify_all();
  };
  ++records_under_way_;
  {
    const std::lock_guard lock(mutex_);
    ++unanswered_;
  }
  store_.write(job, answered, store::Repeat::may);
}

void Dispatcher::on_committed(const Committed& committed) {
  stalled_ = false;
  if (committed.notice) open(*committed.notice);
  if (!committed.key.posting) return;
  ended(committed.key, committed.due);
  if (!committed.posting_done) return;
  log::event(log::Level::info, "finished", {{"posting", format_id(committed.key.posting)}});
  dispatch_.close(committed.key.posting);
  copies_.forget(committed.key.posting);
  stops_.erase(committed.key.posting);
}

}  // namespace breakwater::daemon
