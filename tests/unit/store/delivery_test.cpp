// How members get mail, as rows: what is set comes back, and who gets what at a time is what mode_at() says.
#include "store/delivery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "scratch.h"
#include "store/bounces.h"
#include "store/member_counts.h"

namespace breakwater::store {
namespace {

using lists::Delivery;
using lists::DeliveryMode;
using lists::DigestForm;

class MemberDelivery : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(add_list_with_members(db(), 0)); }
  Connection& db() { return database_.connection(); }

  AddressId add(const std::string& local, const Delivery& delivery) {
    const NewMember row{address_of(local, "example.org"), "", delivery};
    EXPECT_TRUE(add_members(db(), list_, lists::Role::member, {&row, 1}, kNow));
    return find_address(db(), row.address.key).value().value();
  }
  static std::vector<AddressId> all(Result<std::unique_ptr<lists::MemberCursor>> cursor) {
    std::vector<AddressId> found;
    AddressId id;
    while (cursor.value()->next(id).value()) found.push_back(id);
    EXPECT_FALSE(cursor.value()->next(id).value()) << "the end stays the end";
    return found;
  }
  std::vector<AddressId> singles(Instant at, Digests digests = Digests::offered) {
    return all(MemberRows(db(), at, digests).receiving(list_));
  }
  std::vector<AddressId> digests(Instant at, DigestForm form) {
    return all(MemberRows(db(), at).digests(list_, form));
  }

  Database database_;
  const ListId list_{1};
};

std::vector<Delivery> every_delivery() {
  std::vector<Delivery> all;
  for (const auto form : {DigestForm::mime, DigestForm::plain}) {
    for (const auto mode : {DeliveryMode::each, DeliveryMode::digest, DeliveryMode::none})
      all.push_back({mode, form, std::nullopt, DeliveryMode::each});
    for (const auto after : {DeliveryMode::each, DeliveryMode::digest}) {
      all.push_back({DeliveryMode::none, form, std::nullopt, after});
      for (const int days : {1, 2})
        all.push_back({DeliveryMode::none, form, kNow + std::chrono::days(days), after});
    }
  }
  return all;
}

TEST_F(MemberDelivery, ComesBackAsItWasSet) {
  const AddressId id = add("ann", {});
  for (const Delivery& delivery : every_delivery()) {
    EXPECT_TRUE(set_delivery(db(), list_, id, delivery).value());
    EXPECT_EQ(store::delivery(db(), list_, id).value(), delivery);
    EXPECT_EQ(members(db(), list_, std::nullopt, AddressId{}, 9).value().at(0).delivery, delivery);
    EXPECT_EQ(memberships(db(), id).value().at(0).second.delivery, delivery);
    const NewMember same{address_of("ann", "example.org"), "", delivery};
    EXPECT_EQ(add_members(db(), list_, lists::Role::member, {&same, 1}, kNow).value().unchanged, 1);
  }
  EXPECT_FALSE(set_delivery(db(), list_, AddressId{77}, {}).value());
  EXPECT_FALSE(store::delivery(db(), list_, AddressId{77}).value());
}

