#include "delivery/peer_habits.h"

#include <algorithm>

namespace breakwater::delivery {

bool PeerHabits::takes_chunks(const std::string& peer, Time now) const {
  const auto found = known_.find(peer);
  return found == known_.end() || now >= found->second.no_chunks_until;
}

std::uint32_t PeerHabits::messages(const std::string& peer, Time now) const {
  const auto found = known_.find(peer);
  return found == known_.end() || now >= found->second.messages_until ? 0 : found->second.messages;
}

PeerHabits::Habits& PeerHabits::of(const std::string& peer, Time now) {
  if (known_.size() >= kMost) {
    std::erase_if(known_, [&](const auto& one) { return now >= one.second.seen + kWhile; });
    if (known_.size() >= kMost && !known_.contains(peer)) {
      known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& one, const auto& other) {
        return one.second.seen < other.second.seen;
      }));
    }
  }
  Habits& habits = known_[peer];
  habits.seen = now;
  return habits;
}

void PeerHabits::refused_chunks(const std::string& peer, Time now) {
  of(peer, now).no_chunks_until = now + kWhile;
}

void PeerHabits::closed_after(const std::string& peer, std::uint32_t messages, Time now) {
  Habits& habits = of(peer, now);
  habits.messages_until = habits.messages == messages ? now + kWhile : Time{};
  habits.messages = messages;
}

}  // namespace breakwater::delivery
