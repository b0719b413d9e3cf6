// Rows that no code of ours would write: errors, never crashes. The constraints against them are lifted.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scratch.h"

namespace breakwater::store {
namespace {

class CorruptRows : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(add_list_with_members(db(), 20));
    ASSERT_TRUE(add_posting_to_list(db(), 1, 20));
    database_.sql("PRAGMA ignore_check_constraints=ON; PRAGMA foreign_keys=OFF");
  }
  Connection& db() { return database_.connection(); }
  // Everything that reads a slice.
  void expect_slice_errors() {
    EXPECT_FALSE(slice(db(), {PostingId{1}, 0}));
    EXPECT_FALSE(trace(db(), PostingId{1}, [](const TraceRow&) {}));
    const auto no_route_stays = [](std::string_view) { return false; };
    EXPECT_EQ(reroute(
                  db(), [](std::string_view) { return "new"; }, no_route_stays)
                  .value(),
              0);
    Progress progress;
    progress.slice.key = {PostingId{1}, 0};
    EXPECT_FALSE(record_progress(db(), progress, {}));
  }
  Database database_;
};

TEST_F(CorruptRows, IdsThatAreNone) {
  for (const char* ids :
       {"x'ff'", "x'00'", "x'0101'", "x'01ffffffffffffffffffff7f'", "x'ffffffffffffffff7f01'"}) {
    database_.sql(std::string("UPDATE slice SET ids = ") + ids);
    expect_slice_errors();
  }
}

TEST_F(CorruptRows, MarksThatDoNotFit) {
  for (const char* settled : {"x''", "x'00'", "x'0000000000'"}) {
    database_.sql(std::string("UPDATE slice SET settled = ") + settled);
    expect_slice_errors();
  }
}

TEST_F(CorruptRows, NumbersOutOfRange) {
  for (const char* change : {"state = 9", "state = -1", "deferred = -1", "attempts = 99999999999"}) {
    database_.sql("SAVEPOINT a");
    database_.sql(std::string("UPDATE slice SET ") + change);
    expect_slice_errors();
    database_.sql("ROLLBACK TO a");
  }
}

TEST_F(CorruptRows, ALogThatIsNone) {
  database_.sql("INSERT INTO handover (posting, slice, base, peer, log) VALUES (1, 0, 0, 'p', x'ffffff')");
  EXPECT_FALSE(trace(db(), PostingId{1}, [](const TraceRow&) {}));
}

TEST_F(CorruptRows, OneSliceDoesNotKeepOthersFromTheirNewRoute) {
  ASSERT_TRUE(add_posting_to_list(db(), 2, 20));
  ASSERT_TRUE(add_list_with_members(db(), 5, "b.example"));
  ASSERT_TRUE(add_posting_to_list(db(), 3, 100));
  // Its log turns out to be damaged when the first part is made already.
  database_.sql("UPDATE slice SET ids = x'ff' WHERE posting = 1");
  database_.sql("INSERT INTO handover (posting, slice, base, peer, log) VALUES (3, 0, 0, 'p', x'ffffff')");
  const auto by_domain = [](std::string_view domain) { return "mx:" + std::string(domain); };
  const auto gone = [](std::string_view route) { return route != "office"; };
  EXPECT_EQ(reroute(db(), by_domain, gone).value(), 1);
  EXPECT_EQ(open_slices(db(), PostingId{2}, 0, 10).value().at(0).route, "mx:example.org");
  EXPECT_EQ(open_slices(db(), PostingId{3}, 0, 10).value().size(), 1U);
}

TEST_F(CorruptRows, IdsBelowZero) {
  database_.sql(
      "UPDATE posting SET id = -5, message = -6, kind = 9; UPDATE slice SET posting = -5, ids = x'ff'");
  const PostingId id = open_postings(db()).value().at(0);
  EXPECT_FALSE(posting(db(), id));
  EXPECT_FALSE(slice(db(), {id, 0}));
  EXPECT_FALSE(message_bytes(db(), MessageId{-6}));
  EXPECT_FALSE(drop(db(), PostingId{-9}, kNow, ""));
}

