#include "store/directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "scratch.h"

namespace breakwater::store {
namespace {

using lists::DeliveryMode;
using lists::Role;

class Directory : public ::testing::Test {
 protected:
  Connection& db() { return database_.connection(); }
  ListId list(const std::string& name) {
    return ensure_list(db(), address_of(name, "lists.example"), kNow).value();
  }
  bool add(ListId to, const mail::Address& address, Role role = Role::member,
           DeliveryMode mode = DeliveryMode::each, const std::string& name = "") {
    return add_member(db(), to, address, role, mode, name, kNow).value();
  }
  Database database_;
};

TEST_F(Directory, AddressesAreNumberedWithinTheirDomain) {
  const AddressId ann = ensure_address(db(), address_of("ann", "a.example")).value();
  const AddressId bob = ensure_address(db(), address_of("bob", "b.example")).value();
  const AddressId cat = ensure_address(db(), address_of("cat", "a.example")).value();
  EXPECT_EQ(domain_of(ann), domain_of(cat));
  EXPECT_NE(domain_of(ann), domain_of(bob));
  EXPECT_EQ(cat.value, ann.value + 1);
  EXPECT_EQ(ensure_address(db(), address_of("ann", "a.example")).value(), ann);
  EXPECT_EQ(find_address(db(), "bob@b.example").value(), bob);
  EXPECT_FALSE(find_address(db(), "dan@b.example").value());
}

TEST_F(Directory, AnAddressKeepsTheSpellingItWasFirstGiven) {
  mail::Address written{"Ann.Lee@a.example", "ann.lee@a.example", "a.example"};
  const AddressId id = ensure_address(db(), written).value();
  written.mailbox = "ANN.LEE@a.example";
  EXPECT_EQ(ensure_address(db(), written).value(), id);
  const auto found = address(db(), id).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->mailbox, "Ann.Lee@a.example");
  EXPECT_EQ(found->key, "ann.lee@a.example");
  EXPECT_EQ(found->domain, "a.example");
  EXPECT_FALSE(address(db(), AddressId{1}).value());
}

TEST_F(Directory, AListIsMadeOnce) {
  const ListId tech = list("tech");
  EXPECT_EQ(list("tech"), tech);
  EXPECT_NE(list("other"), tech);
  EXPECT_EQ(find_list(db(), "tech@lists.example").value(), tech);
  EXPECT_FALSE(find_list(db(), "none@lists.example").value());
}

TEST_F(Directory, AddingAgainChangesAndSaysSo) {
  const ListId tech = list("tech");
  const auto ann = address_of("ann", "a.example");
  EXPECT_TRUE(add(tech, ann, Role::member, DeliveryMode::each, "Ann"));
  EXPECT_FALSE(add(tech, ann, Role::member, DeliveryMode::none, "Ann Lee"));
  const auto rows = members(db(), tech, Role::member, {}, 10).value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].mailbox, "ann@a.example");
  EXPECT_EQ(rows[0].name, "Ann Lee");
  EXPECT_EQ(rows[0].delivery.mode, DeliveryMode::none);
  EXPECT_EQ(rows[0].since, kNow);
}

TEST_F(Directory, RolesAreHeldOneByOne) {
  const ListId tech = list("tech");
  const auto ann = address_of("ann", "a.example");
  EXPECT_TRUE(add(tech, ann, Role::owner));
  EXPECT_TRUE(add(tech, ann, Role::member));
  const AddressId id = find_address(db(), ann.key).value().value();
  EXPECT_EQ(roles_of(db(), tech, id).value(), (std::vector{Role::member, Role::owner}));
  EXPECT_TRUE(remove_member(db(), tech, id, Role::member).value());
  EXPECT_FALSE(remove_member(db(), tech, id, Role::member).value());
  EXPECT_EQ(roles_of(db(), tech, id).value(), std::vector{Role::owner});
  EXPECT_TRUE(roles_of(db(), list("other"), id).value().empty());
}

