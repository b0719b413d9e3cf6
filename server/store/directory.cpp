#include "store/directory.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "store/address_rows.h"
#include "store/bounces.h"
#include "store/delivery.h"
#include "store/digest_newcomers.h"
#include "store/sync_rows.h"

namespace breakwater::store {
namespace {

constexpr std::int64_t stored(lists::Role role) { return static_cast<std::int64_t>(role); }

// The columns of Member, in this order; the address' table is named `own`.
#define BREAKWATER_MEMBER_COLUMNS                                       \
  "member.address_id, own.mailbox, member.name, role, since, stopped, " \
  "moderated, " BREAKWATER_DELIVERY_COLUMNS ", synced"

Result<Member> read_member(const Statement& row) {
  const std::int64_t role = row.int64(3), moderated = row.int64(6);
  auto delivery = read_delivery(row, 7);
  if (role < 0 || role > stored(lists::Role::owner) || !delivery || moderated < 0 ||
      moderated > static_cast<std::int64_t>(lists::SenderModeration::never)) {
    return error(Fault::invalid, "the membership of " + std::string(row.text(1)) + " is corrupt");
  }
  Member member{AddressId{row.int64(0)},
                std::string(row.text(1)),
                std::string(row.text(2)),
                static_cast<lists::Role>(role),
                *delivery,
                from_ms(row.int64(4)),
                {},
                static_cast<lists::SenderModeration>(moderated),
                row.int64(12) != 0};
  if (!row.is_null(5)) member.stopped = from_ms(row.int64(5));
  return member;
}

enum class Change { added, changed, unchanged };

// One list's rows of one role, written one after the other, or only compared. A key that comes again in the
// next row finds what the row before has made of it, so that it does not matter where a batch of them ends.
class MemberWriter {
 public:
  MemberWriter(Connection& db, ListId list, lists::Role role)
      : list_(list),
        role_(role),
        find_(db.prepare("SELECT name, " BREAKWATER_DELIVERY_COLUMNS
                         " FROM member WHERE list_id = ?1 AND role = ?2 AND address_id = ?3")),
        insert_(db.prepare("INSERT INTO member (list_id, role, address_id, name, since,"
                           " " BREAKWATER_DELIVERY_COLUMNS
                           ", behind) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
                           " " BREAKWATER_BEHIND_ALL ")")),
        update_(db.prepare("UPDATE member SET own_name = own_name OR name <> ?4, name = ?4,"
                           " mode = ?6, digest = ?7, form = ?8, until = ?9, after = ?10"
                           " WHERE list_id = ?1 AND role = ?2 AND address_id = ?3")) {}

  // What putting this row would do to the one that is there. nullopt: the address is not known.
  Result<Change> compare(std::optional<AddressId> id, const NewMember& member) {
    if (auto found = find(id, member); !found) return found.error();
    return change_to(member);
  }

  Result<Change> put(AddressId id, bool new_address, const NewMember& member, Instant now) {
    auto found = find(new_address ? std::nullopt : std::optional(id), member);
    if (!found) return found.error();
    const auto before = before_ ? before_->delivery : std::nullopt;
    auto change = change_to(member);
    if (!change || *change == Change::unchanged) return change;
    note_digests(id, before, now);
    Statement& write = *change == Change::added ? insert_ : update_;
    write.bind_all(list_, stored(role_), id, before_->name, now);
    bind_delivery(write, 6, *before_->delivery);
    if (auto done = write.run(); !done) return done.error();
    return change;
  }

  std::vector<FromDigest> take_from_digest() { return std::move(from_digest_); }

 private:
  struct Row {
    std::string name;
    std::optional<lists::Delivery> delivery;  // none: it is corrupt
  };

  // A later row may take it back.
  void note_digests(AddressId id, const std::optional<lists::Delivery>& before, Instant now) {
    if (role_ != lists::Role::member || !before) return;
    const bool had = lists::mode_at(*before, now) == lists::DeliveryMode::digest;
    const bool has = lists::mode_at(*before_->delivery, now) == lists::DeliveryMode::digest;
    if (had && before_->delivery->mode == lists::DeliveryMode::each)
      from_digest_.push_back({id, before->form});
    if (has && !from_digest_.empty() && from_digest_.back().id == id) from_digest_.pop_back();
  }

  // Into before_: what is there.
  Result<void> find(std::optional<AddressId> id, const NewMember& member) {
    if (std::exchange(key_, member.address.key) == member.address.key) return {};
    before_.reset();
    if (!id) return {};
    find_.reset();
    find_.bind_all(list_, stored(role_), *id);
    auto row = find_.step();
    if (!row) return row.error();
    if (!*row) return {};
    before_ = Row{std::string(find_.text(0)), {}};
    if (auto delivery = read_delivery(find_, 1)) before_->delivery = *delivery;
    find_.reset();
    return {};
  }

