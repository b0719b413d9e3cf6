// Lists and their members, as rows. Functions on a connection: the same inside a write job and on a reader.
// Addresses are stored once, for all lists, told apart by mail::Address::key.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lists/delivery_mode.h"
#include "lists/expansion.h"
#include "lists/list.h"
#include "mail/address.h"
#include "store/connection.h"
#include "terms/ids.h"
#include "terms/instant.h"

namespace breakwater::store {

Result<std::optional<AddressId>> find_address(Connection& db, std::string_view key);
Result<AddressId> ensure_address(Connection& db, const mail::Address& address);  // write jobs only
Result<std::optional<mail::Address>> address(Connection& db, AddressId id);

// A list's row is made when its file is first seen; it stays when the file goes.
Result<ListId> ensure_list(Connection& db, const mail::Address& list, Instant now);
Result<std::optional<ListId>> find_list(Connection& db, std::string_view key);

struct Member {
  AddressId id;
  std::string mailbox;
  std::string name;
  lists::Role role = lists::Role::member;
  lists::Delivery delivery{};  // of role member
  Instant since{};
  std::optional<Instant> stopped;  // delivery is stopped since, for bounces (bounces.h)
  lists::SenderModeration moderated = lists::SenderModeration::by_list;
  bool synced = false;  // a sync added them, and may remove them (sync_rows.h); else manual
};

// Adding a member who is there changes the name, if there is one, and the delivery, and says `false`; who is
// stopped stays so. One row
// a (list, role, address). Who is added as a member is a manual one, whoever added them before.
Result<bool> add_member(Connection& db, ListId list, const mail::Address& address, lists::Role role,
                        lists::DeliveryMode mode, std::string_view name, Instant now);
// The same for many, for imports: some ten thousand a job are best, and what comes domain by domain is twice
// as fast as what comes in no order (rows of all pages of the tables in every commit). Who is twice in
// `members` has what the last row states that states it, as if each row had come in a call of its own. Who is
// there and synced stays so: a file that was exported and read again must not make everybody manual.
struct NewMember {
  mail::Address address;
  std::string name;                         // empty: as it was
  std::optional<lists::Delivery> delivery;  // none: as it was; of who is new, each message
};
// Who got digests and now gets each message, and of which form the digests were.
struct FromDigest {
  AddressId id;
  lists::DigestForm form = lists::DigestForm::mime;
};
struct MembersChange {
  std::int64_t added = 0, changed = 0, unchanged = 0;
  std::vector<FromDigest> from_digest;  // of role member: what waits for them is the caller's to hand over
};
Result<MembersChange> add_members(Connection& db, ListId list, lists::Role role,
                                  std::span<const NewMember> members, Instant now);
// What add_members would do, without doing it; on any connection.
Result<MembersChange> compare_members(Connection& db, ListId list, lists::Role role,
                                      std::span<const NewMember> members);
// By a person, or by themselves: who was synced does not come back by a sync.
Result<bool> remove_member(Connection& db, ListId list, AddressId id, lists::Role role);
Result<std::vector<lists::Role>> roles_of(Connection& db, ListId list, AddressId id);
struct MemberCount {
  std::int64_t members = 0,
               receiving = 0;  // of these, each message; by what is set, pauses as if none had ended
  std::int64_t digests = 0, stopped = 0, moderators = 0, owners = 0;
};
Result<MemberCount> count_members(Connection& db, ListId list);
// In order of AddressId, beginning behind `after`, at most `limit`; without `role`, somebody who has several
// stands there several times, one after the other, and the last one's are complete even where that makes two
// rows more.
Result<std::vector<Member>> members(Connection& db, ListId list, std::optional<lists::Role> role,
                                    AddressId after, std::size_t limit);
Result<std::vector<std::pair<std::string, Member>>> memberships(Connection& db,
                                                                AddressId id);  // list address, member

// What a list makes of its members' wish for digests: where it has none, they get each message.
enum class Digests { offered, none };

// What expansion (lists/expansion.h) asks of a directory, as it is at `now`: pauses that have ended by then
// count no more.
class MemberRows : public lists::MemberSource {
 public:
  explicit MemberRows(Connection& db, Instant now = Instant{}, Digests digests = Digests::offered)
      : db_(db), now_(now), digests_(digests) {}
  Result<std::vector<lists::NestedList>> nested(ListId list) override;
  Result<std::unique_ptr<lists::MemberCursor>> receiving(ListId list) override;
  Result<std::unique_ptr<lists::MemberCursor>> digests(ListId list, lists::DigestForm form) override;
  Result<std::string> domain_name(DomainId domain) override;

 private:
  Connection& db_;
  Instant now_;
  Digests digests_;
};

// Accounts that may submit: yescrypt hash and SCRAM-SHA-256 stored keys, made by identity/.
struct User {
  std::string login;          // key form of an address
  std::string password_hash;  // crypt(5)
  std::string scram;          // "iterations:salt:stored_key:server_key", base64
  Instant changed{};
};
Result<std::optional<User>> find_user(Connection& db, std::string_view login);
Result<void> put_user(Connection& db, const User& user);
Result<bool> remove_user(Connection& db, std::string_view login);
Result<std::vector<User>> users(Connection& db);

// A server-wide secret made at the first start (32 random bytes): what bounce addresses are signed with. It
// is made by the first write job that asks; on a reader, one that is not there yet is Fault::not_found.
Result<std::string> secret(Connection& db, std::string_view name);

}  // namespace breakwater::store
