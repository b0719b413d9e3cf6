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

Result<ListId> row_of(store::Connection& db, const std::string& address, Instant now) {
  auto parsed = mail::parse_address(address);
  if (!parsed) return parsed.error();
  auto id = store::ensure_list(db, *parsed, now);
  if (!id) return id;
  // Back with half of its members, and to lose the other half: worse than not yet back.
  auto purge = store::purge_of(db, *id);
  if (!purge) return purge.error();
  if (*purge) {
    return error(Fault::busy,
                 address +
                     " is being purged, and cannot come back before that is done: `breakwater list "
                     "purge " +
                     address + " --yes` goes on with it where it was broken off");
  }
  return id;
}

Result<void> find_closed(store::Connection& db, Running& running) {
  auto kept = store::list_rows(db, store::Which::kept);
  if (!kept) return kept.error();
  running.closed.clear();  // it may be the second run
  for (const store::ListRow& row : *kept) {
    if (running.lists.contains(row.address)) continue;
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
  running->config = std::move(config);
  add_addresses(running->config->postmaster, running->postmasters);
  for (const auto& [address, list] : running->config->lists) {
    RunningList& entry = running->lists[address];
    entry.settings = &list;
    add_addresses(list.owners, entry.owners);
    for (const mail::Address& owner : entry.owners) entry.owner_keys.insert(owner.key);
    std::vector<mail::Address> posters;
    add_addresses(list.posters, posters);
    for (const mail::Address& poster : posters) entry.poster_keys.insert(poster.key);
  }
  auto written = store.write_and_wait([&](store::Connection& db) -> Result<void> {
    for (auto& [address, entry] : running->lists) {
      auto id = row_of(db, address, now);
      if (!id) return id.error();
      entry.id = *id;
    }
    return find_closed(db, *running);
  });
  if (!written) return written.error();
  for (const auto& [address, entry] : running->lists) running->lists_by_id[entry.id] = entry.settings;
  return std::shared_ptr<const Running>(std::move(running));
}

}  // namespace breakwater::daemon
