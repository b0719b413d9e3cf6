#include "cli/score_card.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "cli/demo_sink.h"

namespace breakwater::cli {
namespace {

ScoreCard card() {
  ScoreCard made;
  made.storm = "nhs-2016";
  made.members = 850'000;
  made.minutes = 76;
  made.seconds = 45;
  made.messages = 81;
  made.accepted = 77;
  made.refused = 4;
  made.diverted = 2;
  made.held = 74;
  made.first_sent = true;
  made.first_how = "after its sender confirmed";
  made.deliveries = 850'000;
  made.breaker = "open for the list";
  made.ordinary.before = {90, 90, 0, {}};
  made.ordinary.during = {400, 400, 0, {}};
  return made;
}

TEST(ScoreCard, counts_what_a_plain_list_would_have_made_and_what_was_spared) {
  EXPECT_EQ(card().plain_deliveries(), 68'850'000U);
  EXPECT_EQ(card().spared(), 68'000'000U);
  ScoreCard odd = card();
  odd.deliveries = 69'000'000;  // more than plain is no negative number
  EXPECT_EQ(odd.spared(), 0U);
}

TEST(ScoreCard, says_it_in_lines_that_fit_a_terminal) {
  const std::string text = score_text(card());
  EXPECT_NE(text.find("68,850,000 deliveries"), std::string::npos);
  EXPECT_NE(text.find("68,000,000 (98.8 %)"), std::string::npos);
  EXPECT_NE(text.find("80: 0 let through, 2 to one author each, 74 held, 4 refused in the session"),
            std::string::npos);
  EXPECT_NE(text.find("77 given, 77 accounted for"), std::string::npos);
  std::size_t column = 0;
  for (const char c : text) {
    column = c == '\n' ? 0 : column + 1;
    EXPECT_LE(column, 100U) << text;
  }
}

TEST(ScoreCard, is_sound_only_when_nothing_is_lost) {
  EXPECT_TRUE(card().sound());
  ScoreCard lost = card();
  lost.unaccounted = 1;
  EXPECT_FALSE(lost.sound());
  EXPECT_NE(score_text(lost).find("1 of 77 NOT accounted for"), std::string::npos);
  ScoreCard late = card();
  late.ordinary.during.arrived = 399;
  EXPECT_FALSE(late.sound());
  ScoreCard silent = card();
  silent.failed = 1;
  EXPECT_FALSE(silent.sound());
  EXPECT_FALSE(score_json(silent).at("sound").as_bool());
}

opponents::Taken copy(std::string_view message, std::uint64_t count) {
  opponents::Taken taken;
  taken.sender = "team-bounces@lists.example";
  taken.message = message;
  taken.count = count;
  return taken;
}

TEST(OrdinaryMail, knows_its_own) {
  OrdinaryMail mail;
  EXPECT_FALSE(mail.take(copy("Message-ID: <1@x>\r\n\r\nbody", 12), 0));
  EXPECT_FALSE(mail.take(copy("Message-ID: <ordinary-7@members.example>\r\n\r\n", 12), 0));  // none posted
  EXPECT_FALSE(mail.take(copy("Message-ID: <ordinary-", 12), 0));
  EXPECT_EQ(mail.seen().before.arrived, 0U);
}

TEST(DemoAnswer, answers_what_asks_a_sender_or_a_moderator_about_one_message) {
  const std::string token = "all-request+abc@lists.example";
  EXPECT_EQ(demo_answer({"a@b", "Confirm: your message 'test' would reach 850,000 people", token}),
            "confirm");
  EXPECT_EQ(demo_answer({"a@b", "Release or discard: message 'test' from c@d to 9 people", token}),
            "release");
  EXPECT_EQ(demo_answer({"a@b", "Release or discard: message 'test' from c@d to 9 people", ""}), "");
  EXPECT_EQ(demo_answer({"a@b", "Confirm: all@lists.example would now reach 9 people", token}), "");
  EXPECT_EQ(
      demo_answer({"a@b", "Storm stopped on all@lists.example: release or discard what is held", token}), "");
}

}  // namespace
}  // namespace breakwater::cli