TEST_F(CorruptRows, ALogFromAnotherAge) {
  for (const char* base : {"9223372036854775807", "-9223372036854775808"}) {
    database_.sql(std::string("DELETE FROM handover; INSERT INTO handover (posting, slice, base, peer, log)"
                              " VALUES (1, 0, ") +
                  base + ", 'p', x'7f000000')");
    EXPECT_FALSE(trace(db(), PostingId{1}, [](const TraceRow&) {}));
  }
}

TEST_F(CorruptRows, APostingOfAnUnknownKindOrState) {
  for (const char* change :
       {"kind = 7", "kind = -1", "state = 4", "state = -1", "approvals = -1", "approvals = 99999999999"}) {
    database_.sql("SAVEPOINT a");
    database_.sql(std::string("UPDATE posting SET ") + change);
    EXPECT_FALSE(posting(db(), PostingId{1}));
    EXPECT_FALSE(postings(db(), "", false, 10));
    database_.sql("ROLLBACK TO a");
  }
}

TEST_F(CorruptRows, AMemberOfAnUnknownRoleOrMode) {
  const AddressId id = find_address(db(), "m3@example.org").value().value();
  database_.sql("UPDATE member SET mode = 5 WHERE address_id = " + std::to_string(id.value));
  EXPECT_FALSE(members(db(), ListId{1}, lists::Role::member, {}, 100));
  EXPECT_FALSE(memberships(db(), id));
  EXPECT_TRUE(roles_of(db(), ListId{1}, id));
}

TEST_F(CorruptRows, AnAddressWithoutADomain) {
  const AddressId id = find_address(db(), "m3@example.org").value().value();
  database_.sql("UPDATE address SET key = 'nobody' WHERE id = " + std::to_string(id.value));
  EXPECT_FALSE(address(db(), id));
}

TEST_F(CorruptRows, ADomainThatIsGone) {
  database_.sql("DELETE FROM domain WHERE name = 'example.org'");
  MemberRows rows(db());
  EXPECT_FALSE(lists::expand(rows, ListId{1}, to_office, 10));
}

TEST_F(CorruptRows, MembersWithImpossibleIds) {
  database_.sql(
      "INSERT INTO member (list_id, role, address_id, mode, name, since) VALUES (1, 0, -5, 0, '', 0), (1, 0, "
      "0, 0, '', 0)");
  MemberRows rows(db());
  EXPECT_FALSE(lists::expand(rows, ListId{1}, to_office, 10));
}

TEST_F(CorruptRows, ADomainThatHasRunOut) {
  database_.sql("UPDATE domain SET next_serial = 4294967296");
  EXPECT_EQ(ensure_address(db(), address_of("new", "example.org")).error().fault, Fault::full);
  database_.sql("UPDATE domain SET next_serial = -7");
  EXPECT_EQ(ensure_address(db(), address_of("new", "example.org")).error().fault, Fault::invalid);
}

TEST_F(CorruptRows, ASliceAndALogOfAnyBytes) {
  const bool held = rc::check("whatever stands there, reading it ends", [this] {
    const auto bytes = [](std::size_t limit) {
      return *rc::gen::resize(static_cast<int>(limit),
                              rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    };
    auto update = db().prepare("UPDATE slice SET ids = ?1, settled = ?2");
    update.bind_all(Blob{bytes(40)}, Blob{bytes(6)});
    RC_ASSERT(update.run().has_value());
    auto insert = db().prepare(
        "INSERT OR REPLACE INTO handover (id, posting, slice, base, peer, log)"
        " VALUES (1, 1, 0, 0, 'p', ?1)");
    insert.bind_all(Blob{bytes(60)});
    RC_ASSERT(insert.run().has_value());
    (void)slice(db(), {PostingId{1}, 0});
    (void)trace(db(), PostingId{1}, [](const TraceRow&) {});
    (void)queue_lines(db(), 10);
    (void)open_slices(db(), PostingId{1}, 0, 10);
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace breakwater::store
