// member.import: a batch of rows. The caller cuts a file into batches; each is one transaction of its own, so
// that mail goes on being accepted between them.
//
// Arguments: list; rows: [[line, address, name, role, delivery], ...]; dry_run. Closing object: added,
// changed, same, bad: [{line, address, reason}, ...]. A bad row never stops the others.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>

#include "admin/answers.h"
#include "admin/import_row.h"
#include "admin/request.h"
#include "store/directory.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

constexpr std::size_t kMaxBatch = 250'000;  // over the control socket a line's length limits it first

// By role, since the store takes one role at a time.
using Batch = std::map<lists::Role, std::vector<store::NewMember>>;

Result<ImportRow> read_row(const boost::json::array& row) {
  if (row.size() != 5 ||
      !std::all_of(row.begin() + 1, row.end(), [](const auto& v) { return v.is_string(); })) {
    return error(Fault::invalid, "a row is [line, address, name, role, delivery]");
  }
  return read_import_row(std::string_view(row[1].get_string()), std::string_view(row[2].get_string()),
                         std::string_view(row[3].get_string()), std::string_view(row[4].get_string()));
}

Result<void> read_rows(const boost::json::object& request, Batch& good, boost::json::array& bad) {
  const auto* rows = request.if_contains("rows");
  if (rows == nullptr || !rows->is_array()) return error(Fault::invalid, "argument 'rows' is not an array");
  if (rows->get_array().size() > kMaxBatch)
    return error(Fault::invalid, "more than 250000 rows in one batch");
  for (const auto& row : rows->get_array()) {
    if (!row.is_array() || row.get_array().empty() || !row.get_array()[0].is_number()) {
      return error(Fault::invalid, "a row is [line, address, name, role, delivery]");
    }
    auto candidate = read_row(row.get_array());
    if (candidate) {
      good[candidate->role].push_back(std::move(candidate->member));
    } else {
      const auto& array = row.get_array();
      const bool told = array.size() > 1 && array[1].is_string();
      bad.push_back(boost::json::object{{"line", array[0]},
                                        {"address", told ? array[1] : boost::json::value("")},
                                        {"reason", candidate.error().what}});
    }
  }
  return {};
}

void add(store::MembersChange& sum, const store::MembersChange& change) {
  sum.added += change.added;
  sum.changed += change.changed;
  sum.unchanged += change.unchanged;
}

Result<store::MembersChange> compare_all(const Question& question, const lists::List& list,
                                         const Batch& batch) {
  store::MembersChange sum;
  const auto key = mail::parse_address(list.address());
  if (!key) return key.error();
  auto reading = question.desk.store->read();
  const auto id = store::find_list(reading.connection(), key->key);
  if (!id) return id.error();
  for (const auto& [role, members] : batch) {
    if (!*id) {  // never seen by a server: nobody is on it
      sum.added += static_cast<std::int64_t>(members.size());
      continue;
    }
    const auto change = store::compare_members(reading.connection(), **id, role, members);
    if (!change) return change.error();
    add(sum, *change);
  }
  return sum;
}

Result<store::MembersChange> add_all(const Question& question, const lists::List& list, const Batch& batch) {
  const Instant now = question.desk.now();
  store::MembersChange sum;
  const auto done = question.desk.store->write_and_wait([&](store::Connection& db) -> Result<void> {
    sum = {};
    const auto id = list_row(db, list, now);
    if (!id) return id.error();
    for (const auto& [role, members] : batch) {
      const auto change = store::add_members(db, *id, role, members, now);
      if (!change) return change.error();
      add(sum, *change);
    }
    return {};
  });
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
  if (const auto read = read_rows(question.request, good, bad); !read) return read.error();
  const auto done = *dry_run ? compare_all(question, **list, good) : add_all(question, **list, good);
  if (!done) return done.error();
  return boost::json::object{
      {"added", done->added}, {"changed", done->changed}, {"same", done->unchanged}, {"bad", std::move(bad)}};
}

}  // namespace breakwater::admin
