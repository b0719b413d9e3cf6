// What is in force: a configuration snapshot and what belongs to it, replaced whole by a reload. Sessions and
// write jobs hold the one they began with.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "lists/list.h"
#include "lists/list_address.h"
#include "mail/address.h"
#include "store/store.h"
#include "terms/ids.h"
#include "terms/result.h"

namespace breakwater::daemon {

struct RunningList {
  ListId id;
  const lists::List* settings = nullptr;
  std::vector<mail::Address> owners;  // of the file
  std::set<std::string> owner_keys, poster_keys;
};

struct Running {
  config::Snapshot config;                   // but for the lists that `purged` has
  config::Snapshot read;                     // as it was read
  std::map<std::string, RunningList> lists;  // by address
  std::map<ListId, const lists::List*> lists_by_id;
  lists::ListsByAddress closed;  // the file is gone, members are there: name and domain only
  // The file is back before the end of a purge: with the rest of its members no list, and after it a new one.
  lists::ListsByAddress purged;
  std::vector<mail::Address> postmasters;
};

// Gives every list its row. Blocks on the store's writer.
Result<std::shared_ptr<const Running>> make_running(config::Snapshot config, store::Store& store,
                                                    Instant now);

// The one in force. Any thread.
class InForce {
 public:
  std::shared_ptr<const Running> get() const {
    const std::lock_guard lock(mutex_);
    return running_;
  }
  void set(std::shared_ptr<const Running> running) {
    const std::lock_guard lock(mutex_);
    running_ = std::move(running);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Running> running_;
};

}  // namespace breakwater::daemon
