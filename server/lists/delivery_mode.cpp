#include "lists/delivery_mode.h"

namespace breakwater::lists {

DeliveryMode mode_at(const Delivery& delivery, Instant now) {
  const bool paused = delivery.mode == DeliveryMode::none && delivery.until;
  return paused && now >= *delivery.until ? delivery.after : delivery.mode;
}

std::optional<WishFlaw> flaw_of(const DeliveryWish& wish, Instant now) {
  if (!wish.until) return std::nullopt;
  if (*wish.until <= now) return WishFlaw::past;
  if (*wish.until - now > longest_pause) return WishFlaw::too_far;
  return std::nullopt;
}

Delivery with_wish(const Delivery& before, const DeliveryWish& wish, Instant now) {
  Delivery after;
  after.mode = wish.mode;
  after.form = wish.form.value_or(before.form);
  if (wish.mode == DeliveryMode::none) {
    const DeliveryMode present = mode_at(before, now);
    after.until = wish.until;
    after.after = present == DeliveryMode::none ? before.after : present;
  }
  return after;
}

DeliveryMode one_copy(DeliveryMode a, DeliveryMode b) {
  if (a == DeliveryMode::each || b == DeliveryMode::each) return DeliveryMode::each;
  if (a == DeliveryMode::digest || b == DeliveryMode::digest) return DeliveryMode::digest;
  return DeliveryMode::none;
}

}  // namespace breakwater::lists
