#include "lists/expansion.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "lists/digest_readers.h"

namespace breakwater::lists {
namespace {

AddressId at(std::int64_t domain, std::uint32_t serial) { return make_address_id(DomainId{domain}, serial); }

// A directory in memory. A list's address may itself be a member of a list.
class Directory : public MemberSource {
 public:
  std::map<ListId, std::set<AddressId>> members;  // with each message
  std::map<std::pair<ListId, DigestForm>, std::set<AddressId>> wishes;
  std::map<AddressId, ListId> lists;
  std::map<ListId, int> reads;
  std::optional<ListId> broken;

  Result<std::vector<NestedList>> nested(ListId list) override {
    std::vector<NestedList> found;
    for (const AddressId id : members[list]) {
      if (lists.contains(id)) found.push_back({lists[id], id});
    }
    return found;
  }
  Result<std::unique_ptr<MemberCursor>> receiving(ListId list) override {
    ++reads[list];
    return std::unique_ptr<MemberCursor>(new Cursor(members[list], broken == list));
  }
  Result<std::unique_ptr<MemberCursor>> digests(ListId list, DigestForm form) override {
    return std::unique_ptr<MemberCursor>(new Cursor(wishes[{list, form}], broken == list));
  }
  Result<std::string> domain_name(DomainId domain) override {
    return "d" + std::to_string(domain.value) + ".example";
  }

 private:
  class Cursor : public MemberCursor {
   public:
    Cursor(const std::set<AddressId>& ids, bool breaks)
        : at_(ids.begin()), end_(ids.end()), breaks_(breaks) {}
    Result<bool> next(AddressId& id) override {
      if (at_ == end_ && breaks_) return error(Fault::storage, "the disk failed");
      if (at_ == end_) return false;
      id = *at_++;
      return true;
    }

