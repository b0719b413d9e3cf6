#include "daemon/running.h"

#include "store/directory.h"
#include "store/purge.h"

namespace breakwater::daemon {
namespace {

// The configuration was checked when it was loaded: what does not parse here cannot be there.
void add_addresses(const std::vector<std::string>& texts, std::vector<mail::Address>& out) {
  for (const std::string& text : texts) {
    if (auto address = mail::parse_address(text)) out.push_back(std::move(*address));
  }
}

// The rows of all lists, and which lists are not to be served. It may be the second run.
Result<void> find_rows(store::Connection& db, Instant now, Running& running,
                       std::map<std::string, ListId>& rows) {
  rows.clear();
  running.purged.clear();
  running.closed.clear();
  for (const auto& [address, list] : running.read->lists) {
    auto parsed = mail::parse_address(address);
    if (!parsed) return parsed.error();
    auto id = store::ensure_list(db, *parsed, now);
    if (!id) return id.error();
    auto purge = store::purge_of(db, *id);
    if (!purge) return purge.error();
    if (*purge)
      running.purged.emplace(address, list);
    else
      rows.emplace(address, *id);
  }
  auto kept = store::list_rows(db, store::Which::kept);
  if (!kept) return kept.error();
  for (const store::ListRow& row : *kept) {
    if (running.read->lists.contains(row.address)) continue;
    lists::List list;
    const std::size_t at = row.address.rfind('@');
    list.name = row.address.substr(0, at);
    list.domain = row.address.substr(at + 1);
    running.closed.emplace(row.address, std::move(list));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const Running>> make_running(config::Snapshot config, store::Store& store,
                                                    Instant now) {
  auto running = std::make_shared<Running>();
  running->config = running->read = std::move(config);
  std::map<std::string, ListId> rows;
  auto written =
      store.write_and_wait([&](store::Connection& db) { return find_rows(db, now, *running, rows); });
  if (!written) return written.error();
  if (!running->purged.empty()) {
    auto rest = std::make_shared<config::Config>(*running->read);
    for (const auto& [address, list] : running->purged) rest->lists.erase(address);
    running->config = std::move(rest);
  }
  add_addresses(running->config->postmaster, running->postmasters);
  for (const auto& [address, list] : running->config->lists) {
    RunningList& entry = running->lists[address];
    entry.id = rows.at(address);
    entry.settings = &list;
    add_addresses(list.owners, entry.owners);
    for (const mail::Address& owner : entry.owners) entry.owner_keys.insert(owner.key);
    std::vector<mail::Address> posters;
    add_addresses(list.posters, posters);
    for (const mail::Address& poster : posters) entry.poster_keys.insert(poster.key);
    running->lists_by_id[entry.id] = entry.settings;
  }
  return std::shared_ptr<const Running>(std::move(running));
}

}  // namespace breakwater::daemon