  // What is not stated stays.
  Result<Change> change_to(const NewMember& member) {
    if (!before_) {
      before_ = Row{member.name, member.delivery.value_or(lists::Delivery{})};
      return Change::added;
    }
    if (!before_->delivery && !member.delivery) {
      return error(Fault::invalid, "the membership of " + member.address.mailbox +
                                       " is corrupt: a row that states the delivery mends it");
    }
    const bool renames = !member.name.empty() && member.name != before_->name;
    const bool redelivers = member.delivery && member.delivery != before_->delivery;
    if (renames) before_->name = member.name;
    if (redelivers) before_->delivery = member.delivery;
    return renames || redelivers ? Change::changed : Change::unchanged;
  }

  ListId list_;
  lists::Role role_;
  Statement find_, insert_, update_;
  std::vector<FromDigest> from_digest_;
  std::string key_;            // of the last row
  std::optional<Row> before_;  // there before the next row of that key; none: nothing
};

void count(MembersChange& changes, Change change) {
  ++(change == Change::added     ? changes.added
     : change == Change::changed ? changes.changed
                                 : changes.unchanged);
}

// Domain by domain, as addresses are numbered, and in it by key: neighbours on a page come one after the
// other. Of one key in the order given.
std::vector<std::size_t> by_key(std::span<const NewMember> members) {
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto before = [&](std::size_t a, std::size_t b) {
    const mail::Address &one = members[a].address, &other = members[b].address;
    const int domains = one.domain.compare(other.domain);
    return domains != 0 ? domains < 0 : one.key < other.key;
  };
  std::stable_sort(order.begin(), order.end(), before);
  return order;
}

}  // namespace

Result<ListId> ensure_list(Connection& db, const mail::Address& list, Instant now) {
  auto id = ensure_address(db, list);
  if (!id) return id.error();
  auto insert = db.prepare("INSERT INTO list (address_id, created) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
  if (auto inserted = insert.bind_all(*id, now).run(); !inserted) return inserted.error();
  auto found = find_list(db, list.key);
  if (!found) return found.error();
  if (!*found) return error(Fault::not_found, "the list " + list.mailbox + " could not be made");
  return **found;
}

Result<std::optional<ListId>> find_list(Connection& db, std::string_view key) {
  auto find =
      db.prepare("SELECT list.id FROM address JOIN list ON list.address_id = address.id WHERE key = ?1");
  find.bind(1, key);
  auto row = find.step();
  if (!row) return row.error();
  if (!*row) return std::optional<ListId>();
  return std::optional(ListId{find.int64(0)});
}

Result<bool> add_member(Connection& db, ListId list, const mail::Address& address, lists::Role role,
                        lists::DeliveryMode mode, std::string_view name, Instant now) {
  const NewMember member{address, std::string(name), lists::Delivery{.mode = mode}};
  auto changes = add_members(db, list, role, {&member, 1}, now);
  if (!changes) return changes.error();
  if (role == lists::Role::member) {
    auto id = find_address(db, address.key);
    if (!id) return id.error();
    if (auto kept = make_manual(db, list, **id); !kept) return kept.error();
  }
  return changes->added > 0;
}

Result<MembersChange> add_members(Connection& db, ListId list, lists::Role role,
                                  std::span<const NewMember> members, Instant now) {
  db.note_member_change();
  AddressNumbers numbers(db);
  MemberWriter writer(db, list, role);
  MembersChange changes;
  for (const std::size_t at : by_key(members)) {
    bool made = false;
    auto id = numbers.ensure(members[at].address, made);
    if (!id) return id.error();
    auto change = writer.put(*id, made, members[at], now);
    if (!change) return change.error();
    count(changes, *change);
  }
  if (auto kept = numbers.commit(); !kept) return kept.error();
  changes.from_digest = writer.take_from_digest();
  return changes;
}

Result<MembersChange> compare_members(Connection& db, ListId list, lists::Role role,
                                      std::span<const NewMember> members) {
  MemberWriter writer(db, list, role);
  MembersChange changes;
  for (const std::size_t at : by_key(members)) {
    auto id = find_address(db, members[at].address.key);
    if (!id) return id.error();
    auto change = writer.compare(*id, members[at]);
    if (!change) return change.error();
    count(changes, *change);
  }
  return changes;
}

Result<bool> remove_member(Connection& db, ListId list, AddressId id, lists::Role role) {
  db.note_member_change();
  if (role == lists::Role::member) {
    if (auto remembered = remember_left(db, list, id); !remembered) return remembered.error();
  }
  auto removed = db.prepare("DELETE FROM member WHERE list_id = ?1 AND role = ?2 AND address_id = ?3")
                     .bind_all(list, stored(role), id)
                     .run();
  if (!removed) return removed.error();
  const bool was_there = db.changes() > 0;
  if (role == lists::Role::member) {  // who joins anew begins anew
    if (auto forgotten = forget_bounces(db, {list, id}); !forgotten) return forgotten.error();
  }
  return was_there;
}

Result<std::vector<lists::Role>> roles_of(Connection& db, ListId list, AddressId id) {
  auto find = db.prepare(
      "SELECT role FROM member WHERE list_id = ?1 AND role IN (0, 1, 2) AND address_id = ?2"
      " ORDER BY role");
  find.bind_all(list, id);
  std::vector<lists::Role> roles;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return roles;
    roles.push_back(static_cast<lists::Role>(find.int64(0)));
  }
}

Result<MemberCount> count_members(Connection& db, ListId list) {
  auto counts = db.prepare(
      "SELECT role, count(*), sum(mode = 0 AND stopped IS NULL), count(stopped) FROM member"
      " WHERE list_id = ?1 GROUP BY role");
  counts.bind(1, list);
  MemberCount found;
  // By their own index: to read one column more of each row would cost every posting.
  auto digests = db.prepare(
      "SELECT count(*) FROM member INDEXED BY member_other WHERE list_id = ?1 AND role = 0 AND mode = 1"
      " AND (digest = 1 OR until IS NOT NULL) AND stopped IS NULL AND digest = 1");
  if (auto row = digests.bind_all(list).step(); !row) return row.error();
  found.digests = digests.int64(0);
  for (;;) {
    auto row = counts.step();
    if (!row) return row.error();
    if (!*row) return found;
    const std::int64_t role = counts.int64(0);
    if (role == stored(lists::Role::member))
      found.members = counts.int64(1), found.receiving = counts.int64(2), found.stopped = counts.int64(3);
    if (role == stored(lists::Role::moderator)) found.moderators = counts.int64(1);
    if (role == stored(lists::Role::owner)) found.owners = counts.int64(1);
  }
}

namespace {

Result<std::vector<Member>> members_of_role(Connection& db, ListId list, lists::Role role, AddressId after,
                                            std::size_t limit) {
  auto find =
      db.prepare("SELECT " BREAKWATER_MEMBER_COLUMNS
                 " FROM member JOIN address own ON own.id = address_id"
                 " WHERE list_id = ?1 AND role = ?2 AND address_id > ?3 ORDER BY address_id LIMIT ?4");
  find.bind_all(list, stored(role), after, static_cast<std::int64_t>(limit));
  std::vector<Member> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    auto member = read_member(find);
    if (!member) return member.error();
    found.push_back(std::move(*member));
  }
}

}  // namespace

