#include "opponents/storm_course.h"

#include <gtest/gtest.h>

#include <chrono>

namespace breakwater::opponents {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using storm::Verdict;

class NoMemory : public storm::Memory {
 public:
  Result<std::optional<std::string>> get(ListId, storm::Kind, std::string_view, Instant) override {
    return std::optional<std::string>();
  }
  Result<void> put(ListId, storm::Kind, std::string_view, std::string_view, Instant) override { return {}; }
};

storm::TraceRow row(int number, std::int64_t at_s, std::string body = "x") {
  storm::TraceRow made;
  made.at = from_ms(1'000'000) + seconds(at_s);
  made.from = "Ann@Example.ORG";
  made.id = "<" + std::to_string(number) + "@x>";
  made.body = std::move(body);
  return made;
}

storm::Judgement judgement(Verdict verdict, int approvals = 0) {
  storm::Judgement made;
  made.verdict = verdict;
  made.approvals = approvals;
  made.reason = std::string(name_of(verdict)) + " it";
  return made;
}

struct Course {
  explicit Course(CourseOptions options)
      : course(std::move(options), guard, memory, [this](const Became& became) {
          told.push_back(became.id + " " + std::string(name_of(became.verdict)) + ": " + became.reason);
        }) {}
  void take(const storm::TraceRow& each) { ASSERT_TRUE(course.take(each)); }

  NoMemory memory;
  std::vector<storm::Facts> asked;
  int released = 0;
  // The body says what the guard says: "confirm hold" first to confirm, then (confirmed) to hold.
  StormGuard guard{[this](const storm::Facts& facts, storm::Memory&, Instant) -> Result<storm::Judgement> {
                     asked.push_back(facts);
                     if (facts.body == "confirm" && !facts.confirmed) return judgement(Verdict::confirm);
                     if (facts.body == "both" && !facts.confirmed) return judgement(Verdict::confirm);
                     if (facts.body == "both") return judgement(Verdict::hold, 1);
                     if (facts.body == "hold") return judgement(Verdict::hold);
                     if (facts.body == "open") {
                       auto made = judgement(Verdict::hold);
                       made.opened = true;
                       return made;
                     }
                     if (facts.body == "refuse") return judgement(Verdict::refuse);
                     if (facts.body == "divert") return judgement(Verdict::divert);
                     if (facts.body == "defer") return judgement(Verdict::defer);
                     if (facts.body == "discard") return judgement(Verdict::discard);
                     return judgement(Verdict::distribute);
                   },
                   [this](const storm::Facts&, storm::Memory&, Instant) -> Result<void> {
                     ++released;
                     return {};
                   }};
  std::vector<std::string> told;
  StormCourse course;
};

TEST(StormCourse, tells_the_guard_what_the_row_says) {
  Course run({.members = 100, .trusted = {"ann@example.org"}});
  run.take(row(1, 0));
  auto odd = row(2, 0);
  odd.from = "ann at Example.org";  // as archives write it
  run.take(odd);
  ASSERT_EQ(run.asked.size(), 2U);
  EXPECT_EQ(run.asked[0].sender, "ann@example.org");
  EXPECT_EQ(run.asked[0].message_id, "<1@x>");
  EXPECT_TRUE(run.asked[0].trusted);
  EXPECT_EQ(run.asked[0].audience, 100);
  EXPECT_EQ(run.asked[1].sender, "ann at example.org");
  EXPECT_FALSE(run.asked[1].trusted);
}

TEST(StormCourse, counts_what_became_of_each) {
  Course run({.members = 100});
  for (const char* body :
       {"x", "x", "open", "hold", "refuse", "divert", "defer", "discard", "confirm", "open"})
    run.take(row(1, 0, body));
  ASSERT_TRUE(run.course.finish());
  const StormTally& tally = run.course.tally();
  EXPECT_EQ(tally.messages, 10);
  EXPECT_EQ(tally.fanouts, 3);  // the deferred one goes out later
  EXPECT_EQ(tally.deliveries(), 300);
  EXPECT_EQ(tally.spared(), 700);
  EXPECT_EQ(tally.held, 3);
  EXPECT_EQ(tally.refused, 1);
  EXPECT_EQ(tally.diverted, 1);
  EXPECT_EQ(tally.deferred, 1);
  EXPECT_EQ(tally.discarded, 1);
  EXPECT_EQ(tally.awaiting, 1);
  EXPECT_EQ(tally.opened_after, 2);
  EXPECT_EQ(tally.reopened, 1);
  EXPECT_EQ(run.told.size(), 10U);
}

TEST(StormCourse, a_confirmation_and_a_release_come_a_minute_later_each) {
  Course run({.members = 100, .confirm = true});
  run.take(row(1, 0, "both"));
  run.take(row(2, 30, "x"));
  EXPECT_TRUE(run.told.empty());  // the first is not settled, and the second waits behind it
  run.take(row(3, 60, "x"));
  EXPECT_EQ(run.asked.size(), 4U);  // its confirmation came before the third was judged
  EXPECT_TRUE(run.told.empty());
  EXPECT_EQ(run.released, 0);
  run.take(row(4, 120, "x"));
  EXPECT_EQ(run.released, 1);
  ASSERT_EQ(run.told.size(), 4U);
  EXPECT_EQ(run.told[0], "<1@x> distribute: released by moderators a minute later: hold it");
  EXPECT_EQ(run.told[1], "<2@x> distribute: distribute it");
  EXPECT_EQ(run.course.tally().fanouts, 4);
}

TEST(StormCourse, what_waits_at_the_end_is_answered_too) {
  Course run({.members = 100, .confirm = true});
  run.take(row(1, 0, "both"));
  run.take(row(2, 0, "confirm"));
  ASSERT_TRUE(run.course.finish());
  ASSERT_EQ(run.told.size(), 2U);
  EXPECT_EQ(run.told[1], "<2@x> distribute: confirmed by its sender a minute later: confirm it");
  EXPECT_EQ(run.course.tally().held, 0);
}

TEST(StormCourse, six_hours_are_counted_from_the_first_message) {
  Course run({.members = 100});
  run.take(row(1, 0));
  run.take(row(2, 6 * 3600 - 1));
  run.take(row(3, 6 * 3600));
  EXPECT_EQ(run.course.tally().fanouts_six_hours, 2);
  EXPECT_EQ(run.course.tally().fanouts, 3);
}

}  // namespace
}  // namespace breakwater::opponents
