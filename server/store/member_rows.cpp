// What expansion reads: a list's members as ordered ranges of the member table's primary key, and of the
// index of those few who get digests or are pausing.
#include <optional>
#include <string_view>

#include "store/directory.h"

namespace breakwater::store {
namespace {

// The words of the index, so that SQLite knows that it has them all.
#define BREAKWATER_OTHER_MEMBERS                                                          \
  "SELECT address_id FROM member INDEXED BY member_other WHERE list_id = ?1 AND role = 0" \
  " AND mode = 1 AND (digest = 1 OR until IS NOT NULL) AND stopped IS NULL AND "
constexpr std::string_view kPauseEnded =
    BREAKWATER_OTHER_MEMBERS "until <= ?2 AND after = 0 ORDER BY address_id";
constexpr std::string_view kPauseEndedOrDigest =
    BREAKWATER_OTHER_MEMBERS "(digest = 1 OR until <= ?2) ORDER BY address_id";
constexpr std::string_view kDigest =
    BREAKWATER_OTHER_MEMBERS "form = ?3 AND (digest = 1 OR (until <= ?2 AND after = 2)) ORDER BY address_id";
#undef BREAKWATER_OTHER_MEMBERS

class Rows : public lists::MemberCursor {
 public:
  explicit Rows(Statement rows) : rows_(std::move(rows)) {}

  Result<bool> next(AddressId& id) override {
    if (ended_) return false;  // a statement that is stepped again begins anew
    auto row = rows_.step();
    if (row && *row) id = AddressId{rows_.int64(0)};
    ended_ = row && !*row;
    return row;
  }

 private:
  Statement rows_;
  bool ended_ = false;
};

// Who gets each message: nearly all by the primary key, and in their places those of the other index.
class Receiving : public lists::MemberCursor {
 public:
  Receiving(Statement rows, Statement others) : rows_(std::move(rows)), others_(std::move(others)) {}

  Result<bool> next(AddressId& id) override {
    if (!begun_) {
      begun_ = true;
      if (auto row = advance_other(); !row) return row.error();
      if (other_) {
        if (auto row = advance_row(); !row) return row.error();
      }
    }
    if (!other_ && !waiting_) {
      if (ended_) return false;
      auto row = rows_.step();
      if (row && *row) id = AddressId{rows_.int64(0)};
      ended_ = row && !*row;
      return row;
    }
    const bool is_other = other_ && (!waiting_ || *other_ < *waiting_);
    id = is_other ? *other_ : *waiting_;
    auto advanced = is_other ? advance_other() : advance_row();
    if (!advanced) return advanced.error();
    return true;
  }

 private:
  Result<void> advance_other() {
    auto row = others_.step();
    if (!row) return row.error();
    other_ = *row ? std::optional(AddressId{others_.int64(0)}) : std::nullopt;
    return {};
  }
  Result<void> advance_row() {
    waiting_.reset();
    if (ended_) return {};
    auto row = rows_.step();
    if (!row) return row.error();
    ended_ = !*row;
    if (*row) waiting_ = AddressId{rows_.int64(0)};
    return {};
  }

  Statement rows_, others_;
  std::optional<AddressId> other_, waiting_;
  bool begun_ = false, ended_ = false;
};

}  // namespace

Result<std::vector<lists::NestedList>> MemberRows::nested(ListId list) {
  // Lists are few and members are many: from the lists to the member rows, one look-up each. A list takes no
  // digests: whatever is set for it, but `none`, it gets each message.
  auto find = db_.prepare(
      "SELECT list.id, list.address_id FROM list CROSS JOIN member"
      " ON member.list_id = ?1 AND member.role = 0 AND member.address_id = list.address_id"
      " WHERE member.mode = 0 OR member.digest = 1 OR member.until <= ?2 ORDER BY list.id");
  find.bind_all(list, now_);
  std::vector<lists::NestedList> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    found.push_back({ListId{find.int64(0)}, AddressId{find.int64(1)}});
  }
}

Result<std::unique_ptr<lists::MemberCursor>> MemberRows::receiving(ListId list) {
  auto rows = db_.prepare(
      "SELECT address_id FROM member WHERE list_id = ?1 AND role = 0 AND mode = 0"
      " AND stopped IS NULL ORDER BY address_id");
  rows.bind(1, list);
  auto others = db_.prepare(digests_ == Digests::offered ? kPauseEnded : kPauseEndedOrDigest);
  others.bind_all(list, now_);
  return std::unique_ptr<lists::MemberCursor>(
      std::make_unique<Receiving>(std::move(rows), std::move(others)));
}

Result<std::unique_ptr<lists::MemberCursor>> MemberRows::digests(ListId list, lists::DigestForm form) {
  auto rows = db_.prepare(kDigest);
  rows.bind_all(list, now_, static_cast<std::int64_t>(form));
  return std::unique_ptr<lists::MemberCursor>(std::make_unique<Rows>(std::move(rows)));
}

Result<std::string> MemberRows::domain_name(DomainId domain) {
  auto find = db_.prepare("SELECT name FROM domain WHERE id = ?1");
  find.bind(1, domain);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row)
    return error(Fault::invalid, "an address belongs to the domain " + std::to_string(domain.value) +
                                     ", which is not there: the database is damaged");
  return std::string(find.text(0));
}

}  // namespace breakwater::store
