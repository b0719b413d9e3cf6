// member.add, member.rm: who is on a list, by the administrator's word. The subscription's own rules hold
// (lists/subscription.h): who is banned is not added unless that is forced, what was pending ends, each is in
// the audit trail. No letter is written: `member invite` and the mails of owners do that.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/hands.h"
#include "admin/request.h"
#include "lists/ban.h"
#include "lists/service_address.h"
#include "lists/subscription.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/store.h"
#include "store/subscriptions.h"
#include "store/sync_rows.h"

namespace breakwater::admin {
namespace {

using lists::Role;
using lists::Subscription;

constexpr Role kRoles[] = {Role::owner, Role::moderator, Role::member};

struct Wish {
  const lists::List* list = nullptr;
  mail::Address address;
  std::optional<Role> role;
  std::optional<lists::Delivery> delivery;
  std::string name, reason;
  bool force = false;
};

Result<Wish> read_wish(const boost::json::object& request, const config::Config& config) {
  Wish wish;
  const auto list = named_list(config, request);
  if (!list) return list.error();
  wish.list = *list;
  auto address = required_address(request, "address");
  if (!address) return address.error();
  wish.address = std::move(*address);
  const auto role = asked_role(request);
  if (!role) return role.error();
  wish.role = *role;
  if (role->value_or(Role::member) != Role::member) {
    if (auto may = administrator_may(lists::Action::change_roles); !may) return may.error();
  }
  auto reason = any_reason(request);
  if (!reason) return reason.error();
  wish.reason = std::move(*reason);
  return wish;
}

Result<Wish> read_addition(const boost::json::object& request, const config::Config& config) {
  auto wish = read_wish(request, config);
  if (!wish) return wish;
  if (lists::is_service_address(config.lists, config.hostname, wish->address))
    return error(Fault::invalid, wish->address.mailbox + " " + std::string(lists::kServiceAddress));
  const auto delivery = optional_text(request, "delivery");
  if (!delivery) return delivery.error();
  if (*delivery) {
    const auto wanted = parse_delivery(**delivery);
    if (!wanted) return wanted.error();
    wish->delivery = *wanted;
  }
  auto name = optional_text(request, "name");
  if (!name) return name.error();
  wish->name = name->value_or("");
  if (const auto good = check_name(wish->name); !good) return good.error();
  const auto force = flag(request, "force");
  if (!force) return force.error();
  wish->force = *force;
  return wish;
}

// What the event does to the membership, as it is now; the row that waited goes, and its tokens.
Result<lists::Decision> decided(store::Connection& db, ListId list, const Wish& wish, lists::Event event,
                                Instant now) {
  const auto id = store::ensure_address(db, wish.address);
  if (!id) return id.error();
  const auto before = store::subscription(db, list, *id, now);
  if (!before) return before.error();
  const auto banned = store::is_banned(db, list, lists::ban_keys(wish.address));
  if (!banned) return banned.error();
  auto decision = lists::decide(*before, event, {wish.list->join, wish.list->leave, *banned && !wish.force});
  if (event == lists::Event::add && !lists::is_member(decision.next)) {
    return error(Fault::denied,
                 wish.address.mailbox + " is banned from " + wish.list->address() +
                     " (see `breakwater member requests`): lift the ban with `breakwater member "
                     "unban`, or add it all the same with --force");
  }
  if (const auto ended = store::put_subscription(db, list, *id, decision.next, now, now); !ended)
    return ended.error();
  return decision;
}

Result<void> audit(store::Connection& db, const Question& question, const Wish& wish, const char* action,
                   std::string outcome) {
  return store::add_audit(db, {question.desk.now(), question.actor, action, wish.list->address(), PostingId{},
                               wish.reason, std::move(outcome)});
}

Result<store::MembersChange> add(store::Connection& db, const Question& question, const Wish& wish) {
  const Instant now = question.desk.now();
  const auto list = list_row(db, *wish.list, now);
  if (!list) return list.error();
  const Role role = wish.role.value_or(Role::member);
  if (role == Role::member) {
    const auto decision = decided(db, *list, wish, lists::Event::add, now);
    if (!decision) return decision.error();
  }
  const store::NewMember row{wish.address, wish.name, wish.delivery};
  auto change = store::add_members(db, *list, role, {&row, 1}, now);
  if (!change) return change.error();
  if (role == Role::member) {
    const auto id = store::ensure_address(db, wish.address);
    if (!id) return id.error();
    if (const auto kept = store::make_manual(db, *list, *id); !kept) return kept.error();
  }
  const bool fresh = change->added > 0;
  const std::string as = " as " + std::string(role_name(role));
  const auto kept = audit(
      db, question, wish, "add",
      wish.address.mailbox + (fresh ? " was added to " : " was already on ") + wish.list->address() + as);
  if (!kept) return kept.error();
  return change;
}

struct Removed {
  boost::json::array roles;
  bool request = false;  // what was pending was ended
};

Result<Removed> remove(store::Connection& db, const Question& question, const Wish& wish) {
  Removed removed;
  const Instant now = question.desk.now();
  const auto id = store::find_address(db, wish.address.key);
  if (!id) return id.error();
  if (!*id) return removed;
  const auto list = list_row(db, *wish.list, now);
  if (!list) return list.error();
  std::string roles;
  if (wish.role.value_or(Role::member) == Role::member) {
    const auto before = store::subscription(db, *list, **id, now);
    if (!before) return before.error();
    removed.request = *before != Subscription::absent && !lists::is_member(*before);
    const auto decision = decided(db, *list, wish, lists::Event::remove, now);
    if (!decision) return decision.error();
  }
  for (const Role role : kRoles) {
    if (wish.role && *wish.role != role) continue;
    const auto gone = store::remove_member(db, *list, **id, role);
    if (!gone) return gone.error();
    if (!*gone) continue;
    removed.roles.emplace_back(role_name(role));
    roles += (roles.empty() ? " as " : " and ") + std::string(role_name(role));
  }
  if (removed.roles.empty() && !removed.request) return removed;
  const std::string& list_name = wish.list->address();
  const auto kept =
      audit(db, question, wish, "remove",
            removed.roles.empty()
                ? "the request of " + wish.address.mailbox + " to join " + list_name + " was ended"
                : wish.address.mailbox + " was removed from " + list_name + roles);
  if (!kept) return kept.error();
  return removed;
}

}  // namespace

Answer member_add(const Question& question) {
  const auto config = question.desk.config();
  const auto wish = read_addition(question.request, *config);
  if (!wish) return wish.error();
  bool added = false;
  if (question.desk.hands == nullptr) return no_hands();
  const auto done = question.desk.hands->put_members(wish->list->address(), [&](store::Connection& db) {
    auto change = add(db, question, *wish);
    added = change && change->added > 0;
    return change;
  });
  if (!done) return done.error();
  return boost::json::object{{"list", wish->list->address()},
                             {"address", wish->address.mailbox},
                             {"role", role_name(wish->role.value_or(Role::member))},
                             {"added", added}};
}

Answer member_rm(const Question& question) {
  const auto config = question.desk.config();
  const auto wish = read_wish(question.request, *config);
  if (!wish) return wish.error();
  Removed removed;
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    auto gone = remove(db, question, *wish);
    if (!gone) return gone.error();
    removed = std::move(*gone);
    return {};
  });
  if (!done) return done.error();
  if (removed.roles.empty() && !removed.request) {
    return error(Fault::not_found,
                 wish->address.mailbox + " is not on " + wish->list->address() +
                     (wish->role ? " as " + std::string(role_name(*wish->role)) : std::string()));
  }
  return boost::json::object{{"list", wish->list->address()},
                             {"address", wish->address.mailbox},
                             {"removed", std::move(removed.roles)},
                             {"request_ended", removed.request}};
}

}  // namespace breakwater::admin
