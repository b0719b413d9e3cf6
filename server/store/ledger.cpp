#include "store/ledger.h"

#include <algorithm>
#include <utility>

#include "store/log_transcript.h"
#include "store/shown_id.h"
#include "store/slice_rows.h"

namespace breakwater::store {
namespace {

// What a report adds to a posting's counters.
struct Counted {
  std::uint32_t newly_settled = 0;
  std::int64_t deferred = 0;  // more, or fewer
};

// The marks of `from` that `to` has not yet.
std::uint32_t add_marks(queue::Bitmap& to, const queue::Bitmap& from) {
  std::uint32_t added = 0;
  for (std::size_t at = 0; at < to.size(); ++at) {
    if (!from.test(at) || to.test(at)) continue;
    to.set(at);
    ++added;
  }
  return added;
}

// Who of the slice is waiting for another try. Before the first try has ended some may not have been tried.
std::uint32_t deferred_of(const SliceRow& row, std::uint32_t newly) {
  if (row.state != SliceState::open) return 0;
  const std::uint32_t remaining = remaining_of(row.slice);
  return row.slice.attempts > 0 ? remaining : std::min(remaining, row.deferred + newly);
}

Result<Counted> record_in(Connection& db, SliceRow& row, const Progress& progress,
                          const LogSummary& summary) {
  Counted counted;
  counted.newly_settled = add_marks(row.slice.settled, progress.slice.settled);
  if (row.state == SliceState::open) {
    row.slice.attempts = progress.slice.attempts;
    row.slice.due = progress.slice.due;
    row.slice.expires = progress.slice.expires;
    if (!summary.last_refusal.empty()) row.last_reply = summary.last_refusal;
    if (row.slice.settled.all()) row.state = SliceState::finished;
  }
  const std::uint32_t before = row.deferred;
  row.deferred = deferred_of(row, summary.deferred);
  counted.deferred = std::int64_t{row.deferred} - std::int64_t{before};
  if (auto updated = update_slice(db, row); !updated) return updated.error();
  if (!progress.log.empty()) {
    auto appended = append_log(db, row.slice.key, progress.log_base, progress.peer, progress.log);
    if (!appended) return appended.error();
  }
  return counted;
}

// The slice was re-routed while in hand: its recipients wait in other slices and must not be sent to again.
Result<Counted> record_in_successors(Connection& db, const SliceRow& moved, const Progress& progress) {
  std::vector<std::uint32_t> numbers;
  {
    auto open = db.prepare("SELECT number FROM slice WHERE state = 0 AND posting = ?1 AND number > ?2");
    open.bind_all(moved.slice.key.posting, moved.slice.key.number);
    for (;;) {
      auto row = open.step();
      if (!row) return row.error();
      if (!*row) break;
      numbers.push_back(static_cast<std::uint32_t>(open.int64(0)));
    }
  }
  Counted total;
  for (const std::uint32_t number : numbers) {
    auto found = slice_row(db, {moved.slice.key.posting, number});
    if (!found) return found.error();
    const IndexMap places = map_indices(moved.slice.ids, (*found)->slice.ids);
    if (places.empty()) continue;
    Progress part;
    part.slice = (*found)->slice;
    for (const auto& [from, to] : places) {
      if (progress.slice.settled.test(from)) part.slice.settled.set(to);
    }
    auto log = transcribe(progress.log_base, progress.log, places);
    if (!log) return log.error();
    part.log = std::move(*log);
    part.log_base = progress.log_base;
    part.peer = progress.peer;
    auto summary = summarize(part.log_base, part.log);
    if (!summary) return summary.error();
    auto counted = record_in(db, **found, part, *summary);
    if (!counted) return counted;
    total.newly_settled += counted->newly_settled;
    total.deferred += counted->deferred;
  }
  return total;
}

Result<void> count_in_posting(Connection& db, const Progress& progress, const Counted& counted) {
  // Not more than marks are new: a report for a slice that another report has overtaken must not count twice.
  const std::uint32_t delivered = std::min(progress.delivered, counted.newly_settled);
  const std::uint32_t failed = std::min(progress.failed, counted.newly_settled - delivered);
  return db
      .prepare(
          "UPDATE posting SET delivered = delivered + ?2, failed = failed + ?3, deferred = deferred + ?4"
          " WHERE id = ?1")
      .bind_all(progress.slice.key.posting, delivered, failed, counted.deferred)
      .run();
}

Result<std::vector<Bounce>> read_bounces(Statement find) {
  std::vector<Bounce> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, PostingId{find.int64(1)}, AddressId{find.int64(2)},
                     from_ms(find.int64(3)), std::string(find.text(4)), std::string(find.text(5))});
  }
}

}  // namespace

