#include "store/posting_rows.h"

#include <limits>
#include <string>
#include <utility>

#include "mail/address.h"
#include "queue/slice.h"
#include "store/shown_id.h"

namespace breakwater::store {
namespace {

// Who is counted for what is held (hold.h): another spelling of an address is the same person.
std::string author_key(const Posting& posting) {
  const auto author = mail::parse_address(posting.sender);
  return author ? author->key : posting.sender;
}

}  // namespace

Result<Posting> read_posting(const Statement& row) {
  const std::int64_t kind = row.int64(2), state = row.int64(13), approvals = row.int64(21);
  if (kind < 0 || kind > static_cast<std::int64_t>(PostingKind::digest) || state < 0 ||
      state > static_cast<std::int64_t>(PostingState::held) || approvals < 0 ||
      approvals > std::numeric_limits<int>::max()) {
    return error(Fault::invalid, "the row of posting " + shown(PostingId{row.int64(0)}) + " is corrupt");
  }
  Posting posting;
  posting.id = PostingId{row.int64(0)};
  posting.message = MessageId{row.int64(1)};
  posting.kind = static_cast<PostingKind>(kind);
  posting.list = ListId{row.int64(3)};
  int column = 4;
  for (std::string* text :
       {&posting.list_address, &posting.sender, &posting.reverse_path, &posting.envid, &posting.message_id,
        &posting.subject, &posting.peer, &posting.verdict, &posting.reason}) {
    *text = row.text(column++);
  }
  posting.state = static_cast<PostingState>(state);
  posting.received = from_ms(row.int64(14));
  posting.size = row.int64(15);
  posting.recipients = row.int64(16);
  posting.delivered = row.int64(17);
  posting.deferred = row.int64(18);
  posting.failed = row.int64(19);
  posting.thread = row.text(20);
  posting.approvals = static_cast<int>(approvals);
  if (!row.is_null(22)) posting.until = from_ms(row.int64(22));
  if (!row.is_null(23)) posting.released = from_ms(row.int64(23));
  return posting;
}

Result<std::vector<Posting>> read_postings(Statement find) {
  std::vector<Posting> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    auto posting = read_posting(find);
    if (!posting) return posting.error();
    found.push_back(std::move(*posting));
  }
}

Result<void> insert_posting(Connection& db, const Posting& posting) {
  auto insert = db.prepare("INSERT INTO posting (" BREAKWATER_POSTING_COLUMNS
                           ", finished, author_key) VALUES"
                           " (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,0,0,0,?18,?19,?20,"
                           "NULL,?21,?22)");
  insert.bind_all(posting.id, posting.message, static_cast<std::int64_t>(posting.kind), posting.list,
                  posting.list_address, posting.sender, posting.reverse_path, posting.envid,
                  posting.message_id, posting.subject, posting.peer, posting.verdict, posting.reason,
                  static_cast<std::int64_t>(posting.state), posting.received, posting.size,
                  posting.recipients, posting.thread, std::int64_t{posting.approvals});
  if (posting.until) insert.bind(20, *posting.until);
  if (posting.state == PostingState::done) insert.bind(21, posting.received);
  const std::string author = posting.kind == PostingKind::list ? author_key(posting) : std::string();
  insert.bind(22, author);
  if (auto inserted = insert.run(); !inserted) return inserted;
  // Not by triggers, as the other ways into being held and out of it: with one, each insert keeps a copy of
  // every page it writes and looks for rows that refer to the new one.
  if (posting.state == PostingState::held) {
    return db
        .prepare(
            "INSERT INTO held_total VALUES (?1, 1, ?2)"
            " ON CONFLICT (list_id) DO UPDATE SET postings = postings + 1, bytes = bytes + excluded.bytes")
        .bind_all(posting.list, posting.size)
        .run();
  }
  const bool goes_out = posting.state == PostingState::pending || posting.state == PostingState::done;
  if (!goes_out || author.empty() || posting.verdict == "divert") return {};
  return db.prepare("INSERT OR IGNORE INTO posted VALUES (?1, ?2)").bind_all(posting.list, author).run();
}

Result<void> insert_audience(Connection& db, PostingId posting, const lists::Audience& audience,
                             SliceState state, Instant due, Instant expires) {
  auto insert = db.prepare(
      "INSERT INTO slice (posting, number, state, route, recipients, remaining, deferred, attempts, due,"
      " expires, last_reply, settled, ids) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, 0, ?6, ?7, '', ?8, ?9)");
  std::int64_t number = 0;
  for (const lists::PackedSlice& slice : audience.slices) {
    insert.bind_all(posting, number++, static_cast<std::int64_t>(state), slice.route, slice.count, due,
                    expires, Blob{queue::Bitmap(slice.count).blob()}, Blob{slice.ids});
    if (auto inserted = insert.run(); !inserted) return inserted;
  }
  return {};
}

}  // namespace breakwater::store
