#include "delivery/peer_habits.h"

namespace breakwater::delivery {

bool PeerHabits::takes_chunks(const std::string& peer, Time now) const {
  const auto found = known_.find(peer);
  return found == known_.end() || now >= found->second.no_chunks_until;
}

std::uint32_t PeerHabits::messages(const std::string& peer, Time now) const {
  const auto found = known_.find(peer);
  return found == known_.end() || now >= found->second.messages_until ? 0 : found->second.messages;
}

PeerHabits::Habits* PeerHabits::of(const std::string& peer, Time now) {
  if (known_.size() >= kMost) {
    std::erase_if(known_, [&](const auto& one) { return now >= one.second.seen + kWhile; });
    if (known_.size() >= kMost && !known_.contains(peer)) return nullptr;
  }
  Habits& habits = known_[peer];
  habits.seen = now;
  return &habits;
}

void PeerHabits::refused_chunks(const std::string& peer, Time now) {
  if (Habits* const habits = of(peer, now)) habits->no_chunks_until = now + kWhile;
}

void PeerHabits::closed_after(const std::string& peer, std::uint32_t messages, Time now) {
  Habits* const habits = of(peer, now);
  if (habits == nullptr) return;
  habits->messages_until = habits->messages == messages ? now + kWhile : Time{};
  habits->messages = messages;
}

}  // namespace breakwater::delivery
