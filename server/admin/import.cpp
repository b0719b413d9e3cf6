// member.import: a batch of rows. The caller cuts a file into batches; each is one transaction of its own, so
// that mail goes on being accepted between them.
//
// Arguments: list; rows: [[line, address, name, role, delivery], ...]; dry_run. Closing object: added,
// changed, same, bad: [{line, address, reason}, ...]. A bad row never stops the others; who is banned and no
// member yet is one. What was pending of who is a member now is over.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>

#include "admin/answers.h"
#include "admin/hands.h"
#include "admin/import_row.h"
#include "admin/request.h"
#include "lists/ban.h"
#include "lists/service_address.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/store.h"
#include "store/subscriptions.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kMaxBatch = 250'000;  // over the control socket a line's length limits it first

// By role, since the store takes one role at a time.
struct OfRole {
  std::vector<store::NewMember> members;
  std::vector<std::size_t> rows;  // where each stands in the request
};
using Batch = std::map<lists::Role, OfRole>;

Result<ImportRow> read_row(const boost::json::array& row) {
  if (row.size() != 5 ||
      !std::all_of(row.begin() + 1, row.end(), [](const auto& v) { return v.is_string(); })) {
    return error(Fault::invalid, "a row is [line, address, name, role, delivery]");
  }
  return read_import_row(std::string_view(row[1].get_string()), std::string_view(row[2].get_string()),
                         std::string_view(row[3].get_string()), std::string_view(row[4].get_string()));
}

void refuse(const boost::json::array& row, const std::string& reason, boost::json::array& bad) {
  const bool told = row.size() > 1 && row[1].is_string();
  bad.push_back(boost::json::object{
      {"line", row[0]}, {"address", told ? row[1] : boost::json::value("")}, {"reason", reason}});
}

Result<void> read_rows(const boost::json::object& request, const config::Config& config, Batch& good,
                       boost::json::array& bad) {
  const auto* rows = request.if_contains("rows");
  if (rows == nullptr || !rows->is_array()) return error(Fault::invalid, "argument 'rows' is not an array");
  if (rows->get_array().size() > kMaxBatch)
    return error(Fault::invalid, "more than 250000 rows in one batch");
  for (const auto& row : rows->get_array()) {
    if (!row.is_array() || row.get_array().empty() || !row.get_array()[0].is_number()) {
      return error(Fault::invalid, "a row is [line, address, name, role, delivery]");
    }
    auto candidate = read_row(row.get_array());
    if (!candidate) {
      refuse(row.get_array(), candidate.error().what, bad);
      continue;
    }
    if (lists::is_service_address(config.lists, config.hostname, candidate->member.address)) {
      refuse(row.get_array(), std::string(lists::kServiceAddress), bad);
      continue;
    }
    OfRole& of_role = good[candidate->role];
    of_role.members.push_back(std::move(candidate->member));
    of_role.rows.push_back(static_cast<std::size_t>(&row - rows->get_array().data()));
  }
  return {};
}

void add(store::MembersChange& sum, const store::MembersChange& change) {
  sum.added += change.added;
  sum.changed += change.changed;
  sum.unchanged += change.unchanged;
}

// A domain's ban does not take its members off.
Result<bool> keeps_out(store::Connection& db, ListId list, const mail::Address& address, Instant now) {
  const auto banned = store::is_banned(db, list, lists::ban_keys(address));
  if (!banned || !*banned) return banned;
  const auto id = store::find_address(db, address.key);
  if (!id) return id.error();
  const auto state = *id ? store::subscription(db, list, **id, now)
                         : Result<lists::Subscription>(lists::Subscription::absent);
  if (!state) return state.error();
  return !lists::is_member(*state);
}

