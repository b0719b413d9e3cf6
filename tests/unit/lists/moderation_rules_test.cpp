// Rules: each condition, their order, what a file may not say; and moderation by sender, list and emergency.
#include "lists/moderation_rules.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

Rule rule(RuleText text) {
  if (text.action.empty()) text.action = "hold";
  auto made = Rule::compile(text);
  EXPECT_TRUE(made) << (made ? "" : made.error().what);
  return std::move(made).value();
}

std::string flaw(RuleText text) {
  if (text.action.empty()) text.action = "hold";
  const auto made = Rule::compile(text);
  return made ? "" : made.error().what;
}

bool matches(const RuleText& text, const std::string& message, const std::string& sender = "ann@example.org",
             bool first_post = false) {
  const auto block = mail::HeaderBlock::parse(message);
  const std::vector<Rule> rules = {rule(text)};
  return evaluate(rules, facts_of(rules, message, block, sender, first_post)).has_value();
}

const std::string kPlain =
    "From: Ann <ann@example.org>\r\nTo: tech@lists.example, b@example.org\r\nCc: \"C, D\" <c@example.org>\r\n"
    "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= and more\r\nX-Spam-Flag: YES\r\n\r\nHello\r\n";

TEST(ARule, on_the_sender) {
  EXPECT_TRUE(matches({.sender = "@example\\.org$"}, kPlain));
  EXPECT_TRUE(matches({.sender = "ANN"}, kPlain));
  EXPECT_FALSE(matches({.sender = "^nn@"}, kPlain));
  EXPECT_FALSE(matches({.sender = "@example\\.com$"}, kPlain));
  EXPECT_TRUE(matches({.sender = "^j\u00F6"}, kPlain, "j\u00F6rg@example.org"));
}

