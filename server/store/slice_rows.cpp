#include "store/slice_rows.h"

#include <limits>
#include <utility>

#include "store/shown_id.h"

namespace breakwater::store {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kLastInstant = 253'402'300'800'000;  // the year 10000

// Below this distance reading the rows between is cheaper than going down the tree once more.
constexpr std::int64_t kCloseBy = 16;
constexpr std::size_t kWorthARange = 4;

Result<void> mailbox_of_one(Connection& db, std::size_t at, AddressId id,
                            const std::function<void(std::size_t, std::string_view)>& each) {
  auto find = db.prepare("SELECT mailbox FROM address WHERE id = ?1");
  find.bind(1, id);
  auto row = find.step();
  if (!row) return row.error();
  each(at, *row ? find.text(0) : std::string_view());
  return {};
}

Result<void> mailboxes_of_range(Connection& db, std::span<const AddressId> ids, std::size_t from,
                                std::size_t end,
                                const std::function<void(std::size_t, std::string_view)>& each) {
  auto find = db.prepare("SELECT id, mailbox FROM address WHERE id BETWEEN ?1 AND ?2 ORDER BY id");
  find.bind_all(ids[from], ids[end - 1]);
  std::size_t at = from;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) break;
    const AddressId id{find.int64(0)};
    for (; at < end && ids[at] < id; ++at) each(at, {});
    if (at < end && ids[at] == id) each(at++, find.text(1));
  }
  for (; at < end; ++at) each(at, {});
  return {};
}

}  // namespace

std::uint32_t remaining_of(const queue::Slice& slice) {
  return static_cast<std::uint32_t>(slice.settled.size() - slice.settled.count());
}

bool waits(SliceState state) { return state == SliceState::open || state == SliceState::held; }

Result<std::optional<SliceRow>> slice_row(Connection& db, queue::SliceKey key) {
  auto find = db.prepare(
      "SELECT state, route, deferred, attempts, due, expires, last_reply, settled, ids FROM slice"
      " WHERE posting = ?1 AND number = ?2");
  find.bind_all(key.posting, key.number);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<SliceRow>();

  const auto corrupt = [&](const std::string& why) {
    return error(Fault::invalid, "slice " + std::to_string(key.number) + " of posting " + shown(key.posting) +
                                     " is corrupt: " + why);
  };
  const std::int64_t state = find.int64(0), deferred = find.int64(2), attempts = find.int64(3);
  if (state < 0 || state > static_cast<std::int64_t>(SliceState::held)) return corrupt("unknown state");
  if (deferred < 0 || deferred > kMost || attempts < 0 || attempts > kMost)
    return corrupt("a count out of range");
  SliceRow found;
  found.slice.key = key;
  found.slice.route = find.text(1);
  found.state = static_cast<SliceState>(state);
  found.deferred = static_cast<std::uint32_t>(deferred);
  found.slice.attempts = static_cast<std::uint32_t>(attempts);
  found.slice.due = from_ms(find.int64(4));
  found.slice.expires = from_ms(find.int64(5));
  found.last_reply = find.text(6);
  auto ids = queue::unpack_ids(find.blob(8));
  if (!ids) return corrupt(ids.error().what);
  auto settled = queue::Bitmap::from_blob(ids->size(), find.blob(7));
  if (!settled) return corrupt(settled.error().what);
  found.slice.ids = std::move(*ids);
  found.slice.settled = std::move(*settled);
  return std::optional(std::move(found));
}

Result<void> update_slice(Connection& db, const SliceRow& row) {
  const queue::Slice& slice = row.slice;
  return db
      .prepare(
          "UPDATE slice SET state = ?3, route = ?4, remaining = ?5, deferred = ?6, attempts = ?7, due = ?8,"
          " expires = ?11, last_reply = ?9, settled = ?10 WHERE posting = ?1 AND number = ?2")
      .bind_all(slice.key.posting, slice.key.number, static_cast<std::int64_t>(row.state), slice.route,
                waits(row.state) ? remaining_of(slice) : 0, row.deferred, slice.attempts, slice.due,
                row.last_reply, Blob{slice.settled.blob()}, slice.expires)
      .run();
}

Result<void> insert_slice(Connection& db, const SliceRow& row) {
  const queue::Slice& slice = row.slice;
  return db
      .prepare(
          "INSERT INTO slice (posting, number, state, route, recipients, remaining, deferred, attempts, due,"
          " expires, last_reply, settled, ids) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)")
      .bind_all(slice.key.posting, slice.key.number, static_cast<std::int64_t>(row.state), slice.route,
                static_cast<std::int64_t>(slice.ids.size()), remaining_of(slice), row.deferred,
                slice.attempts, slice.due, slice.expires, row.last_reply, Blob{slice.settled.blob()},
                Blob{queue::pack_ids(slice.ids)})
      .run();
}

Result<void> each_log(
    Connection& db, queue::SliceKey key,
    const std::function<Result<void>(Instant base, std::string_view peer, std::string_view log)>& each) {
  auto find =
      db.prepare("SELECT base, peer, log FROM handover WHERE posting = ?1 AND slice = ?2 ORDER BY id");
  find.bind_all(key.posting, key.number);
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return {};
    const std::int64_t base = find.int64(0);
    if (base < 0 || base > kLastInstant) {
      return error(Fault::invalid, "the log of slice " + std::to_string(key.number) + " of posting " +
                                       shown(key.posting) + " is corrupt: a time out of range");
    }
    if (auto read = each(from_ms(base), find.text(1), find.blob(2)); !read) return read;
  }
}

Result<void> append_log(Connection& db, queue::SliceKey key, Instant base, std::string_view peer,
                        std::string_view log) {
  return db.prepare("INSERT INTO handover (posting, slice, base, peer, log) VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind_all(key.posting, key.number, base, peer, Blob{log})
      .run();
}

Result<void> each_mailbox(Connection& db, std::span<const AddressId> ids,
                          const std::function<void(std::size_t at, std::string_view mailbox)>& each) {
  for (std::size_t from = 0; from < ids.size();) {
    std::size_t end = from + 1;
    while (end < ids.size() && ids[end].value - ids[end - 1].value <= kCloseBy) ++end;
    if (end - from >= kWorthARange) {
      if (auto read = mailboxes_of_range(db, ids, from, end, each); !read) return read;
    } else {
      for (std::size_t at = from; at < end; ++at) {
        if (auto read = mailbox_of_one(db, at, ids[at], each); !read) return read;
      }
    }
    from = end;
  }
  return {};
}

Result<bool> end_posting_without_slices(Connection& db, PostingId posting, Instant at) {
  {
    auto open = db.prepare("SELECT 1 FROM slice WHERE state = 0 AND posting = ?1 LIMIT 1");
    open.bind(1, posting);
    auto row = open.step();
    if (!row) return row.error();
    if (*row) return false;
  }
  auto ended = db.prepare("UPDATE posting SET state = 1, finished = ?2 WHERE id = ?1 AND state = 0")
                   .bind_all(posting, at)
                   .run();
  if (!ended) return ended.error();
  return true;
}

}  // namespace breakwater::store
