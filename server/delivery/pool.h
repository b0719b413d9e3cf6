// Idle connections by destination, kept a short while for the next consignment. One loop, one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "delivery/opener.h"

namespace breakwater::delivery {

class Pool {
 public:
  // The youngest one for `key` that is still quiet; those that spoke or closed meanwhile go to `dead`.
  std::shared_ptr<Connection> take(const std::string& key, std::vector<std::shared_ptr<Connection>>& dead);
  void put(const std::string& key, std::shared_ptr<Connection> connection);
  bool remove(const std::string& key,
              const std::shared_ptr<Connection>& connection);  // false: it is not here
  std::shared_ptr<Connection> evict();                         // any one; nullptr: the pool is empty
  std::size_t size() const { return size_; }

 private:
  std::map<std::string, std::vector<std::shared_ptr<Connection>>> idle_;
  std::size_t size_ = 0;
};

// Which loop has idle connections to a destination, so that its next consignment goes there: on another loop
// it would open one more, which a server that counts them may refuse. Any thread.
class IdleDirectory {
 public:
  // A loop that has one for `key`, which is then spoken for: settled by add() with the same loop.
  std::optional<std::size_t> speak_for(const std::string& key);
  void add(const std::string& key, std::size_t loop, int more);

 private:
  std::mutex mutex_;
  std::map<std::string, std::map<std::size_t, int>> idle_;  // less those spoken for; none is 0
};

// What must be the same for a connection to be of use again: a reload may have changed the route.
std::string pool_key(const queue::Route& route, const std::string& domain);

}  // namespace breakwater::delivery