TEST_F(MemberDelivery, WhoGetsWhatAtATimeIsWhatTheSettingSays) {
  std::vector<std::pair<AddressId, Delivery>> set;
  int number = 0;
  for (const Delivery& delivery : every_delivery())
    set.emplace_back(add("m" + std::to_string(number++), delivery), delivery);
  for (const int hours : {0, 24, 25, 48, 72}) {
    const Instant at = kNow + std::chrono::hours(hours);
    std::vector<AddressId> single, without_digests, mime, plain;
    for (const auto& [id, delivery] : set) {
      const DeliveryMode mode = lists::mode_at(delivery, at);
      if (mode == DeliveryMode::each) single.push_back(id);
      if (mode != DeliveryMode::none) without_digests.push_back(id);
      if (mode == DeliveryMode::digest) (delivery.form == DigestForm::plain ? plain : mime).push_back(id);
    }
    EXPECT_EQ(singles(at), single) << hours;
    EXPECT_EQ(singles(at, Digests::none), without_digests) << hours;
    EXPECT_EQ(digests(at, DigestForm::mime), mime) << hours;
    EXPECT_EQ(digests(at, DigestForm::plain), plain) << hours;
    const auto count = count_delivery(db(), list_, Digests::offered, at).value();
    EXPECT_EQ(count.members, std::ssize(set));
    EXPECT_EQ(count.each, std::ssize(single)) << hours;
    EXPECT_EQ(count.digests, std::ssize(mime) + std::ssize(plain)) << hours;
    EXPECT_EQ(count.paused, count.members - count.each - count.digests) << hours;
    EXPECT_EQ(count_delivery(db(), list_, Digests::none, at).value().each, std::ssize(without_digests))
        << hours;
  }
}

TEST_F(MemberDelivery, WhoseDeliveryIsStoppedGetsNoDigestEither) {
  const AddressId id = add("ann", {DeliveryMode::digest, DigestForm::mime, std::nullopt, DeliveryMode::each});
  add("bob", {DeliveryMode::none, DigestForm::mime, kNow, DeliveryMode::each});
  EXPECT_EQ(digests(kNow, DigestForm::mime).size(), 1U);
  EXPECT_EQ(count_members(db(), list_).value().digests, 1);
  ASSERT_TRUE(stop_member(db(), {list_, id}, kNow).value());
  EXPECT_EQ(digests(kNow, DigestForm::mime).size(), 0U);
  EXPECT_EQ(count_members(db(), list_).value().digests, 0);
  const auto count = count_delivery(db(), list_, Digests::offered, kNow).value();
  EXPECT_EQ(count.stopped, 1);
  EXPECT_EQ(count.each, 1);
  EXPECT_EQ(count.digests, 0);
  ASSERT_TRUE(resume_member(db(), {list_, id}).value());
  EXPECT_EQ(digests(kNow, DigestForm::mime).size(), 1U);
}

TEST_F(MemberDelivery, ANestedListGetsEachMessageUnlessItPauses) {
  const auto inner = ensure_list(db(), address_of("inner", "lists.example"), kNow).value();
  const auto nested = [&](const Delivery& delivery, Instant at) {
    const NewMember row{address_of("inner", "lists.example"), "", delivery};
    EXPECT_TRUE(add_members(db(), list_, lists::Role::member, {&row, 1}, kNow));
    const auto found = MemberRows(db(), at).nested(list_).value();
    return found.size() == 1 && found[0].list == inner;
  };
  const Instant later = kNow + std::chrono::days(1);
  EXPECT_TRUE(nested({}, kNow));
  EXPECT_TRUE(nested({DeliveryMode::digest, DigestForm::mime, std::nullopt, DeliveryMode::each}, kNow));
  EXPECT_FALSE(nested({DeliveryMode::none, DigestForm::mime, std::nullopt, DeliveryMode::each}, later));
  EXPECT_FALSE(nested({DeliveryMode::none, DigestForm::mime, later, DeliveryMode::each}, kNow));
  EXPECT_TRUE(nested({DeliveryMode::none, DigestForm::mime, later, DeliveryMode::each}, later));
}

TEST_F(MemberDelivery, ACorruptRowIsAnErrorNotASetting) {
  const AddressId id = add("ann", {});
  for (const char* damage : {"digest = 7", "form = 2", "after = 3"}) {
    database_.sql("UPDATE member SET digest = 0, form = 0, after = 0");
    database_.sql(std::string("UPDATE member SET ") + damage);
    EXPECT_EQ(store::delivery(db(), list_, id).error().fault, Fault::invalid) << damage;
    EXPECT_FALSE(members(db(), list_, std::nullopt, AddressId{}, 9)) << damage;
  }
}

}  // namespace
}  // namespace breakwater::store
