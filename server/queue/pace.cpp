#include "queue/pace.h"

#include <algorithm>

namespace breakwater::queue {

Pace::Pace(std::uint32_t most) : most_(std::max(most, 1U)), allowed_(std::min(most_, kFirst)) {}

void Pace::opened(std::uint32_t in_use) {
  if (too_many_ == 0 || in_use < too_many_) return;
  too_many_ = 0;
  wait_ = Duration::zero();
  raise_from_ = {};
}

void Pace::taken(std::uint32_t transactions, bool in_use, Instant now) {
  worked_ = true;
  rests_ = 0;
  grace_ = 0;
  if (now + kLongestWait < raise_from_) raise_from_ = now;  // the clock was set back
  if (allowed_ >= most_ || now < raise_from_) return;
  // A cohort at most: what one report tells of thousands must not raise it by hundreds before the first of
  // the new connections was heard of.
  credit_ = std::min(credit_ + std::min(transactions, allowed_), allowed_);
  if (credit_ < allowed_ || !in_use) return;
  credit_ = 0;
  ++allowed_;
  if (wait_ > Duration::zero() && now < refused_at_ + kForget) raise_from_ = now + kFirstWait;
}

void Pace::put_off(std::uint32_t transactions, Instant now) {
  credit_ = 0;
  raise_from_ = std::max(raise_from_, now + kFirstWait);
  while (transactions > 0 && allowed_ > kFirst) {
    if (grace_ == 0) grace_ = --allowed_;
    const std::uint32_t step = std::min(transactions, grace_);
    grace_ -= step;
    transactions -= step;
  }
}

Pace::Refusal Pace::refused(std::uint32_t others, Instant now) {
  credit_ = 0;
  allowed_ = std::min(allowed_, std::max(others, 1U));
  too_many_ = others + 1;
  if (wait_ == Duration::zero() || now >= refused_at_ + kForget) {
    wait_ = kFirstWait;
  } else if (now >= refused_at_ + kFirstWait) {  // else of the same step too far
    wait_ = std::min(wait_ * 2, kLongestWait);
  }
  refused_at_ = now;
  raise_from_ = now + wait_;
  if (others > 0) return {};
  if (!worked_ || rests_ == kPatience) {
    worked_ = false;
    return {.dead = true};
  }
  return {.rest = kFirstWait * (1 << rests_++)};
}

}  // namespace breakwater::queue