TEST_F(Directory, CountsByRole) {
  const ListId tech = list("tech");
  for (int at = 0; at < 10; ++at) {
    add(tech, address_of("m" + std::to_string(at), "a.example"), Role::member,
        at < 4 ? DeliveryMode::none : DeliveryMode::each);
  }
  add(tech, address_of("m1", "a.example"), Role::moderator);
  add(tech, address_of("o1", "a.example"), Role::owner);
  add(tech, address_of("o2", "a.example"), Role::owner);
  const MemberCount count = count_members(db(), tech).value();
  EXPECT_EQ(count.members, 10);
  EXPECT_EQ(count.receiving, 6);
  EXPECT_EQ(count.moderators, 1);
  EXPECT_EQ(count.owners, 2);
  EXPECT_EQ(count_members(db(), list("empty")).value().members, 0);
}

TEST_F(Directory, PagesShowEverybodyOnce) {
  const ListId tech = list("tech");
  for (int at = 0; at < 57; ++at) {
    const auto address = address_of("m" + std::to_string(at), at % 3 == 0 ? "a.example" : "b.example");
    add(tech, address);
    if (at % 5 == 0) add(tech, address, Role::owner);
    if (at % 10 == 0) add(tech, address, Role::moderator);
  }
  for (const std::size_t limit : {1U, 2U, 7U, 1000U}) {
    std::set<std::pair<AddressId, Role>> all;
    std::set<AddressId> of_members;
    AddressId after;
    for (;;) {
      const auto page = members(db(), tech, std::nullopt, after, limit).value();
      if (page.empty()) break;
      EXPECT_LE(page.size(), limit + 2);
      for (const Member& member : page) {
        EXPECT_GE(member.id, after);
        EXPECT_TRUE(all.emplace(member.id, member.role).second);
      }
      after = page.back().id;
    }
    EXPECT_EQ(all.size(), 57U + 12U + 6U);
    after = {};
    for (;;) {
      const auto page = members(db(), tech, Role::member, after, limit).value();
      if (page.empty()) break;
      for (const Member& member : page) of_members.insert(member.id);
      after = page.back().id;
    }
    EXPECT_EQ(of_members.size(), 57U);
  }
}

TEST_F(Directory, AnAddressKnowsItsLists) {
  const auto ann = address_of("ann", "a.example");
  add(list("b"), ann, Role::owner, DeliveryMode::each, "Ann");
  add(list("a"), ann);
  add(list("c"), address_of("bob", "a.example"));
  const auto found = memberships(db(), find_address(db(), ann.key).value().value()).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].first, "a@lists.example");
  EXPECT_EQ(found[1].first, "b@lists.example");
  EXPECT_EQ(found[1].second.role, Role::owner);
  EXPECT_EQ(found[1].second.name, "Ann");
}

TEST_F(Directory, WhatARowDoesNotStateStays) {
  const ListId tech = list("tech");
  const lists::Delivery digest{.mode = DeliveryMode::digest};
  const auto put = [&](std::string name, std::optional<lists::Delivery> delivery) {
    const NewMember row{address_of("ann", "a.example"), std::move(name), delivery};
    return add_members(db(), tech, Role::member, {&row, 1}, kNow).value();
  };
  EXPECT_EQ(put("Ann", digest).added, 1);
  EXPECT_EQ(put("", std::nullopt).unchanged, 1);
  EXPECT_EQ(put("Ann B", std::nullopt).changed, 1);
  const auto found = members(db(), tech, Role::member, {}, 10).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "Ann B");
  EXPECT_EQ(found[0].delivery, digest);
}

// A file that names people twice, in batches of every size: the same members, and the same counts.
TEST_F(Directory, WhereABatchOfAnImportEndsDoesNotMatter) {
  const lists::Delivery digest{.mode = DeliveryMode::digest}, none{.mode = DeliveryMode::none};
  const auto ann = address_of("ann", "a.example"), bob = address_of("bob", "a.example");
  const std::vector<NewMember> rows = {{ann, "Ann", digest}, {bob, "", none},    {ann, "", {}},
                                       {bob, "Bob", {}},     {ann, "Ann B", {}}, {bob, "", digest},
                                       {ann, "", {}}};
  for (std::size_t size = 1; size <= rows.size(); ++size) {
    const ListId to = list("tech" + std::to_string(size));
    MembersChange sum;
    for (std::size_t at = 0; at < rows.size(); at += size) {
      const std::span batch(rows.data() + at, std::min(size, rows.size() - at));
      const auto preview = compare_members(db(), to, Role::member, batch).value();
      const auto change = add_members(db(), to, Role::member, batch, kNow).value();
      EXPECT_EQ(preview.added, change.added);
      EXPECT_EQ(preview.changed, change.changed);
      EXPECT_EQ(preview.unchanged, change.unchanged);
      sum.added += change.added, sum.changed += change.changed, sum.unchanged += change.unchanged;
    }
    EXPECT_EQ(sum.added, 2) << size;
    EXPECT_EQ(sum.changed, 3) << size;
    EXPECT_EQ(sum.unchanged, 2) << size;
    const auto found = members(db(), to, Role::member, {}, 10).value();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].name, "Ann B") << size;
    EXPECT_EQ(found[0].delivery, digest) << size;
    EXPECT_EQ(found[1].name, "Bob") << size;
    EXPECT_EQ(found[1].delivery, digest) << size;
  }
}