// Most lists ban nobody, and then nobody is looked up.
Result<void> leave_out_banned(const Question& question, const lists::List& list, Batch& batch,
                              boost::json::array& bad) {
  const auto found = batch.find(lists::Role::member);
  const auto key = mail::parse_address(list.address());
  if (!key) return key.error();
  auto reading = question.desk.store->read();
  store::Connection& db = reading.connection();
  const auto id = store::find_list(db, key->key);
  if (!id) return id.error();
  const auto any = *id ? store::has_bans(db, **id) : Result<bool>(false);
  if (!any) return any.error();
  if (!*any || found == batch.end()) return {};
  const auto& rows = question.request.at("rows").get_array();
  OfRole& of_role = found->second;
  OfRole left;
  for (std::size_t at = 0; at < of_role.members.size(); ++at) {
    const auto out = keeps_out(db, **id, of_role.members[at].address, question.desk.now());
    if (!out) return out.error();
    if (*out) {
      refuse(rows[of_role.rows[at]].get_array(), "it is banned from " + list.address(), bad);
      continue;
    }
    left.members.push_back(std::move(of_role.members[at]));
    left.rows.push_back(of_role.rows[at]);
  }
  of_role = std::move(left);
  return {};
}

Result<store::MembersChange> compare_all(const Question& question, const lists::List& list,
                                         const Batch& batch) {
  store::MembersChange sum;
  const auto key = mail::parse_address(list.address());
  if (!key) return key.error();
  auto reading = question.desk.store->read();
  const auto id = store::find_list(reading.connection(), key->key);
  if (!id) return id.error();
  for (const auto& [role, of_role] : batch) {
    if (!*id) {  // never seen by a server: nobody is on it
      sum.added += static_cast<std::int64_t>(of_role.members.size());
      continue;
    }
    const auto change = store::compare_members(reading.connection(), **id, role, of_role.members);
    if (!change) return change.error();
    add(sum, *change);
  }
  return sum;
}

Result<void> audit(store::Connection& db, const Question& question, const lists::List& list,
                   const std::string& reason, const store::MembersChange& sum) {
  if (sum.added == 0 && sum.changed == 0) return {};
  return store::add_audit(
      db, {question.desk.now(), question.actor, "import", list.address(), PostingId{}, reason,
           std::to_string(sum.added) + " added, " + std::to_string(sum.changed) + " changed"});
}

Result<store::MembersChange> add_all(const Question& question, const lists::List& list, const Batch& batch,
                                     const std::string& reason) {
  const Instant now = question.desk.now();
  store::MembersChange sum;
  const auto put = [&](store::Connection& db) -> Result<store::MembersChange> {
    sum = {};
    const auto id = list_row(db, list, now);
    if (!id) return id.error();
    for (const auto& [role, of_role] : batch) {
      auto change = store::add_members(db, *id, role, of_role.members, now);
      if (!change) return change.error();
      add(sum, *change);
      if (role == lists::Role::member) sum.from_digest = std::move(change->from_digest);
    }
    if (auto ended = store::end_overtaken(db, *id); !ended) return ended.error();
    if (auto kept = audit(db, question, list, reason, sum); !kept) return kept.error();
    return sum;
  };
  if (question.desk.hands == nullptr) return no_hands();
  const auto done = question.desk.hands->put_members(list.address(), put);
  if (!done) return done.error();
  return sum;
}

}  // namespace

Result<ImportRow> read_import_row(std::string_view address, std::string_view name, std::string_view role,
                                  std::string_view delivery) {
  ImportRow row;
  auto parsed = mail::parse_address(address);
  if (!parsed) return parsed.error();
  row.member.address = std::move(*parsed);
  if (const auto good = check_name(name); !good) return good.error();
  row.member.name = name;
  if (!role.empty()) {
    const auto known = parse_role(role);
    if (!known) return known.error();
    row.role = *known;
  }
  if (!delivery.empty()) {
    const auto known = parse_delivery(delivery);
    if (!known) return known.error();
    row.member.delivery = *known;
  }
  return row;
}

Answer member_import(const Question& question) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  const auto dry_run = flag(question.request, "dry_run");
  if (!dry_run) return dry_run.error();
  Batch good;
  boost::json::array bad;
  if (const auto read = read_rows(question.request, *config, good, bad); !read) return read.error();
  const auto reason = any_reason(question.request);
  if (!reason) return reason.error();
  if (const auto left = leave_out_banned(question, **list, good, bad); !left) return left.error();
  const auto done = *dry_run ? compare_all(question, **list, good) : add_all(question, **list, good, *reason);
  if (!done) return done.error();
  return boost::json::object{
      {"added", done->added}, {"changed", done->changed}, {"same", done->unchanged}, {"bad", std::move(bad)}};
}

}  // namespace breakwater::admin
