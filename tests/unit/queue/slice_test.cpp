#include "queue/slice.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace breakwater::queue {
namespace {

std::vector<AddressId> some_ids() {
  const auto raw = *rc::gen::container<std::set<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, INT64_MAX));
  std::vector<AddressId> ids;
  for (const auto value : raw) ids.push_back(AddressId{value});
  return ids;
}

TEST(Slice, PackedIdsComeBackAsTheyWere) {
  EXPECT_TRUE(rc::check([] {
    const auto ids = some_ids();
    const auto back = unpack_ids(pack_ids(ids));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == ids);
  }));
}

TEST(Slice, NeighboursTakeAByteEach) {
  std::vector<AddressId> ids;
  for (std::uint32_t at = 1; at <= 1000; ++at) ids.push_back(make_address_id(DomainId{1}, at));
  EXPECT_LT(pack_ids(ids).size(), 1010U);
}

TEST(Slice, ACorruptBlobIsAnErrorAndNeverACrash) {
  EXPECT_TRUE(rc::check([](const std::string& blob) {
    const auto ids = unpack_ids(blob);
    if (ids) RC_ASSERT(pack_ids(*ids).size() <= blob.size());
  }));
  EXPECT_TRUE(unpack_ids("\x80").has_error());
  EXPECT_TRUE(unpack_ids(std::string(1, '\0')).has_error());
  EXPECT_TRUE(unpack_ids(std::string(10, '\xff') + "\x01").has_error());
}

TEST(Bitmap, CountsWhatIsSetAndNothingPastItsEnd) {
  Bitmap bitmap(13);
  bitmap.set(0);
  bitmap.set(12);
  EXPECT_EQ(bitmap.count(), 2U);
  const auto back = Bitmap::from_blob(13, "\xff\xff");
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->count(), 13U);
  EXPECT_TRUE(back->all());
  EXPECT_TRUE(Bitmap::from_blob(13, "\xff").has_error());
}

}  // namespace
}  // namespace breakwater::queue
