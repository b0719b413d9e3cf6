// Contents ready to be sent, one for all consignments of a posting: dots are stuffed once. Any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "queue/consignment.h"
#include "smtp/client_content.h"

namespace breakwater::delivery {

class ContentCache {
 public:
  // Kept as long as somebody uses it; the same texts (the same objects) give the same content.
  std::shared_ptr<const smtp::Content> content_of(const queue::Copy& copy);

 private:
  using Key = std::pair<const std::string*, const std::string*>;
  std::mutex mutex_;
  std::map<Key, std::weak_ptr<const smtp::Content>>
      contents_;  // those in use; the others go when one is added
};

}  // namespace breakwater::delivery
