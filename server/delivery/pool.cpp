#include "delivery/pool.h"

#include <algorithm>
#include <utility>

namespace breakwater::delivery {

std::shared_ptr<Connection> Pool::take(const std::string& key,
                                       std::vector<std::shared_ptr<Connection>>& dead) {
  const auto place = idle_.find(key);
  if (place == idle_.end()) return nullptr;
  std::shared_ptr<Connection> found;
  while (!found && !place->second.empty()) {
    found = std::move(place->second.back());
    place->second.pop_back();
    --size_;
    found->pooled = false;
    found->wire->interrupt();
    if (!found->wire->quiet()) dead.push_back(std::move(found));
  }
  if (place->second.empty()) idle_.erase(place);
  return found;
}

void Pool::put(const std::string& key, std::shared_ptr<Connection> connection) {
  connection->pooled = true;
  connection->key = key;
  idle_[key].push_back(std::move(connection));
  ++size_;
}

bool Pool::remove(const std::string& key, const std::shared_ptr<Connection>& connection) {
  const auto place = idle_.find(key);
  if (place == idle_.end()) return false;
  if (std::erase(place->second, connection) == 0) return false;
  if (place->second.empty()) idle_.erase(place);
  --size_;
  connection->pooled = false;
  return true;
}

std::shared_ptr<Connection> Pool::evict() {
  if (idle_.empty()) return nullptr;
  auto& those = idle_.begin()->second;
  auto connection = std::move(those.front());
  those.erase(those.begin());
  if (those.empty()) idle_.erase(idle_.begin());
  --size_;
  connection->pooled = false;
  connection->wire->interrupt();
  return connection;
}

std::optional<std::size_t> IdleDirectory::speak_for(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto place = idle_.find(key);
  if (place == idle_.end()) return std::nullopt;
  const auto most = std::max_element(place->second.begin(), place->second.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  const std::size_t loop = most->first;
  if (most->second <= 0) return std::nullopt;
  if (--most->second == 0) place->second.erase(most);
  if (place->second.empty()) idle_.erase(place);
  return loop;
}

void IdleDirectory::add(const std::string& key, std::size_t loop, int more) {
  if (more == 0) return;
  const std::lock_guard lock(mutex_);
  auto& of_key = idle_[key];
  if ((of_key[loop] += more) == 0) of_key.erase(loop);
  if (of_key.empty()) idle_.erase(key);
}

std::string pool_key(const queue::Route& route, const std::string& domain) {
  std::string key = route.name;
  for (const std::string& part :
       {domain, route.host, std::to_string(route.port), route.username, route.password,
        std::to_string(static_cast<int>(route.kind)), std::to_string(static_cast<int>(route.tls)),
        std::string(route.tls_wrapped ? "w" : ""), std::string(route.chunking ? "c" : "")}) {
    key.push_back('\0');
    key.append(part);
  }
  return key;
}

}  // namespace breakwater::delivery
