#include <gtest/gtest.h>

#include "admin/request.h"

namespace breakwater::admin {
namespace {

using lists::Delivery;
using lists::DeliveryMode;
using lists::DigestForm;

const Instant kNow = from_ms(1'795'363'270'000);  // 2026-11-22 16:01:10 UTC
const Instant kDay = std::chrono::sys_days(std::chrono::December / 24 / 2026);

TEST(DeliveryText, IsReadAsItIsWritten) {
  for (const char* text : {"each", "none", "digest", "digest-plain", "none until 2026-12-24",
                           "none until 2026-12-24 then digest", "none until 2026-12-24 then digest-plain"}) {
    const auto delivery = parse_delivery(text);
    ASSERT_TRUE(delivery) << text;
    EXPECT_EQ(delivery_text(*delivery, kNow), text);
  }
  EXPECT_EQ(parse_delivery("none until 24.12.2026 then digest").value(),
            (Delivery{DeliveryMode::none, DigestForm::mime, kDay, DeliveryMode::digest}));
}

TEST(DeliveryText, OfAPauseThatHasEndedSaysWhatHoldsNow) {
  const Delivery pause{DeliveryMode::none, DigestForm::plain, kDay, DeliveryMode::digest};
  EXPECT_EQ(delivery_text(pause, kDay - Duration(1)), "none until 2026-12-24 then digest-plain");
  EXPECT_EQ(delivery_text(pause, kDay), "digest-plain");
}

TEST(DeliveryText, WhatIsNoneOfThemIsNamed) {
  for (const char* text : {"", "Each", "digests", "none until", "none until ", "none until monday",
                           "none until 2026-02-30", "none until 2026-12-24 then none",
                           "none until 2026-12-24 for bob@example.org", "none until 2026-12-24 then"}) {
    const auto delivery = parse_delivery(text);
    ASSERT_FALSE(delivery) << text;
    EXPECT_EQ(delivery.error().fault, Fault::invalid);
    EXPECT_NE(delivery.error().what.find("none until 2026-12-24"), std::string::npos)
        << delivery.error().what;
  }
}

TEST(DeliveryWish, HasADayForAPauseAlone) {
  EXPECT_EQ(parse_wish("none", "2026-12-24", kNow).value(),
            (lists::DeliveryWish{DeliveryMode::none, std::nullopt, kDay}));
  EXPECT_EQ(parse_wish("digest", "", kNow).value().form, DigestForm::mime);
  EXPECT_EQ(parse_wish("digest-plain", "", kNow).value().form, DigestForm::plain);
  EXPECT_FALSE(parse_wish("each", "", kNow).value().form) << "what was chosen is remembered";
  for (const auto& [mode, until] : {std::pair{"digest", "2026-12-24"},
                                    {"none", "2026-11-22"},
                                    {"none", "2029-01-01"},
                                    {"none", "soon"},
                                    {"none until 2026-12-24", ""}}) {
    EXPECT_FALSE(parse_wish(mode, until, kNow)) << mode << " " << until;
  }
}

}  // namespace
}  // namespace breakwater::admin
