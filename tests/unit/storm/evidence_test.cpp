#include "storm/evidence.h"

#include <gtest/gtest.h>

namespace breakwater::storm {
namespace {

TEST(Wording, CountsWordsWithoutTheSignature) {
  EXPECT_EQ(wording_of("").words, 0);
  EXPECT_EQ(wording_of("Please remove me.").words, 3);
  EXPECT_EQ(
      wording_of("I don't want this\n\nKind regards\nDr A. Example\nConsultant, Ward 7, tel. 555").words, 4);
  EXPECT_EQ(
      wording_of("I don't want this\n\n-- \nA long line that says who this is and where they work").words, 4);
  // A greeting is no text that a signature could follow.
  EXPECT_EQ(wording_of("Dear all,\n\nplease stop writing to everybody").words, 7);
  EXPECT_EQ(wording_of("One two three four\n\nfive six seven eight nine").words, 9);
}

TEST(Wording, CountsCharactersWhereWordsHaveNoBlanks) {
  EXPECT_EQ(wording_of("请不要再回复所有人了！").words, 5);
  EXPECT_EQ(wording_of("返信しないでください。").words, 5);
  EXPECT_EQ(wording_of("Пожалуйста, удалите меня").words, 3);
  EXPECT_EQ(wording_of("👍").words, 1);
}

TEST(Wording, CountsMarksOfContent) {
  EXPECT_EQ(wording_of("Stop replying to all!!").marks, 0);
  EXPECT_EQ(wording_of("use x[i] = f(y)").marks, 5);
}

Signs quick() {
  Signs signs;
  signs.reply = true;
  signs.wording.words = 5;
  signs.gap = std::chrono::minutes(1);
  return signs;
}

TEST(Evidence, EachSignMovesTheWeightItsWay) {
  const double base = weigh(quick());
  Signs long_text = quick(), slow = quick(), known = quick(), code = quick(), robot = quick();
  long_text.wording.words = 60;
  slow.gap = std::chrono::hours(5);
  known.days_known = 10;
  code.wording.marks = 6;
  robot.automatic = true;
  robot.wording.words = 200;
  EXPECT_GT(base, 3);
  for (const Signs& calm : {long_text, slow, known, code}) EXPECT_LT(weigh(calm), base);
  EXPECT_EQ(weigh(robot), most_weight);
  EXPECT_LE(base, most_weight);
}

TEST(Evidence, NewPeopleSayLittleWhereEverybodyIsNew) {
  Signs rare = quick(), usual = quick();
  rare.wording.words = usual.wording.words = 20;
  rare.newcomers = 0.05;
  usual.newcomers = 0.9;
  EXPECT_GT(weigh(rare), weigh(usual) + 1);
}

TEST(Evidence, AScoreHalvesInItsTimeAndNeverGrows) {
  EXPECT_NEAR(decayed(8, half_life), 4, 1e-9);
  EXPECT_EQ(decayed(8, -half_life), 8);
}

TEST(Evidence, SaysWhatItSaw) {
  EXPECT_EQ(describe(quick(), 4.0), "+4.0 new to the list, 5 words, 60 s after the last");
  Signs known = quick();
  known.days_known = 1;
  known.gap.reset();
  EXPECT_EQ(describe(known, -0.5), "-0.5 known from 1 day, 5 words");
}

}  // namespace
}  // namespace breakwater::storm
