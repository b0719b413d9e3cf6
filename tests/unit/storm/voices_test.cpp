#include "storm/voices.h"

#include <gtest/gtest.h>

namespace breakwater::storm {
namespace {

using std::chrono::hours;
const Instant kNow = from_ms(1'790'000'000'000);

TEST(Voices, TimesWithinTwelveHoursAreOneDay) {
  Voice voice;
  voice.note_distributed(kNow);
  voice.note_distributed(kNow + hours{11});
  EXPECT_EQ(voice.days, 1);
  EXPECT_EQ(voice.days_known(kNow + hours{11}), 0) << "not counting now";
  voice.note_distributed(kNow + hours{13});
  EXPECT_EQ(voice.days, 2);
}

TEST(Voices, AClockThatWasYearsAheadDoesNotStopTheCount) {
  Voice voice;
  voice.note_distributed(kNow + hours{24 * 3650});
  EXPECT_EQ(voice.days_known(kNow), 1);
  voice.note_distributed(kNow);
  EXPECT_EQ(voice.days, 2);
  EXPECT_EQ(voice.last_counted, kNow);
}

}  // namespace
}  // namespace breakwater::storm