TEST_F(Directory, ACorruptDeliveryIsMendedByARowThatStatesOne) {
  const ListId tech = list("tech");
  const auto ann = address_of("ann", "a.example");
  add(tech, ann, Role::member, DeliveryMode::digest, "Ann");
  database_.sql("PRAGMA ignore_check_constraints=ON; UPDATE member SET digest = 7");
  const std::vector<NewMember> silent = {{address_of("bob", "b.example"), "", {}}, {ann, "", {}}};
  const auto refused = add_members(db(), tech, Role::member, silent, kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what,
            "the membership of ann@a.example is corrupt: a row that states the delivery mends it");
  const lists::Delivery none{.mode = DeliveryMode::none};
  std::vector<NewMember> stated = silent;
  stated[1].delivery = none;
  EXPECT_EQ(compare_members(db(), tech, Role::member, stated).value().changed, 1);
  EXPECT_EQ(add_members(db(), tech, Role::member, stated, kNow).value().changed, 1);
  const auto found = members(db(), tech, Role::member, {}, 10).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "Ann");
  EXPECT_EQ(found[0].delivery, none);
}

TEST_F(Directory, ManyAtOnceAreTheSameAsOneByOne) {
  const ListId bulk = list("bulk"), single = list("single");
  std::vector<NewMember> rows;
  for (int at = 0; at < 300; ++at) {
    const auto address =
        address_of("m" + std::to_string(at * 7919 % 150), "d" + std::to_string(at % 3) + ".example");
    rows.push_back({address, "name " + std::to_string(at), {}});
    rows.back().delivery = lists::Delivery{.mode = at % 4 == 0 ? DeliveryMode::none : DeliveryMode::each};
  }
  const auto before = compare_members(db(), bulk, Role::member, rows).value();
  const auto change = add_members(db(), bulk, Role::member, rows, kNow).value();
  EXPECT_EQ(before.added, change.added);
  for (const NewMember& row : rows) add(single, row.address, Role::member, row.delivery->mode, row.name);
  const auto of_bulk = members(db(), bulk, std::nullopt, {}, 1000).value();
  const auto of_single = members(db(), single, std::nullopt, {}, 1000).value();
  ASSERT_EQ(of_bulk.size(), of_single.size());
  EXPECT_EQ(static_cast<std::int64_t>(of_bulk.size()), change.added);
  for (std::size_t at = 0; at < of_bulk.size(); ++at) {
    EXPECT_EQ(of_bulk[at].mailbox, of_single[at].mailbox);
    EXPECT_EQ(of_bulk[at].name, of_single[at].name);
    EXPECT_EQ(of_bulk[at].delivery, of_single[at].delivery);
  }

  rows.resize(3);
  for (NewMember& row : rows) {
    const auto there = members(db(), bulk, std::nullopt, {}, 1000).value();
    for (const Member& member : there) {
      if (member.mailbox == row.address.mailbox) row = {row.address, member.name, member.delivery};
    }
  }
  rows[1].name = "renamed";
  rows.push_back({address_of("new", "new.example"), "", {}});
  const auto preview = compare_members(db(), bulk, Role::member, rows).value();
  const auto again = add_members(db(), bulk, Role::member, rows, kNow).value();
  for (const auto& each : {preview, again}) {
    EXPECT_EQ(each.added, 1);
    EXPECT_EQ(each.changed, 1);
    EXPECT_EQ(each.unchanged, 2);
  }
}

