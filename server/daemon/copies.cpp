#include "daemon/copies.h"

#include <algorithm>

#include "pipeline/distribute.h"

namespace breakwater::daemon {
namespace {

constexpr std::size_t kBudget = 32 * 1024 * 1024;  // bytes kept beyond those that a connection holds anyway

std::size_t bytes_of(const queue::Copy& copy) { return copy.head->size() + copy.body->size(); }

queue::Copy make(std::string_view message, const store::Posting& posting, const Running& running) {
  switch (posting.kind) {
    case store::PostingKind::notice:
    case store::PostingKind::probe: return pipeline::own_copy(message);
    case store::PostingKind::owner: return pipeline::relayed_copy(message, posting.list_address);
    case store::PostingKind::list:
    case store::PostingKind::digest: break;
  }
  const auto list = running.lists.find(posting.list_address);
  // The list's file is gone: what was accepted is still delivered, as plain mail.
  if (list == running.lists.end()) return pipeline::relayed_copy(message, posting.list_address);
  return pipeline::list_copy(message, *list->second.settings, posting.recipients, running.config->web.url);
}

}  // namespace

Result<queue::Copy> Copies::copy_of(store::Connection& db, const store::Posting& posting,
                                    const Running& running) {
  const auto known =
      std::find_if(recent_.begin(), recent_.end(), [&](const auto& c) { return c.first == posting.id; });
  if (known != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, known);
    return recent_.front().second;
  }
  auto message = store::message_bytes(db, posting.message);
  if (!message) return message.error();
  recent_.emplace_front(posting.id, make(*message, posting, running));
  trim();
  return recent_.front().second;
}

void Copies::forget(PostingId posting) {
  recent_.remove_if([&](const auto& entry) { return entry.first == posting; });
}

void Copies::trim() {
  std::size_t total = 0;
  for (auto at = recent_.begin(); at != recent_.end();) {
    total += bytes_of(at->second);
    at = total > kBudget && at != recent_.begin() ? recent_.erase(at) : std::next(at);
  }
}

}  // namespace breakwater::daemon