TEST(ARule, on_size_and_recipients_is_above_the_number) {
  EXPECT_TRUE(matches({.larger_than = kPlain.size() - 1}, kPlain));
  EXPECT_FALSE(matches({.larger_than = kPlain.size()}, kPlain));
  EXPECT_TRUE(matches({.more_recipients_than = 2}, kPlain));
  EXPECT_FALSE(matches({.more_recipients_than = 3}, kPlain));
  // What cannot be read as addresses is counted by its '@' signs, so that a flaw is no way past the rule.
  const auto broken = mail::HeaderBlock::parse("To: a@b@c.example, d@e.example, <f@g.example\r\n\r\n");
  EXPECT_EQ(named_recipients(broken), 4U);
  std::string many = "To: a@example.org";
  for (int at = 0; at < 20'000; ++at) many += ", a@example.org";
  many += "\r\n\r\n";
  EXPECT_EQ(named_recipients(mail::HeaderBlock::parse(many)), 20'001U);
}

TEST(ARule, on_attachments_by_type_and_by_the_end_of_the_name) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx\r\n--a\r\nContent-Type: Video/MP4\r\n"
      "Content-Disposition: attachment; filename=\"Plan.PDF.exe\"\r\n\r\nx\r\n--a--\r\n";
  for (const char* condition : {".exe", ".EXE", ".pdf.exe", "video/mp4", "video/*", "Video/*"}) {
    EXPECT_TRUE(matches({.attachments = {"image/png", condition}}, message)) << condition;
  }
  for (const char* condition : {".pdf", "video/mp", "vide/*", "application/*", ".xexe"}) {
    EXPECT_FALSE(matches({.attachments = {condition}}, message)) << condition;
  }
  EXPECT_TRUE(matches({.attachments = {"text/plain"}}, kPlain));
  const std::string zip = "Content-Type: Application/X-Zip-Compressed\r\n\r\nPK\r\n";
  for (const char* condition : {"application/zip", "application/x-zip-compressed"})
    EXPECT_TRUE(matches({.attachments = {condition}}, zip)) << condition;
  // Cannot be told: matches.
  EXPECT_TRUE(matches({.attachments = {".exe"}}, "Content-Type: multipart/mixed\r\n\r\nx\r\n"));
}

TEST(ARule, on_headers_reads_what_people_read) {
  EXPECT_TRUE(matches({.headers = {{"subject", "^gr\u00FC\u00DFe and"}}}, kPlain));
  EXPECT_TRUE(matches({.headers = {{"X-Spam-Flag", "^yes$"}}}, kPlain));
  EXPECT_TRUE(matches({.headers = {{"X-Spam-Flag", ""}}}, kPlain));
  EXPECT_FALSE(matches({.headers = {{"X-Spam", ""}}}, kPlain));
  // Each of the tests; any of the fields.
  EXPECT_FALSE(matches({.headers = {{"Subject", "more"}, {"X-Spam-Flag", "no"}}}, kPlain));
  EXPECT_TRUE(matches({.headers = {{"X", "^b$"}}}, "X: a\r\nX: b\r\n\r\n"));
}

TEST(ARule, on_a_first_post) {
  EXPECT_TRUE(matches({.first_post = true}, kPlain, "ann@example.org", true));
  EXPECT_FALSE(matches({.first_post = true}, kPlain, "ann@example.org", false));
}

TEST(ARule, holds_when_all_its_conditions_do) {
  // Every subset of conditions, each of them met or not.
  for (unsigned stated = 1; stated < 64; ++stated) {
    for (unsigned unmet = 0; unmet < 64; ++unmet) {
      if ((unmet & ~stated) != 0) continue;
      const auto is = [&](unsigned bit) { return (stated >> bit & 1) != 0; };
      const auto met = [&](unsigned bit) { return (unmet >> bit & 1) == 0; };
      RuleText text;
      if (is(0)) text.sender = met(0) ? "ann" : "bob";
      if (is(1)) text.larger_than = met(1) ? 0 : 1'000'000;
      if (is(2)) text.more_recipients_than = met(2) ? 0 : 1'000'000;
      if (is(3)) text.attachments = {met(3) ? "text/plain" : ".exe"};
      if (is(4)) text.headers = {{"Subject", met(4) ? "more" : "less"}};
      if (is(5)) text.first_post = true;
      EXPECT_EQ(matches(text, kPlain, "ann@example.org", met(5)), unmet == 0) << stated << " " << unmet;
    }
  }
}

TEST(Rules, the_first_that_matches_wins) {
  const auto block = mail::HeaderBlock::parse(kPlain);
  const std::vector<Rule> rules = {rule({.sender = "bob", .action = "discard"}),
                                   rule({.sender = "ann", .action = "refuse", .reason = "not you, Ann"}),
                                   rule({.sender = "ann", .action = "discard"})};
  const auto facts = facts_of(rules, kPlain, block, "ann@example.org", false);
  const auto match = evaluate(rules, facts);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->rule, 1U);
  EXPECT_EQ(match->action, RuleAction::refuse);
  EXPECT_EQ(match->reason, "not you, Ann");
  EXPECT_FALSE(evaluate({}, facts));
  EXPECT_FALSE(evaluate({rules[0]}, facts));
  EXPECT_FALSE(evaluate({rules[2]}, facts)->reason.empty());
}

TEST(Rules, order_decides_whatever_they_are) {
  const auto block = mail::HeaderBlock::parse(kPlain);
  const auto facts = facts_of({}, kPlain, block, "ann@example.org", false);
  const std::vector<Rule> one_of_each = {rule({.sender = "ann"}), rule({.sender = "bob"}),
                                         rule({.larger_than = 10}), rule({.larger_than = 1'000'000})};
  rc::check([&](const std::vector<std::uint8_t>& drawn) {
    std::vector<Rule> rules;
    std::optional<std::size_t> first;
    for (const std::uint8_t which : drawn) {
      if (which % 2 == 0 && !first) first = rules.size();
      rules.push_back(one_of_each[which % 4]);
    }
    const auto match = evaluate(rules, facts);
    RC_ASSERT(match.has_value() == first.has_value());
    if (match) RC_ASSERT(match->rule == *first);
  });
}