   private:
    std::set<AddressId>::const_iterator at_, end_;
    bool breaks_;
  };
};

std::string to_office(std::string_view) { return "office"; }
std::string to_mx(std::string_view domain) { return "mx:" + std::string(domain); }

std::vector<AddressId> everybody(const Audience& audience) {
  std::vector<AddressId> all;
  for (const PackedSlice& slice : audience.slices) {
    const auto ids = queue::unpack_ids(slice.ids).value();
    EXPECT_EQ(ids.size(), slice.count);
    all.insert(all.end(), ids.begin(), ids.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "somebody gets it twice";
  EXPECT_EQ(static_cast<std::int64_t>(all.size()), audience.recipients);
  return all;
}

TEST(Expansion, AnEmptyListHasNoAudience) {
  Directory directory;
  const Audience audience = expand(directory, ListId{1}, to_office, 10).value();
  EXPECT_EQ(audience.recipients, 0);
  EXPECT_EQ(audience.domains, 0);
  EXPECT_TRUE(audience.slices.empty());
  EXPECT_EQ(audience.lists, std::vector{ListId{1}});
}

TEST(Expansion, AListThatContainsItselfIsVisitedOnceAndIsNoAddressee) {
  Directory directory;
  directory.lists[at(9, 1)] = ListId{1};
  directory.members[ListId{1}] = {at(1, 1), at(9, 1)};
  const Audience audience = expand(directory, ListId{1}, to_office, 10).value();
  EXPECT_EQ(everybody(audience), std::vector{at(1, 1)});
  EXPECT_EQ(directory.reads[ListId{1}], 1);
}

TEST(Expansion, ARingOfListsEnds) {
  Directory directory;
  for (std::int64_t list = 1; list <= 5; ++list) {
    directory.lists[at(9, static_cast<std::uint32_t>(list))] = ListId{list};
    directory.members[ListId{list}] = {at(1, static_cast<std::uint32_t>(list)),
                                       at(9, static_cast<std::uint32_t>(list % 5 + 1))};
  }
  const Audience audience = expand(directory, ListId{3}, to_office, 2).value();
  EXPECT_EQ(everybody(audience), (std::vector{at(1, 1), at(1, 2), at(1, 3), at(1, 4), at(1, 5)}));
  EXPECT_EQ(audience.lists.size(), 5U);
  EXPECT_EQ(audience.lists.front(), ListId{3});
}

TEST(Expansion, AListReachedByTwoWaysCountsOnce) {
  Directory directory;  // 1 -> 2, 3 -> 4
  for (std::uint32_t list = 1; list <= 4; ++list) directory.lists[at(9, list)] = ListId{list};
  directory.members[ListId{1}] = {at(9, 2), at(9, 3)};
  directory.members[ListId{2}] = {at(9, 4), at(1, 1)};
  directory.members[ListId{3}] = {at(9, 4), at(1, 1), at(2, 7)};
  directory.members[ListId{4}] = {at(1, 1), at(2, 8)};
  const Audience audience = expand(directory, ListId{1}, to_office, 100).value();
  EXPECT_EQ(everybody(audience), (std::vector{at(1, 1), at(2, 7), at(2, 8)}));
  EXPECT_EQ(directory.reads[ListId{4}], 1);
  EXPECT_EQ(audience.domains, 2);
}

TEST(Expansion, ASmarthostSliceSpansDomainsAndAnMxSliceDoesNot) {
  Directory directory;
  for (std::int64_t domain = 1; domain <= 6; ++domain) {
    for (std::uint32_t serial = 1; serial <= 3; ++serial)
      directory.members[ListId{1}].insert(at(domain, serial));
  }
  const auto odd_to_office = [](std::string_view domain) {
    return (domain[1] - '0') % 2 == 1 ? "office" : "mx:" + std::string(domain);
  };
  const Audience audience = expand(directory, ListId{1}, odd_to_office, 5).value();
  everybody(audience);
  std::map<std::string, std::vector<std::uint32_t>> counts;
  for (const PackedSlice& slice : audience.slices) counts[slice.route].push_back(slice.count);
  EXPECT_EQ(counts,
            (std::map<std::string, std::vector<std::uint32_t>>{
                {"office", {5, 4}}, {"mx:d2.example", {3}}, {"mx:d4.example", {3}}, {"mx:d6.example", {3}}}));
  EXPECT_EQ(audience.domains, 6);
}

TEST(Expansion, WhoHasNoRouteIsStillInASlice) {
  Directory directory;
  directory.members[ListId{1}] = {at(1, 1), at(2, 1)};
  const Audience audience =
      expand(
          directory, ListId{1},
          [](std::string_view domain) { return domain == "d1.example" ? "" : "office"; }, 5)
          .value();
  EXPECT_EQ(everybody(audience).size(), 2U);
  EXPECT_TRUE(
      std::any_of(audience.slices.begin(), audience.slices.end(), [](auto& s) { return s.route.empty(); }));
}

TEST(Expansion, TwoHundredThousandOfAThousandDomains) {
  Directory directory;
  for (std::int64_t domain = 1; domain <= 1000; ++domain) {
    for (std::uint32_t serial = 1; serial <= 200; ++serial)
      directory.members[ListId{1}].insert(at(domain, serial));
  }
  const Audience one_way = expand(directory, ListId{1}, to_office, 1000).value();
  EXPECT_EQ(everybody(one_way).size(), 200'000U);
  EXPECT_EQ(one_way.slices.size(), 200U) << "a smarthost's slices are full";
  std::size_t bytes = 0;
  for (const PackedSlice& slice : one_way.slices) bytes += slice.ids.size();
  EXPECT_LT(bytes, 2 * 200'000U) << "packed to a byte or two each";

  const Audience by_mx = expand(directory, ListId{1}, to_mx, 1000).value();
  EXPECT_EQ(everybody(by_mx).size(), 200'000U);
  EXPECT_EQ(by_mx.slices.size(), 1000U);
}

TEST(Expansion, ManySmallDomainsAmongASmarthostsKeepItsSlicesFull) {
  Directory directory;  // every tenth domain goes to the smarthost, the others are their own destinations
  for (std::int64_t domain = 1; domain <= 20'000; ++domain)
    directory.members[ListId{1}].insert(at(domain, 1));
  const auto route = [](std::string_view domain) {
    return domain.substr(0, domain.find('.')).ends_with('0') ? "office" : "mx:" + std::string(domain);
  };
  const Audience audience = expand(directory, ListId{1}, route, 100).value();
  EXPECT_EQ(everybody(audience).size(), 20'000U);
  const auto office = std::count_if(audience.slices.begin(), audience.slices.end(),
                                    [](const PackedSlice& slice) { return slice.route == "office"; });
  EXPECT_EQ(office, 20);
}

TEST(Expansion, AnErrorOfTheSourceIsTheAnswer) {
  Directory directory;
  directory.members[ListId{1}] = {at(1, 1)};
  directory.broken = ListId{1};
  const auto audience = expand(directory, ListId{1}, to_office, 10);
  ASSERT_FALSE(audience);
  EXPECT_EQ(audience.error().fault, Fault::storage);
}

RC_GTEST_PROP(Expansion, IsTheUnionOfWhatIsReachable, ()) {
  Directory directory;
  const auto lists = *rc::gen::inRange<std::int64_t>(1, 6);
  for (std::int64_t list = 1; list <= lists; ++list) {
    directory.lists[at(1, static_cast<std::uint32_t>(list))] = ListId{list};
  }
  for (std::int64_t list = 1; list <= lists; ++list) {
    const auto rows = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(1, 5), rc::gen::inRange(1, 12)));
    for (const auto& [domain, serial] : rows) {
      directory.members[ListId{list}].insert(at(domain, static_cast<std::uint32_t>(serial)));
    }
  }
  // The same by its definition: closure, union, lists taken out.
  std::set<ListId> reached{ListId{1}};
  std::set<AddressId> expected;
  for (bool grew = true; grew;) {
    const auto before = reached.size();
    for (const ListId list : std::set(reached)) {
      for (const AddressId id : directory.members[list]) {
        if (directory.lists.contains(id)) reached.insert(directory.lists[id]);
      }
    }
    grew = reached.size() > before;
  }
  for (const ListId list : reached) {
    for (const AddressId id : directory.members[list]) {
      if (!directory.lists.contains(id)) expected.insert(id);
    }
  }
  const auto size = *rc::gen::inRange<std::uint32_t>(1, 7);
  const bool mixed = *rc::gen::arbitrary<bool>();
  const auto audience = expand(directory, ListId{1}, mixed ? to_mx : to_office, size).value();
  RC_ASSERT(everybody(audience) == std::vector(expected.begin(), expected.end()));
  for (const PackedSlice& slice : audience.slices) {
    RC_ASSERT(slice.count >= 1U);
    RC_ASSERT(slice.count <= size);
  }
}

// By the definition: of all memberships the mode that one_copy() says; of two forms, the outer list's.
TEST(DigestExpansion, EverybodyGetsOneCopyOverNestedLists) {
  rc::check([] {
    Directory directory;
    directory.lists[at(9, 2)] = ListId{2};
    directory.lists[at(9, 3)] = ListId{3};
    directory.members[ListId{1}] = {at(9, 2)};
    directory.members[ListId{2}] = {at(9, 3)};
    std::vector<AddressId> mime, plain, singles;
    for (std::uint32_t person = 1; person <= 12; ++person) {
      const AddressId id = at(1 + person % 3, person);
      DeliveryMode mode = DeliveryMode::none;
      std::optional<DigestForm> form;
      for (std::int64_t list = 1; list <= 3; ++list) {
        const int choice = *rc::gen::inRange(0, 4);  // nothing, each, MIME, plain
        if (choice == 1) directory.members[ListId{list}].insert(id);
        if (choice == 1) mode = one_copy(mode, DeliveryMode::each);
        if (choice < 2) continue;
        const DigestForm chosen = choice == 2 ? DigestForm::mime : DigestForm::plain;
        directory.wishes[{ListId{list}, chosen}].insert(id);
        mode = one_copy(mode, DeliveryMode::digest);
        if (!form) form = chosen;
      }
      if (mode == DeliveryMode::each) singles.push_back(id);
      if (mode == DeliveryMode::digest) (*form == DigestForm::plain ? plain : mime).push_back(id);
    }
    for (auto* each : {&mime, &plain, &singles}) std::sort(each->begin(), each->end());
    const DigestAudience audience = expand_digest(directory, ListId{1}, to_mx, 2).value();
    RC_ASSERT(everybody(audience.mime) == mime);
    RC_ASSERT(everybody(audience.plain) == plain);
    RC_ASSERT(count_digest_readers(directory, ListId{1}).value() == std::ssize(mime) + std::ssize(plain));
    RC_ASSERT(everybody(expand(directory, ListId{1}, to_mx, 2).value()) == singles);
  });
}

TEST(DigestExpansion, AListWithoutNestedListsIsNotReadWhole) {
  Directory directory;
  directory.members[ListId{1}] = {at(1, 1), at(1, 2)};
  directory.wishes[{ListId{1}, DigestForm::plain}] = {at(1, 3)};
  const DigestAudience audience = expand_digest(directory, ListId{1}, to_office, 10).value();
  EXPECT_EQ(everybody(audience.plain), std::vector{at(1, 3)});
  EXPECT_EQ(audience.mime.recipients, 0);
  EXPECT_EQ(directory.reads[ListId{1}], 0);
}

TEST(DigestExpansion, AnErrorOfTheSourceIsAnError) {
  Directory directory;
  directory.broken = ListId{1};
  EXPECT_EQ(expand_digest(directory, ListId{1}, to_office, 10).error().fault, Fault::storage);
  EXPECT_EQ(count_digest_readers(directory, ListId{1}).error().fault, Fault::storage);
}

}  // namespace
}  // namespace breakwater::lists
