// Letters are counted: each person, each sort, each list. In virtual time.
#include "storm/notices.h"

#include <gtest/gtest.h>

#include <string>

#include "storm/plain_memory.h"

namespace breakwater::storm {
namespace {

using namespace std::chrono_literals;

constexpr ListId kList{7};

class Notices : public testing::Test {
 protected:
  bool may(const std::string& whom, Notice notice = Notice::to_sender, ListId list = kList) {
    return *may_tell(list, notice, whom, memory, now);
  }
  PlainMemory memory;
  const Instant start = from_ms(1'479'110'951'000);
  Instant now = start;
};

TEST_F(Notices, APersonHearsOnceADayAndAList) {
  EXPECT_TRUE(may("ann@b.example"));
  EXPECT_FALSE(may("ann@b.example"));
  EXPECT_TRUE(may("ann@b.example", Notice::to_sender, ListId{8}));
  now = start - 1h;  // the clock was set back
  EXPECT_FALSE(may("ann@b.example"));
  now = start + 24h - 1ms;
  EXPECT_FALSE(may("ann@b.example"));
  now = start + 24h;
  EXPECT_TRUE(may("ann@b.example"));
}

TEST_F(Notices, NeverMoreThan200OfASortWithinAnHour) {
  for (const Notice notice : {Notice::to_sender, Notice::of_list, Notice::of_posting}) {
    now = start;
    int told = 0;
    for (int at = 0; at < 3600; ++at) {
      told += may("person" + std::to_string(at) + std::to_string(static_cast<int>(notice)), notice) ? 1 : 0;
      now += 1s;
    }
    EXPECT_LE(told, 200);
    EXPECT_GE(told, 190);
  }
}

// Forged mail brings about letters to senders and letters about single postings, as many as it likes.
TEST_F(Notices, AFloodOfOneSortSilencesNoOther) {
  for (int at = 0; at < 500; ++at) may("forged" + std::to_string(at), Notice::to_sender);
  EXPECT_FALSE(may("ann@b.example", Notice::to_sender));
  EXPECT_TRUE(may("moderate <1@x> mod@b.example", Notice::of_posting));
  for (int at = 0; at < 500; ++at) may("moderate <" + std::to_string(at) + "@y>", Notice::of_posting);
  EXPECT_FALSE(may("moderate <2@x> mod@b.example", Notice::of_posting));
  EXPECT_TRUE(may("storm t1 mod@b.example", Notice::of_list));
  EXPECT_TRUE(may("drift mod@b.example", Notice::of_list));
}

TEST_F(Notices, WhoIsNotToldOfEachHearsOfTheRestOnceAnHour) {
  const auto rest = [&](const char* person) { return *may_tell_of_rest(kList, person, memory, now); };
  EXPECT_TRUE(rest("mod@b.example"));
  EXPECT_FALSE(rest("mod@b.example"));
  EXPECT_TRUE(rest("owner@b.example"));
  EXPECT_TRUE(may("mod@b.example")) << "a letter of its own";
  now += 1h;
  EXPECT_TRUE(rest("mod@b.example"));
}

TEST_F(Notices, NobodyIsAskedMoreThan20TimesWithinADay) {
  int asked = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    asked += *may_ask("ann@b.example", memory, now) ? 1 : 0;
    now += 1min;
  }
  EXPECT_LE(asked, 20);
  EXPECT_GE(asked, 19);
  EXPECT_TRUE(*may_ask("bob@b.example", memory, now));
  now += 24h;
  EXPECT_TRUE(*may_ask("ann@b.example", memory, now));
}

TEST_F(Notices, QuestionsAreRememberedWhateverOthersPost) {
  for (int at = 0; at < 10; ++at) EXPECT_TRUE(*may_ask("ann@b.example", memory, now));
  EXPECT_FALSE(*may_ask("ann@b.example", memory, now));
  for (int at = 0; at < 60'000; ++at) {
    ASSERT_TRUE(memory.put(ListId{}, Kind::budget, "sender:" + std::to_string(at), "1 1", now));
  }
  EXPECT_FALSE(*may_ask("ann@b.example", memory, now));
}

}  // namespace
}  // namespace breakwater::storm