TEST_F(Directory, ExpansionReadsWhatReceives) {
  const ListId tech = list("tech"), inner = list("inner"), silent = list("silent");
  add(tech, address_of("ann", "a.example"));
  add(tech, address_of("bob", "b.example"), Role::member, DeliveryMode::none);
  add(tech, address_of("cat", "b.example"), Role::owner);
  add(tech, address_of("inner", "lists.example"));
  add(tech, address_of("tech", "lists.example"));
  add(tech, address_of("silent", "lists.example"), Role::member, DeliveryMode::none);
  add(inner, address_of("dan", "a.example"));
  add(inner, address_of("ann", "a.example"));
  add(inner, address_of("tech", "lists.example"));
  add(silent, address_of("eve", "a.example"));

  MemberRows rows(db());
  const auto audience = lists::expand(rows, tech, to_office, 100).value();
  EXPECT_EQ(audience.lists, (std::vector{tech, inner}));
  ASSERT_EQ(audience.slices.size(), 1U);
  queue::Slice slice;
  slice.ids = queue::unpack_ids(audience.slices[0].ids).value();
  slice.settled = queue::Bitmap(slice.ids.size());
  const auto to = addressees(db(), slice).value();
  ASSERT_EQ(to.size(), 2U);
  EXPECT_EQ(to[0].mailbox, "ann@a.example");
  EXPECT_EQ(to[1].mailbox, "dan@a.example");
}

TEST_F(Directory, SqlInDataIsData) {
  const std::vector<std::string> odd = {"'; DROP TABLE member; --",
                                        "\" OR 1=1 --",
                                        "x' UNION SELECT key FROM address--",
                                        "%",
                                        "_",
                                        "\\",
                                        "?1",
                                        "NULL",
                                        std::string("a\0b", 3),
                                        "\xff\xfe"};
  const ListId tech = list("tech");
  for (const std::string& text : odd) {
    ASSERT_TRUE(add(tech, address_of(text, "a.example"), Role::member, DeliveryMode::each, text));
    ASSERT_TRUE(find_address(db(), text + "@a.example").value());
    ASSERT_TRUE(ensure_list(db(), address_of(text, "lists.example"), kNow));
    ASSERT_TRUE(put_user(db(), {text, text, text, kNow}));
    EXPECT_EQ(find_user(db(), text).value()->scram, text);
    ASSERT_TRUE(secret(db(), text));
    EXPECT_FALSE(seen_message_id(db(), tech, text).value());
    ASSERT_TRUE(postings(db(), text, true, 10).value().empty());
    ASSERT_TRUE(postings(db(), text, false, 10).value().empty());
  }
  const auto all = members(db(), tech, std::nullopt, {}, 100).value();
  ASSERT_EQ(all.size(), odd.size());
  for (std::size_t at = 0; at < odd.size(); ++at) {
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [&](const Member& m) { return m.name == odd[at]; }), 1)
        << odd[at];
  }
  EXPECT_EQ(users(db()).value().size(), odd.size());
}

TEST_F(Directory, UsersArePutFoundAndRemoved) {
  ASSERT_TRUE(put_user(db(), {"ann@a.example", "$y$1", "4096:s:k:v", kNow}));
  ASSERT_TRUE(put_user(db(), {"ann@a.example", "$y$2", "4096:s:k:v", kNow}));
  EXPECT_EQ(find_user(db(), "ann@a.example").value()->password_hash, "$y$2");
  EXPECT_FALSE(find_user(db(), "bob@a.example").value());
  EXPECT_EQ(users(db()).value().size(), 1U);
  EXPECT_TRUE(remove_user(db(), "ann@a.example").value());
  EXPECT_FALSE(remove_user(db(), "ann@a.example").value());
}

TEST_F(Directory, ASecretIsMadeOnceAndNeverByAReader) {
  auto reader = Connection::open(database_.scratch().database(), Connection::Access::read_only).value();
  EXPECT_EQ(secret(*reader, "bounce").error().fault, Fault::not_found);
  const std::string made = secret(db(), "bounce").value();
  EXPECT_EQ(made.size(), 32U);
  EXPECT_EQ(secret(db(), "bounce").value(), made);
  EXPECT_EQ(secret(*reader, "bounce").value(), made);
  EXPECT_NE(secret(db(), "other").value(), made);
}

}  // namespace
}  // namespace breakwater::store
