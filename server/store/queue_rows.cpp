// The queue as dispatch and the administrator see it: what is open, and the hands on it.
#include <algorithm>
#include <map>
#include <utility>

#include "store/digests.h"
#include "store/ledger.h"
#include "store/shown_id.h"
#include "store/spool.h"

namespace breakwater::store {
namespace {

std::uint32_t count_of(const Statement& row, int column) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.int64(column), 0, 0xFFFF'FFFF));
}

// There, and in the queue or through it: what is held has hands of its own.
Result<void> must_be_released(Connection& db, PostingId posting) {
  auto find = db.prepare("SELECT state FROM posting WHERE id = ?1");
  find.bind(1, posting);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return error(Fault::not_found, "there is no posting " + shown(posting));
  if (find.int64(0) == static_cast<std::int64_t>(PostingState::held)) {
    return error(Fault::invalid, "posting " + shown(posting) +
                                     " is held, not in the queue: 'hold release' sends it, 'hold discard' "
                                     "takes it away");
  }
  return {};
}

}  // namespace

Result<std::vector<DueSlice>> open_slices(Connection& db, PostingId posting, std::uint32_t from,
                                          std::size_t limit) {
  auto find = db.prepare(
      "SELECT number, route, recipients, remaining, attempts, due, expires FROM slice"
      " WHERE state = 0 AND posting = ?1 AND number >= ?2 ORDER BY number LIMIT ?3");
  find.bind_all(posting, from, static_cast<std::int64_t>(limit));
  std::vector<DueSlice> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({{posting, count_of(find, 0)},
                     std::string(find.text(1)),
                     count_of(find, 2),
                     count_of(find, 3),
                     count_of(find, 4),
                     from_ms(find.int64(5)),
                     from_ms(find.int64(6))});
  }
}

Result<std::vector<PostingId>> open_postings(Connection& db) {
  auto find = db.prepare("SELECT id FROM posting WHERE state = 0 ORDER BY id");
  std::vector<PostingId> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back(PostingId{find.int64(0)});
  }
}

Result<std::int64_t> retry_now(Connection& db, std::optional<PostingId> posting, Instant now) {
  if (posting) {
    if (auto there = must_be_released(db, *posting); !there) return there.error();
  }
  auto update = posting ? db.prepare("UPDATE slice SET due = ?1 WHERE state = 0 AND posting = ?2")
                        : db.prepare("UPDATE slice SET due = ?1 WHERE state = 0");
  update.bind(1, now);
  if (posting) update.bind(2, *posting);
  if (auto updated = update.run(); !updated) return updated.error();
  return db.changes();
}

Result<std::int64_t> drop(Connection& db, PostingId posting, Instant now, std::string_view why) {
  if (auto there = must_be_released(db, posting); !there) return there.error();
  std::int64_t given_up = 0;
  {
    auto sum = db.prepare("SELECT coalesce(sum(remaining), 0) FROM slice WHERE state = 0 AND posting = ?1");
    sum.bind(1, posting);
    auto row = sum.step();
    if (!row) return row.error();
    given_up = sum.int64(0);
  }
  auto slices = db.prepare(
                      "UPDATE slice SET state = 2, remaining = 0, deferred = 0, due = ?2, last_reply = ?3"
                      " WHERE state = 0 AND posting = ?1")
                    .bind_all(posting, now, why)
                    .run();
  if (!slices) return slices.error();
  auto ended =
      db.prepare("UPDATE posting SET state = 2, deferred = 0, finished = ?2 WHERE id = ?1 AND state = 0")
          .bind_all(posting, now)
          .run();
  if (!ended) return ended.error();
  if (auto left = leave_digest(db, posting); !left) return left.error();
  return given_up;
}

Result<std::vector<QueueLine>> queue_lines(Connection& db, std::size_t limit) {
  auto find = db.prepare(
      "SELECT posting, list_address, subject, route, remaining, attempts, due, last_reply"
      " FROM slice INDEXED BY slice_open CROSS JOIN posting ON posting.id = slice.posting"
      " WHERE slice.state = 0 ORDER BY slice.posting, slice.number");
  std::vector<QueueLine> lines;
  std::map<std::string, std::size_t, std::less<>> of_posting;  // route -> line
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return lines;
    const PostingId posting{find.int64(0)};
    if (lines.empty() || lines.back().posting != posting) {
      if (lines.size() >= limit) return lines;
      of_posting.clear();
    }
    auto at = of_posting.find(find.text(3));
    if (at == of_posting.end()) {
      if (lines.size() >= limit) continue;  // the lines that are there are still to be summed up
      at = of_posting.emplace(find.text(3), lines.size()).first;
      QueueLine line{posting,
                     std::string(find.text(1)),
                     std::string(find.text(2)),
                     std::string(find.text(3)),
                     0,
                     0,
                     0,
                     from_ms(find.int64(6)),
                     {}};
      lines.push_back(std::move(line));
    }
    QueueLine& line = lines[at->second];
    ++line.slices;
    line.remaining += find.int64(4);
    const std::uint32_t attempts = count_of(find, 5);
    if (!find.text(7).empty() && attempts >= line.attempts) line.last_reply = find.text(7);
    line.attempts = std::max(line.attempts, attempts);
    line.due = std::min(line.due, from_ms(find.int64(6)));
  }
}

}  // namespace breakwater::store