TEST(ARule, that_a_file_may_not_say_names_what_is_wrong) {
  EXPECT_NE(flaw({}).find("no condition"), std::string::npos);
  EXPECT_NE(flaw({.sender = "a", .action = "drop"}).find("\"drop\""), std::string::npos);
  EXPECT_NE(flaw({.sender = "("}).find("sender: the pattern \"(\" is none: missing )"), std::string::npos);
  EXPECT_NE(flaw({.headers = {{"Subject", "["}}}).find("Subject"), std::string::npos);
  for (const char* field : {"", "Sub ject", "Subject:", "S\u00FC", "a\nb"}) {
    EXPECT_NE(flaw({.headers = {{field, "x"}}}).find("no field name"), std::string::npos) << field;
  }
  for (const char* condition :
       {"exe", "", ".", "/", "a/", "/b", "a/b/c", "text/plain; charset=x", ".e xe", "\xFF/x"}) {
    EXPECT_NE(flaw({.attachments = {condition}}).find("attachments"), std::string::npos) << condition;
  }
  for (const std::string& reason :
       {std::string("two\r\nlines"), std::string(201, 'x'), std::string("\xFF")}) {
    EXPECT_NE(flaw({.sender = "a", .reason = reason}).find("reason"), std::string::npos);
  }
}

// RE2 has no backtracking to be led into, and a pattern that would need much memory is refused when it is
// read.
TEST(APattern, is_bounded_in_time_and_memory) {
  EXPECT_FALSE(Pattern::compile("((a{100}){100}){100}"));
  EXPECT_FALSE(Pattern::compile(std::string(2001, 'a')));
  EXPECT_FALSE(Pattern::compile("(a)\\1"));
  const auto nested = Pattern::compile("(a+)+$");
  ASSERT_TRUE(nested);
  EXPECT_FALSE(nested->found_in(std::string(1'000'000, 'a') + "b"));
  EXPECT_EQ(nested->text(), "(a+)+$");
  EXPECT_TRUE(matches({.headers = {{"X", "(x+x+)+y|"}}}, "X: " + std::string(1'000'000, 'x') + "\r\n\r\n"));
}

bool waits(const ModerationState& state) {
  if (state.sender != SenderModeration::by_list) return state.sender == SenderModeration::always;
  switch (state.by_default) {
    case Moderate::nobody: return false;
    case Moderate::newcomers: return state.newcomer;
    case Moderate::members: return !state.staff;
    case Moderate::everybody: return true;
  }
  return false;
}

void expect_verdict(const char* action, const std::vector<Rule>& rules, const ModerationState& state) {
  const auto block = mail::HeaderBlock::parse(kPlain);
  const auto facts = facts_of({}, kPlain, block, "ann@example.org", false);
  const auto match = moderate(rules, facts, state);
  const std::string said = !match                                ? ""
                           : match->action == RuleAction::hold   ? "hold"
                           : match->action == RuleAction::refuse ? "refuse"
                                                                 : "discard";
  EXPECT_EQ(said, *action != '\0' ? action : state.emergency || waits(state) ? "hold" : "");
  if (match) EXPECT_FALSE(match->reason.empty());
  if (match && state.emergency && said == "hold") EXPECT_EQ(match->rule, rules.size());
}

TEST(Moderation, of_every_state_and_rule) {
  for (const char* action : {"", "hold", "refuse", "discard"}) {
    std::vector<Rule> rules;
    if (*action != '\0') rules.push_back(rule({.sender = "ann", .action = action}));
    for (int state = 0; state < 2 * 4 * 2 * 2 * 3; ++state) {
      expect_verdict(action, rules,
                     {.emergency = state % 2 == 1,
                      .by_default = static_cast<Moderate>(state / 2 % 4),
                      .newcomer = state / 8 % 2 == 1,
                      .staff = state / 16 % 2 == 1,
                      .sender = static_cast<SenderModeration>(state / 32)});
    }
  }
}

}  // namespace
}  // namespace breakwater::lists
