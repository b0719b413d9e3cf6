// How a member gets a list's mail, at a given time: each message, a digest, or nothing for a while. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lists/list.h"
#include "terms/instant.h"

namespace breakwater::lists {

enum class DigestForm { mime = 0, plain = 1 };  // values are stored; RFC 2046 5.1.5, RFC 1153

// What a member set. `none` with a time ends by itself: no timer has to fire and no row has to change, since
// what holds is worked out when it is asked.
struct Delivery {
  DeliveryMode mode = DeliveryMode::each;
  DigestForm form = DigestForm::mime;
  std::optional<Instant> until;             // with mode none only; from then on `after` holds
  DeliveryMode after = DeliveryMode::each;  // each or digest
  bool operator==(const Delivery&) const = default;
};

DeliveryMode mode_at(const Delivery& delivery, Instant now);

// What somebody asks for (command_mail.h).
struct DeliveryWish {
  DeliveryMode mode = DeliveryMode::each;
  std::optional<DigestForm> form;  // none stated: as it was
  std::optional<Instant> until;    // with none only
  bool operator==(const DeliveryWish&) const = default;
};

constexpr Duration longest_pause = std::chrono::days(366 * 2);

enum class WishFlaw {
  past,     // the date has passed: mail would not stop at all
  too_far,  // beyond longest_pause: a typing error in the year, more likely than not
};
std::optional<WishFlaw> flaw_of(const DeliveryWish& wish, Instant now);

// The new setting; `wish` has no flaw. What was set before a pause comes back after it, also when a pause is
// set during a pause.
Delivery with_wish(const Delivery& before, const DeliveryWish& wish, Instant now);

// One copy a person: of somebody who is on a list and on lists nested in it, each with a mode of its own,
// the one that brings mail soonest counts, and it alone.
DeliveryMode one_copy(DeliveryMode a, DeliveryMode b);

}  // namespace breakwater::lists
