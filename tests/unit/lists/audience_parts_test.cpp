#include "lists/audience_parts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "queue/slice.h"

namespace breakwater::lists {
namespace {

AddressId at(std::int64_t domain, std::uint32_t serial) { return make_address_id(DomainId{domain}, serial); }

std::vector<AddressId> people_of(const PackedSlice& slice) {
  auto ids = queue::unpack_ids(slice.ids).value();
  EXPECT_EQ(ids.size(), slice.count);
  return ids;
}

RC_GTEST_PROP(AudienceParts, have_everybody_once_where_they_belong, ()) {
  Audience audience;
  audience.lists = {ListId{7}};
  std::set<AddressId> all;
  std::map<AddressId, std::size_t> part_of;
  for (const std::int64_t domain : {1, 2, 3}) {
    auto serials = *rc::gen::unique<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(1, 40));
    std::sort(serials.begin(), serials.end());
    std::vector<AddressId> ids;
    for (const std::uint32_t serial : serials) {
      ids.push_back(at(domain, serial));
      const auto part = *rc::gen::inRange<std::size_t>(0, 4);
      if (part > 0) part_of.emplace(ids.back(), part);
    }
    if (ids.empty()) continue;
    all.insert(ids.begin(), ids.end());
    audience.slices.push_back(
        {"route " + std::to_string(domain), queue::pack_ids(ids), static_cast<std::uint32_t>(ids.size())});
  }
  audience.recipients = static_cast<std::int64_t>(all.size());
  const auto parts = in_parts(audience, part_of).value();
  std::set<AddressId> found;
  for (const auto& [number, part] : parts) {
    std::int64_t count = 0;
    std::set<DomainId> domains;
    for (const PackedSlice& slice : part.slices) {
      for (const AddressId id : people_of(slice)) {
        RC_ASSERT(found.insert(id).second);
        const auto belongs = part_of.find(id);
        RC_ASSERT((belongs == part_of.end() ? 0 : belongs->second) == number);
        RC_ASSERT(slice.route == "route " + std::to_string(domain_of(id).value));
        domains.insert(domain_of(id));
        ++count;
      }
    }
    RC_ASSERT(part.recipients == count);
    RC_ASSERT(part_of.empty() || part.domains == static_cast<std::int64_t>(domains.size()));
    RC_ASSERT(part.lists == audience.lists);
  }
  RC_ASSERT(found == all);
}

TEST(AudienceParts, of_a_broken_slice_are_an_error) {
  Audience audience;
  audience.slices.push_back({"x", "\x80", 1});
  EXPECT_EQ(in_parts(audience, {{at(1, 1), 1}}).error().fault, Fault::invalid);
}

}  // namespace
}  // namespace breakwater::lists
