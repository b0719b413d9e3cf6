// Idle connections by destination, kept a short while for the next consignment. One loop, one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
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

// What must be the same for a connection to be of use again: a reload may have changed the route.
std::string pool_key(const queue::Route& route, const std::string& domain);

}  // namespace breakwater::delivery
