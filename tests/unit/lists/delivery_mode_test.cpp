// What a mode means at a time, and what comes after a pause.
#include "lists/delivery_mode.h"

#include <gtest/gtest.h>

#include <array>

namespace breakwater::lists {
namespace {

constexpr auto kModes = std::to_array({DeliveryMode::each, DeliveryMode::none, DeliveryMode::digest});
const Instant kNow = from_ms(1'800'000'000'000);
constexpr Duration kDay = std::chrono::days(1);

TEST(ADeliveryMode, is_what_was_set) {
  for (const DeliveryMode mode : kModes) EXPECT_EQ(mode_at({.mode = mode}, kNow), mode);
}

TEST(ADeliveryMode, none_until_a_time_ends_by_itself_to_the_millisecond) {
  for (const DeliveryMode after : {DeliveryMode::each, DeliveryMode::digest}) {
    const Delivery paused{DeliveryMode::none, DigestForm::plain, kNow, after};
    EXPECT_EQ(mode_at(paused, kNow - Duration(1)), DeliveryMode::none);
    EXPECT_EQ(mode_at(paused, kNow), after);
    EXPECT_EQ(mode_at(paused, kNow + kDay * 1000), after);
  }
}

TEST(ADeliveryMode, a_pause_in_a_pause_brings_back_what_was_before_both) {
  const Delivery digest{DeliveryMode::digest, DigestForm::plain, std::nullopt, DeliveryMode::each};
  const auto once = with_wish(digest, {DeliveryMode::none, std::nullopt, kNow + kDay}, kNow);
  EXPECT_EQ(once, (Delivery{DeliveryMode::none, DigestForm::plain, kNow + kDay, DeliveryMode::digest}));
  const auto twice = with_wish(once, {DeliveryMode::none, std::nullopt, kNow + kDay * 9}, kNow);
  EXPECT_EQ(mode_at(twice, kNow + kDay * 8), DeliveryMode::none);
  EXPECT_EQ(mode_at(twice, kNow + kDay * 9), DeliveryMode::digest);
  // After the first has ended the same: what then holds is what comes back.
  const auto later = with_wish(once, {DeliveryMode::none, std::nullopt, kNow + kDay * 9}, kNow + kDay * 2);
  EXPECT_EQ(later.after, DeliveryMode::digest);
}

// Every setting, every wish: the mode asked for holds from now on, and after a pause there is mail again.
TEST(ADeliveryMode, every_wish_holds_at_once_and_no_pause_ends_in_another) {
  for (const DeliveryMode mode : kModes) {
    for (const DeliveryMode after : {DeliveryMode::each, DeliveryMode::digest}) {
      for (const bool ends : {false, true}) {
        const Delivery before{mode, DigestForm::mime, ends ? std::optional(kNow + kDay) : std::nullopt,
                              after};
        for (const DeliveryMode wished : kModes) {
          const bool pause = wished == DeliveryMode::none;
          const DeliveryWish wish{wished, std::nullopt,
                                  pause ? std::optional(kNow + kDay * 2) : std::nullopt};
          const Delivery then = with_wish(before, wish, kNow);
          EXPECT_EQ(mode_at(then, kNow), wished);
          EXPECT_NE(then.after, DeliveryMode::none);
          EXPECT_EQ(mode_at(then, kNow + kDay * 3) == DeliveryMode::none, false);
          EXPECT_EQ(then.until.has_value(), pause);
        }
      }
    }
  }
}

TEST(ADeliveryMode, a_form_of_digest_stays_until_another_is_asked_for) {
  Delivery delivery = with_wish({}, {DeliveryMode::digest, DigestForm::plain, std::nullopt}, kNow);
  EXPECT_EQ(delivery.form, DigestForm::plain);
  delivery = with_wish(delivery, {DeliveryMode::each, std::nullopt, std::nullopt}, kNow);
  delivery = with_wish(delivery, {DeliveryMode::digest, std::nullopt, std::nullopt}, kNow);
  EXPECT_EQ(delivery.form, DigestForm::plain);
}

TEST(ADeliveryMode, a_date_that_has_passed_or_is_years_away_is_a_flaw) {
  const auto flaw = [](Duration from_now) {
    return flaw_of({DeliveryMode::none, std::nullopt, kNow + from_now}, kNow);
  };
  EXPECT_EQ(flaw_of({DeliveryMode::none, std::nullopt, std::nullopt}, kNow), std::nullopt);
  EXPECT_EQ(flaw(Duration(0)), WishFlaw::past);
  EXPECT_EQ(flaw(-kDay), WishFlaw::past);
  EXPECT_EQ(flaw(Duration(1)), std::nullopt);
  EXPECT_EQ(flaw(longest_pause), std::nullopt);
  EXPECT_EQ(flaw(longest_pause + Duration(1)), WishFlaw::too_far);
}

TEST(ADeliveryMode, one_copy_a_person_the_soonest) {
  for (const DeliveryMode a : kModes) {
    EXPECT_EQ(one_copy(a, a), a);
    EXPECT_EQ(one_copy(a, DeliveryMode::each), DeliveryMode::each);
    EXPECT_EQ(one_copy(a, DeliveryMode::none), a);
    for (const DeliveryMode b : kModes) {
      EXPECT_EQ(one_copy(a, b), one_copy(b, a));
      for (const DeliveryMode c : kModes) {
        EXPECT_EQ(one_copy(one_copy(a, b), c), one_copy(a, one_copy(b, c)));
      }
    }
  }
}

}  // namespace
}  // namespace breakwater::lists