Result<std::vector<Member>> members(Connection& db, ListId list, std::optional<lists::Role> role,
                                    AddressId after, std::size_t limit) {
  if (role) return members_of_role(db, list, *role, after, limit);
  // Three ranges of the primary key, merged: sorting would read the whole list for each page.
  std::vector<Member> all;
  for (const auto each : {lists::Role::member, lists::Role::moderator, lists::Role::owner}) {
    auto found = members_of_role(db, list, each, after, limit);
    if (!found) return found;
    std::move(found->begin(), found->end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(), [](const Member& a, const Member& b) { return a.id < b.id; });
  std::size_t end = std::min(limit, all.size());
  while (end > 0 && end < all.size() && all[end].id == all[end - 1].id) ++end;
  all.resize(end);
  return all;
}

Result<std::vector<std::pair<std::string, Member>>> memberships(Connection& db, AddressId id) {
  // From the lists to the rows, three look-ups a list: for an index by address every import would pay.
  auto find = db.prepare(
      "SELECT " BREAKWATER_MEMBER_COLUMNS
      ", lists.mailbox FROM list"
      " CROSS JOIN member ON member.list_id = list.id AND role IN (0, 1, 2) AND member.address_id = ?1"
      " JOIN address AS own ON own.id = ?1 JOIN address AS lists ON lists.id = list.address_id"
      " ORDER BY lists.key, role");
  find.bind(1, id);
  std::vector<std::pair<std::string, Member>> found;
  for (;;) {
    auto row = find.step();
    if (!row) return row.error();
    if (!*row) return found;
    auto member = read_member(find);
    if (!member) return member.error();
    found.emplace_back(std::string(find.text(13)), std::move(*member));
  }
}

}  // namespace breakwater::store
