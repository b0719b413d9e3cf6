#include "delivery/content_cache.h"

namespace breakwater::delivery {

std::shared_ptr<const smtp::Content> ContentCache::content_of(const queue::Copy& copy) {
  const std::lock_guard lock(mutex_);
  const Key key{copy.head.get(), copy.body.get()};
  const auto known = contents_.find(key);
  if (known != contents_.end()) {
    // While it lives it holds both texts, so that their addresses belong to nobody else.
    if (auto content = known->second.lock();
        content && content->utf8 == copy.utf8 && content->eight_bit == copy.eight_bit) {
      return content;
    }
  }
  std::erase_if(contents_, [](const auto& one) { return one.second.expired(); });
  auto content = std::make_shared<const smtp::Content>(
      smtp::make_content(copy.head, copy.body, copy.eight_bit, copy.utf8));
  contents_[key] = content;
  return content;
}

}  // namespace breakwater::delivery
