#include "storm/plain_memory.h"

#include <gtest/gtest.h>

namespace breakwater::storm {
namespace {

const Instant kNow = from_ms(1'700'000'000'000);
constexpr ListId kList{1};

TEST(PlainMemory, KeepsWhatWasWrittenLast) {
  PlainMemory memory;
  const auto bound = bound_of(Kind::thread).records;
  ASSERT_TRUE(memory.put(kList, Kind::thread, "old", "1", kNow));
  ASSERT_TRUE(memory.put(kList, Kind::thread, "kept", "1", kNow));
  for (std::int64_t write = 0; write < bound + pushed_out_at_once; ++write) {
    ASSERT_TRUE(memory.put(kList, Kind::thread, "k" + std::to_string(write), "x", kNow));
    if (write == bound / 2) ASSERT_TRUE(memory.put(kList, Kind::thread, "kept", "2", kNow));  // now newer
  }
  EXPECT_FALSE(memory.get(kList, Kind::thread, "old", kNow).value());
  EXPECT_EQ(memory.get(kList, Kind::thread, "kept", kNow).value(), "2");
  EXPECT_LT(memory.size(kList, Kind::thread), bound + pushed_out_at_once);
  const auto size = memory.size(kList, Kind::thread);
  for (std::int64_t write = 0; write < bound; ++write) {  // one that keeps its place pushes out nobody
    ASSERT_TRUE(memory.put(kList, Kind::thread, "again", "x", kNow));
  }
  EXPECT_EQ(memory.size(kList, Kind::thread), size + 1);
}

TEST(PlainMemory, ForgetsWhatIsTooOld) {
  PlainMemory memory;
  const Duration keep = bound_of(Kind::subject).keep;
  ASSERT_TRUE(memory.put(kList, Kind::subject, "a", "1", kNow));
  EXPECT_TRUE(memory.get(kList, Kind::subject, "a", kNow + keep).value());
  EXPECT_FALSE(memory.get(kList, Kind::subject, "a", kNow + keep + Duration(1)).value());
  EXPECT_TRUE(memory.get(kList, Kind::subject, "a", kNow - keep).value());  // a clock set back
}

TEST(PlainMemory, ListsAndKindsAreApart) {
  PlainMemory memory;
  ASSERT_TRUE(memory.put(kList, Kind::voice, "a", "1", kNow));
  EXPECT_FALSE(memory.get(ListId{2}, Kind::voice, "a", kNow).value());
  EXPECT_FALSE(memory.get(kList, Kind::notice, "a", kNow).value());
}

TEST(Digest, IsSixteenDigitsAndDiffers) {
  EXPECT_EQ(digest("").size(), 16);
  EXPECT_NE(digest("a"), digest("b"));
  EXPECT_EQ(digest("a").find_first_not_of("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace breakwater::storm