Result<bool> add_bounce(Connection& db, const Bounce& bounce) {
  auto inserted =
      db.prepare(
            "INSERT INTO bounce (posting, address_id, list_id, at, status, diagnostic)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING")
          .bind_all(bounce.posting, bounce.address, bounce.list, bounce.at, bounce.status, bounce.diagnostic)
          .run();
  if (!inserted) return inserted.error();
  return db.changes() > 0;
}

Result<bool> record_progress(Connection& db, const Progress& progress, const std::vector<Bounce>& bounces) {
  auto stored = slice_row(db, progress.slice.key);
  if (!stored) return stored.error();
  const std::string name = "slice " + std::to_string(progress.slice.key.number) + " of posting " +
                           shown(progress.slice.key.posting);
  if (!*stored) return error(Fault::not_found, name + " is not in the store any more");
  SliceRow& row = **stored;
  if (row.slice.settled.size() != progress.slice.settled.size()) {
    return error(Fault::invalid, name + " was reported with another number of recipients than it has");
  }
  if (progress.finished && !progress.slice.settled.all()) {
    return error(Fault::invalid, name + " was reported finished with recipients that are not settled");
  }
  auto summary = summarize(progress.log_base, progress.log);
  if (!summary) return summary.error();
  const Instant at = std::max({summary->last, progress.log_base, row.slice.due});
  auto counted = row.state == SliceState::moved ? record_in_successors(db, row, progress)
                                                : record_in(db, row, progress, *summary);
  if (!counted) return counted.error();
  for (const Bounce& bounce : bounces) {
    if (auto added = add_bounce(db, bounce); !added) return added.error();
  }
  if (auto updated = count_in_posting(db, progress, *counted); !updated) return updated.error();
  return end_posting_without_slices(db, progress.slice.key.posting, at);
}

Result<std::vector<Bounce>> bounces(Connection& db, PostingId posting) {
  auto find = db.prepare(
      "SELECT list_id, posting, address_id, at, status, diagnostic FROM bounce"
      " WHERE posting = ?1 ORDER BY address_id");
  find.bind(1, posting);
  return read_bounces(std::move(find));
}

Result<std::vector<Bounce>> bounces_of_member(Connection& db, ListId list, AddressId address,
                                              std::size_t limit) {
  auto find = db.prepare(
      "SELECT list_id, posting, address_id, at, status, diagnostic FROM bounce"
      " WHERE list_id = ?1 AND address_id = ?2 ORDER BY at DESC LIMIT ?3");
  find.bind_all(list, address, static_cast<std::int64_t>(limit));
  return read_bounces(std::move(find));
}

Result<std::optional<queue::Slice>> slice(Connection& db, queue::SliceKey key) {
  auto row = slice_row(db, key);
  if (!row) return row.error();
  if (!*row) return std::optional<queue::Slice>();
  return std::optional(std::move((*row)->slice));
}

Result<std::vector<queue::Addressee>> addressees(Connection& db, const queue::Slice& slice) {
  std::vector<queue::Addressee> found;
  std::vector<AddressId> ids;
  for (std::size_t at = 0; at < slice.ids.size(); ++at) {
    if (at < slice.settled.size() && slice.settled.test(at)) continue;
    found.push_back({static_cast<std::uint32_t>(at), slice.ids[at], {}});
    ids.push_back(slice.ids[at]);
  }
  auto read =
      each_mailbox(db, ids, [&](std::size_t at, std::string_view mailbox) { found[at].mailbox = mailbox; });
  if (!read) return read.error();
  return found;
}

}  // namespace breakwater::store
