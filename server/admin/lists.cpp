// list.ls, list.show
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/answers.h"
#include "admin/request.h"
#include "mail/address.h"
#include "store/directory.h"
#include "store/purge.h"
#include "store/store.h"

namespace breakwater::admin {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::string_view post_name(lists::PostPolicy post) {
  switch (post) {
    case lists::PostPolicy::anyone: return "anyone";
    case lists::PostPolicy::members: return "members";
    case lists::PostPolicy::moderators: return "moderators";
    case lists::PostPolicy::nobody: return "nobody";
  }
  return "unknown";
}

boost::json::array texts(const std::vector<std::string>& all) {
  boost::json::array out;
  for (const std::string& one : all) out.emplace_back(one);
  return out;
}

Result<boost::json::object> summary(store::Connection& db, const lists::List& list) {
  store::MemberCount count;
  const auto key = mail::parse_address(list.address());
  if (!key) return key.error();
  const auto id = store::find_list(db, key->key);
  if (!id) return id.error();
  if (*id) {
    const auto counted = store::count_members(db, **id);
    if (!counted) return counted.error();
    count = *counted;
  }
  return boost::json::object{{"list", list.address()},         {"description", list.description},
                             {"post", post_name(list.post)},   {"members", count.members},
                             {"receiving", count.receiving},   {"stopped", count.stopped},
                             {"moderators", count.moderators}, {"owners", count.owners}};
}

// A list whose file is gone, and of which something is kept.
boost::json::object without_file(const store::ListRow& row, const store::ListRemains& remains) {
  const std::string kept = std::to_string(remains.members) + (remains.members == 1 ? " member" : " members");
  return {{"list", row.address},
          {"description", "no file: refuses mail, " + kept + " kept"},
          {"post", "refused"},
          {"members", remains.members},
          {"receiving", 0},
          {"stopped", 0},
          {"moderators", remains.moderators},
          {"owners", remains.owners}};
}

}  // namespace

Result<const lists::List*> find_configured(const config::Config& config, const std::string& given) {
  const std::string name = lower(given);
  if (name.find('@') != std::string::npos) {
    const auto found = config.lists.find(name);
    if (found != config.lists.end()) return &found->second;
    return error(Fault::not_found, "there is no list '" + given + "' (see 'breakwater list ls')");
  }
  const lists::List* only = nullptr;
  for (const auto& [address, list] : config.lists) {
    if (list.name != name) continue;
    if (only != nullptr) {
      return error(Fault::invalid, "'" + given + "' may be " + only->address() + " or " + address +
                                       ": give the whole address");
    }
    only = &list;
  }
  if (only != nullptr) return only;
  return error(Fault::not_found, "there is no list '" + given + "' (see 'breakwater list ls')");
}

Result<const lists::List*> named_list(const config::Config& config, const boost::json::object& request) {
  const auto name = required_text(request, "list");
  if (!name) return name.error();
  return find_configured(config, *name);
}

Result<ListId> list_row(store::Connection& db, const lists::List& list, Instant now) {
  const auto address = mail::parse_address(list.address());
  if (!address) return address.error();
  return store::ensure_list(db, *address, now);
}

Answer list_ls(const Question& question) {
  const auto config = question.desk.config();
  auto reading = question.desk.store->read();
  for (const auto& [address, list] : config->lists) {
    auto one = summary(reading.connection(), list);
    if (!one) return one.error();
    if (!question.row(*one)) return boost::json::object{{"lists", config->lists.size()}};
  }
  const auto rows = store::list_rows(reading.connection(), store::Which::all);
  if (!rows) return rows.error();
  for (const store::ListRow& row : *rows) {
    if (config->lists.contains(row.address)) continue;
    const auto remains = store::remains_of(reading.connection(), row.id);
    if (!remains) return remains.error();
    if (remains->any() && !question.row(without_file(row, *remains))) break;
  }
  return boost::json::object{{"lists", config->lists.size()}};
}

Answer list_show(const Question& question) {
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  auto reading = question.desk.store->read();
  auto answer = summary(reading.connection(), **list);
  if (!answer) return answer.error();
  const lists::List& settings = **list;
  const char* const reply[] = {"sender", "list", "address"};
  auto& out = *answer;
  const char* const moderate[] = {"nobody", "new", "members", "everybody"};
  out["moderate"] = moderate[static_cast<int>(settings.moderate)];
  out["rules"] = settings.rules.size();
  out["configured_owners"] = texts(settings.owners);
  out["posters"] = texts(settings.posters);
  out["reply"] = reply[static_cast<int>(settings.reply)];
  out["reply_address"] = settings.reply_address;
  out["subject_prefix"] = settings.subject_prefix;
  out["footer"] = settings.footer;
  out["archive_url"] = settings.archive_url;
  out["help_url"] = settings.help_url;
  out["max_message_bytes"] = settings.max_message_bytes;
  if (auto added = add_sync_facts(reading.connection(), settings, out); !added) return added.error();
  out["fan_out"] = settings.fan_out == lists::FanOut::batch ? "batch" : "individual";
  return answer;
}

}  // namespace breakwater::admin
