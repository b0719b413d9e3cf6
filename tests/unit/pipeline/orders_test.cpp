// One word, said by a person: what counts as a command and what does not.
#include "pipeline/orders.h"

#include <gtest/gtest.h>

#include <string>

namespace breakwater::pipeline {
namespace {

std::optional<Command> order(const std::string& subject, const std::string& text) {
  std::string body = text;
  for (std::size_t at = 0; (at = body.find('\n', at)) != std::string::npos; at += 2) body.insert(at, "\r");
  return read_order("From: mo@example.org\r\nSubject: " + subject + "\r\n\r\n" + body);
}

constexpr const char* kQuoted =
    "\n"
    "On Sun, 22 Nov 2026 at 16:01, all list <all-request@lists.example> wrote:\n"
    "> Hello,\n"
    "> To send it to the list:\n"
    ">     <mailto:all-request+A1@lists.example?subject=release>\n"
    "> To discard it, so that nobody gets it:\n"
    ">     <mailto:all-request+A1@lists.example?subject=discard>\n";

TEST(AnOrder, is_the_subject_of_a_link) {
  EXPECT_EQ(order("confirm", ""), Command{Word::confirm});
  EXPECT_EQ(order("Cancel", "Sent from my phone\n"), Command{Word::cancel});
  EXPECT_EQ(order(" DISCARD. ", ""), Command{Word::discard});
  EXPECT_EQ(order("=?utf-8?Q?freeze?=", ""), Command{Word::freeze});
  EXPECT_EQ(order("divert", ""), Command{Word::divert});
  EXPECT_EQ(order("thaw", "confirm\n"), Command{Word::thaw});
}

TEST(AnOrder, is_the_first_line_above_what_is_quoted) {
  const char* const subject = "Re: Confirm: your message 'test' would reach 850,000 people";
  EXPECT_EQ(order(subject, std::string("release\n") + kQuoted), Command{Word::release});
  EXPECT_EQ(order(subject, std::string("\n\n  Release.  \n\nMo\n") + kQuoted), Command{Word::release});
  EXPECT_EQ(order("Re: x", "confirm"), Command{Word::confirm});
}

TEST(AnOrder, is_read_in_the_ways_programs_send_it) {
  EXPECT_EQ(read_order("Subject: Re: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
                       "<html><body><p>Release.</p><blockquote>discard</blockquote></body></html>"),
            Command{Word::release});
  EXPECT_EQ(read_order("Subject: Re: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                       "Content-Transfer-Encoding: base64\r\n\r\nY29uZmlybQ0K\r\n"),
            Command{Word::confirm});
}

TEST(AnOrder, to_reject_says_why_behind_it_or_below) {
  EXPECT_EQ(order("Re: x", std::string("Reject:  too long; send a link \nMo\n") + kQuoted),
            (Command{Word::reject, "too long; send a link"}));
  EXPECT_EQ(order("reject: no cats", ""), (Command{Word::reject, "no cats"}));
  EXPECT_EQ(order("Re: x", "Reject no cats\n"), (Command{Word::reject, "no cats"}));
  EXPECT_EQ(order("Re: x", "ablehnen : bitte kürzer\n"), (Command{Word::reject, "bitte kürzer"}));
  EXPECT_EQ(order("Re: x", std::string("REJECT\n\ntoo long,\nsorry\n-- \nMo\n") + kQuoted),
            (Command{Word::reject, "too long, sorry"}));
  EXPECT_EQ(order("reject", "too long\n"), (Command{Word::reject, "too long"}));
  EXPECT_EQ(order("Re: x", std::string("reject.\n") + kQuoted), Command{Word::reject});
  EXPECT_EQ(order("Re: x", "rejected: no cats\n"), std::nullopt);
  EXPECT_EQ(order("Re: x", "reject? no cats\n"), std::nullopt);
  EXPECT_EQ(order("Re: x", "release: please\n"), std::nullopt);
  EXPECT_EQ(order("Re: x", "reject: " + std::string(900, 'x') + "\n")->reason.size(), 500U);
  EXPECT_EQ(order("Re: x", "reject\n" + std::string(900, 'x') + "\n")->reason.size(), 500U);
}

// One vocabulary at both addresses, whatever the letter's language.
TEST(AnOrder, is_said_in_english_or_german) {
  const auto word_of = [](const char* text) {
    const auto said = order("Re: x", text);
    return said ? std::string(name_of(said->word)) : std::string("none");
  };
  for (const char* text : {"yes", "Ja.", "bestätigen", "Bestaetigen"})
    EXPECT_EQ(word_of(text), "confirm") << text;
  for (const char* text : {"zurückziehen", "zurueckziehen"}) EXPECT_EQ(word_of(text), "cancel") << text;
  for (const char* text : {"Freigeben", "zustimmen", "approve"}) EXPECT_EQ(word_of(text), "release") << text;
  EXPECT_EQ(word_of("verwerfen"), "discard");
  EXPECT_EQ(word_of("Ablehnen"), "reject");
  EXPECT_EQ(word_of("anhalten"), "freeze");
  EXPECT_EQ(word_of("fortsetzen"), "thaw");
}

std::string token_reply(const std::string& subject, const std::string& body) {
  const TokenReply reply = read_token_reply("Subject: " + subject + "\r\n\r\n" + body);
  if (!reply.word) return "none" + reply.text;
  return (*reply.word == TokenWord::confirm   ? "confirm "
          : *reply.word == TokenWord::approve ? "approve "
                                              : "reject ") +
         reply.text;
}

TEST(AReplyWithAToken, has_the_same_words_and_both_forms_of_saying_no) {
  EXPECT_EQ(token_reply("confirm", ""), "confirm ");
  EXPECT_EQ(token_reply("Re: Confirm: join?", "\r\nja\r\n> confirm"), "confirm ");
  EXPECT_EQ(token_reply("Re: x", "freigeben"), "approve ");
  EXPECT_EQ(token_reply("Re: x", "release\r\n"), "approve ");
  EXPECT_EQ(token_reply("Re: x", "approve.\r\n"), "approve ");
  EXPECT_EQ(token_reply("Re: x", "reject\r\nwe are\r\nfull\r\n"), "reject we are full");
  EXPECT_EQ(token_reply("reject", "we are full"), "reject we are full");
  EXPECT_EQ(token_reply("Re: x", "reject: we are\r\nfull\r\n"), "reject we are full");
  EXPECT_EQ(token_reply("Re: x", "Ablehnen wir sind voll"), "reject wir sind voll");
  EXPECT_EQ(token_reply("reject: we are full", ""), "reject we are full");
  EXPECT_EQ(token_reply("Confirm: join tech@lists.test?", "I am away."), "none");
  EXPECT_EQ(token_reply("Re: x", "freeze"), "none");
}

TEST(AnOrder, is_nothing_else) {
  EXPECT_EQ(order("", ""), std::nullopt);
  EXPECT_EQ(order("confirm?", ""), std::nullopt);
  EXPECT_EQ(order("Re: confirm", "What is this?\n"), std::nullopt);
  EXPECT_EQ(order("Re: x", "Please release it.\n"), std::nullopt);
  EXPECT_EQ(order("Re: x", "Hello,\nrelease\n"), std::nullopt);
  EXPECT_EQ(order("Re: x", kQuoted), std::nullopt);
  EXPECT_EQ(order("Re: x", "releasediscard\n"), std::nullopt);
  EXPECT_EQ(order("confirm cancel", ""), std::nullopt);
  EXPECT_EQ(order("....", "...\n"), std::nullopt);
  EXPECT_EQ(read_order(""), std::nullopt);
  EXPECT_EQ(read_order("\r\n"), std::nullopt);
}

// It is kept from being asked at all by its header, where that says what it is; many do not.
TEST(AnOrder, is_not_an_out_of_office_that_quotes_one) {
  EXPECT_EQ(order("Automatic reply: Confirm: your message 'test' would reach 850,000 people",
                  std::string("I am away until Monday.\n") + kQuoted),
            std::nullopt);
  EXPECT_EQ(order("Out of office", "> To send it to the list:\n> release\n"), std::nullopt);
}

// The letter's own lines, sent back unquoted by a program that answers above nothing.
TEST(AnOrder, is_not_the_letter_itself) {
  EXPECT_EQ(order("Re: Release or discard: message 'x'",
                  "Hello,\n\na message to all@lists.example waits\n\n    | release\n"),
            std::nullopt);
}

}  // namespace
}  // namespace breakwater::pipeline
