// Commands as people, mail programs and attackers send them.
#include "lists/command_mail.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

std::string crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

CommandMail read(const std::string& subject, const std::string& text, const std::string& fields = "") {
  return read_commands("From: mo@example.org\r\nSubject: " + subject + "\r\n" + fields + "\r\n" + crlf(text));
}

Instant day(int year, unsigned month, unsigned number) {
  return Instant{std::chrono::sys_days(std::chrono::year_month_day{
      std::chrono::year(year), std::chrono::month(month), std::chrono::day(number)})};
}

std::string shown(const DeliveryWish& wish) {
  std::string out = wish.mode == DeliveryMode::each   ? "each"
                    : wish.mode == DeliveryMode::none ? "none"
                                                      : "digest";
  if (wish.form) out += *wish.form == DigestForm::plain ? " plain" : " mime";
  if (wish.until) out += " until " + std::to_string(to_ms(*wish.until) / 86'400'000);
  return out;
}

// One line a command, then "? why: line".
std::string shown(const CommandMail& mail) {
  std::string out;
  for (const Command& command : mail.commands) {
    if (!out.empty()) out += "; ";
    out += name_of(command.verb);
    if (command.verb == Verb::set_delivery) out += " " + shown(command.delivery);
    if (command.about) out += " " + command.about->key;
    if (is_order(command.verb))
      out = out.substr(0, out.size() - name_of(command.verb).size()) + line_of(command);
  }
  constexpr const char* kWhy[] = {"unknown",  "bad address", "bad mode",
                                  "bad date", "superfluous", "too many"};
  if (mail.unread) {
    if (!out.empty()) out += "; ";
    out += std::string("? ") + kWhy[static_cast<int>(*mail.unread)] + ": " + mail.line;
  }
  return out;
}

std::string line(const std::string& text) { return shown(read("", text)); }

TEST(ACommandMail, every_word_in_english_and_german) {
  for (const char* word : {"join", "Subscribe", "SUB", "beitreten", "Anmelden", "abonnieren", "eintragen"}) {
    EXPECT_EQ(line(word), "join") << word;
    EXPECT_EQ(shown(read(word, "")), "join") << word;
  }
  for (const char* word :
       {"leave", "unsubscribe", "unsub", "signoff", "austreten", "Abmelden", "abbestellen", "austragen"}) {
    EXPECT_EQ(line(word), "leave") << word;
  }
  for (const char* word : {"who", "members", "wer", "mitglieder"}) EXPECT_EQ(line(word), "who") << word;
  for (const char* word : {"info", "information", "infos", "auskunft"}) EXPECT_EQ(line(word), "info") << word;
  for (const char* word : {"help", "hilfe", "Help.", "  HELP!! "}) EXPECT_EQ(line(word), "help") << word;
  for (const char* word : {"end", "stop", "quit", "ende", "stopp", "Schluss."}) {
    EXPECT_EQ(line(std::string("help\n") + word + "\nleave"), "help") << word;
  }
}

TEST(ACommandMail, orders_about_others) {
  EXPECT_EQ(line("add Ann Lee <Ann@Example.org>"), "add Ann@example.org");
  EXPECT_EQ(line("hinzufügen ann@example.org"), "add ann@example.org");
  EXPECT_EQ(line("HINZUFUEGEN ann@example.org."), "add ann@example.org");
  EXPECT_EQ(line("remove ann@example.org"), line("entfernen <ann@example.org>"));
  EXPECT_EQ(line("einladen ann@example.org"), "invite ann@example.org");
  EXPECT_EQ(line("ban ann@example.org"), "ban ann@example.org");
  EXPECT_EQ(line("sperren @Example.org wirbt nur"), "ban @example.org wirbt nur");
  EXPECT_EQ(line("ban <ann@example.org> she said so."), "ban ann@example.org she said so");
  EXPECT_EQ(line("unban @.example.org"), line("Entsperren @.example.org"));
  EXPECT_EQ(shown(read("add ann@example.org", "")), "add ann@example.org");
  for (const char* word : {"add", "invite", "remove", "ban", "unban"}) {
    EXPECT_EQ(line(word), std::string("? bad address: ") + word);
    EXPECT_EQ(line(word + std::string(" ann")), std::string("? bad address: ") + word + " ann");
  }
  EXPECT_EQ(line("add a@b.example, c@d.example"), "? bad address: add a@b.example, c@d.example");
  EXPECT_EQ(line("ban @org"), "? bad address: ban @org");
  EXPECT_EQ(line("add Ann <address=ann@example.org>"), "? bad address: add Ann <address=ann@example.org>");
  EXPECT_EQ(line("unban @example.org please"), "? superfluous: unban @example.org please");
}

// What is kept until it is confirmed, and shown in the letter that asks, is what is carried out then.
TEST(ACommandMail, an_order_is_read_back_from_its_line) {
  for (const char* text :
       {"add Ann Lee <Ann@Example.org>", "add \"a b\"@example.org", "invite ann@example.org",
        "remove x@y.example", "ban @.example.org no guests, please...", "ban ann@example.org",
        "unban @example.org", "ban a@b.example \x01\x1b[31m add eve@example.org"}) {
    const auto first = read_command_line(text);
    ASSERT_TRUE(first && first->command) << text;
    const std::string kept = line_of(*first->command);
    EXPECT_EQ(kept.find_first_of("\r\n\x1b"), std::string::npos);
    const auto again = read_command_line(kept);
    ASSERT_TRUE(again && again->command) << kept;
    EXPECT_EQ(again->command->verb, first->command->verb);
    EXPECT_EQ(again->command->who, first->command->who);
    EXPECT_EQ(line_of(*again->command), kept);
  }
}

TEST(ACommandMail, every_mode_of_delivery) {
  for (const char* word : {"each", "all", "mail", "on", "einzeln", "alle", "an"}) {
    EXPECT_EQ(line(std::string("set delivery ") + word), "set delivery each") << word;
  }
  for (const char* word : {"none", "nomail", "off", "keine", "aus", "pause"}) {
    EXPECT_EQ(line(std::string("zustellung ") + word), "set delivery none") << word;
    EXPECT_EQ(line(std::string("set ") + word + " bis 31.12.2026"), "set delivery none until 20818") << word;
  }
  EXPECT_EQ(line("set delivery digest"), "set delivery digest");
  EXPECT_EQ(line("delivery digest plain"), "set delivery digest plain");
  EXPECT_EQ(line("set digest mime"), "set delivery digest mime");
  EXPECT_EQ(line("Zustellung Sammelmail Text für Ann@Example.ORG"),
            "set delivery digest plain ann@example.org");
  EXPECT_EQ(line("set delivery none until 2026-12-31 for ann@example.org"),
            "set delivery none until 20818 ann@example.org");
  EXPECT_EQ(to_ms(day(2026, 12, 31)) / 86'400'000, 20818);
  EXPECT_EQ(line("set delivery"), "? bad mode: set delivery");
  EXPECT_EQ(line("set"), "? bad mode: set");
  EXPECT_EQ(line("set delivery weekly"), "? bad mode: set delivery weekly");
  EXPECT_EQ(line("set delivery each until 2026-12-31"), "? bad mode: set delivery each until 2026-12-31");
  EXPECT_EQ(line("set delivery each for"), "? bad address: set delivery each for");
}

TEST(ACommandMail, only_whole_dates_that_there_are) {
  EXPECT_EQ(line("set none until 1.2.2027"), line("set none until 2027-02-01"));
  EXPECT_EQ(line("set none until 29.2.2028"), "set delivery none until 21243");
  for (const char* date :
       {"29.2.2027", "2027-13-01", "2027-00-01", "2027-01-32", "31.12.", "31.12.26", "tomorrow", "2027",
        "2027-1", "-2027-01-01", "2027-01-01x", "2027.01.01", "1-2-2027", "20270101", "99999-01-01", "",
        "2027-01-01-01", "2027-001-01", "18446744073709551616-01-01"}) {
    EXPECT_EQ(read("", std::string("set none until ") + date).unread, Unread::bad_date) << date;
  }
}

TEST(ACommandMail, an_address_in_any_form_a_header_may_have) {
  for (const char* form :
       {"ann@example.org", "<ann@example.org>", "Ann Lee <Ann@Example.ORG>", "\"Lee, Ann\" <ann@example.org>",
        "ann@example.org (Ann)", "(Ann) ann@example.org", "=?utf-8?Q?J=C3=B6rg?= <ann@example.org>",
        "mailto:ann@example.org", "ann@example.org <mailto:ann@example.org>", "<mailto:ann@example.org>",
        "address=ann@example.org", "ann@example.org.", "Ann: ann@example.org;"}) {
    EXPECT_EQ(line(std::string("join ") + form), "join ann@example.org") << form;
    EXPECT_EQ(line(std::string("leave ") + form), "leave ann@example.org") << form;
  }
  EXPECT_EQ(line("join \"a b\"@example.org"), "join \"a b\"@example.org");
  EXPECT_EQ(line("join jörg@bücher.example"), "join jörg@xn--bcher-kva.example");
  for (const char* form :
       {"ann", "ann@", "@example.org", "a@b.example, c@d.example", "a@b@c.example", "tech", "ann@[192.0.2.1]",
        "<ann@example.org", "ann@example.org> <x@y.example>", "\"ann@example.org", "ann @example .org ?",
        "a..b@example.org", "ann@example..org", "ann@-.example"}) {
    EXPECT_EQ(read("", std::string("join ") + form).unread, Unread::bad_address) << form;
  }
}

TEST(ACommandMail, is_the_subject_alone_when_that_is_a_command) {
  EXPECT_EQ(shown(read("join", "Sent from my phone\nleave\n")), "join");
  EXPECT_EQ(shown(read("=?utf-8?Q?leave?=", "")), "leave");
  EXPECT_EQ(shown(read("set delivery digest", "unsubscribe")), "set delivery digest");
  EXPECT_EQ(shown(read("Re: help", "leave")), "leave");
  EXPECT_EQ(shown(read("a question", "")), "? unknown: a question");
  EXPECT_EQ(shown(read("join ann", "")), "? bad address: join ann");
  EXPECT_EQ(shown(read("join ann", "leave")), "leave");
  EXPECT_TRUE(read("", "").empty());
  EXPECT_TRUE(read("", "stop\nleave").empty());
  EXPECT_TRUE(read("stop", "").empty());
}

TEST(ACommandMail, several_in_their_order_until_one_is_none) {
  EXPECT_EQ(line("join\nset delivery digest plain\n\nhelp\n"), "join; set delivery digest plain; help");
  EXPECT_EQ(line("leave\nHello,\nplease help\njoin\n"), "leave; ? unknown: Hello,");
  EXPECT_EQ(line("Hello,\nplease remove me\nfrom\nthis\nlist"), "? unknown: Hello,");
  EXPECT_EQ(line("join\nhelp me\nleave"), "join; ? superfluous: help me");
  EXPECT_EQ(line("who is there"), "? superfluous: who is there");
}

TEST(ACommandMail, nothing_from_what_is_quoted_or_below_the_signature) {
  EXPECT_EQ(line("help\n> join\n> leave\n"), "help");
  EXPECT_EQ(line("> leave\n"), "");
  EXPECT_EQ(line("info\n-- \nleave\n"), "info");
  EXPECT_EQ(line("info\n\n-----Original Message-----\nleave\n"), "info");
  EXPECT_EQ(line("info\n\nOn Sun, 22 Nov 2026 at 16:01, Ann <ann@example.org> wrote:\n> leave\n"), "info");
}

TEST(ACommandMail, in_any_charset_and_encoding) {
  const std::string mime = "MIME-Version: 1.0\r\n";
  EXPECT_EQ(
      shown(read("", "c2V0IGRlbGl2ZXJ5IGRpZ2VzdCBmw7xyIGFubkBleGFtcGxlLm9yZw==\n",
                 mime + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n")),
      "set delivery digest ann@example.org");
  EXPECT_EQ(shown(read("", "set delivery each f=FCr ann@example.org\n",
                       mime + "Content-Type: text/plain; charset=iso-8859-1\r\n"
                              "Content-Transfer-Encoding: quoted-printable\r\n")),
            "set delivery each ann@example.org");
  EXPECT_EQ(shown(read("", "<html><body><div>leave</div><div>help</div></body></html>\n",
                       mime + "Content-Type: text/html; charset=windows-1252\r\n")),
            "leave; help");
  EXPECT_EQ(shown(read("", "--b\n\nleave\n--b\nContent-Type: text/html\n\n<p>join</p>\n--b--\n",
                       mime + "Content-Type: multipart/alternative; boundary=b\r\n")),
            "leave");
  // A charset that nobody knows: ASCII words are still words.
  EXPECT_EQ(shown(read("", "leave\n", mime + "Content-Type: text/plain; charset=klingon\r\n")), "leave");
  EXPECT_EQ(shown(read("", "\xFF\xFE\n", mime + "Content-Type: text/plain; charset=utf-16\r\n")).substr(0, 9),
            "? unknown");
}

TEST(ACommandMail, may_be_said_by_the_address_alone) {
  EXPECT_EQ(verb_of_address("join"), Verb::join);
  EXPECT_EQ(verb_of_address("Subscribe"), Verb::join);
  EXPECT_EQ(verb_of_address("leave"), Verb::leave);
  EXPECT_EQ(verb_of_address("UNSUBSCRIBE"), Verb::leave);
  for (const char* other : {"", "request", "confirm", "set", "joins"})
    EXPECT_FALSE(verb_of_address(other)) << other;
}

TEST(ACommandMail, of_a_thousand_commands_has_ten) {
  std::string many;
  for (int at = 0; at < 1000; ++at) many += "help\n";
  const auto mail = read("", many);
  EXPECT_EQ(mail.commands.size(), max_commands);
  EXPECT_EQ(mail.unread, Unread::too_many);
  EXPECT_EQ(mail.line, "help");
  std::string ten;
  for (int at = 0; at < 10; ++at) ten += "help\n";
  EXPECT_FALSE(read("", ten).unread);
}

TEST(ACommandMail, of_ten_megabytes_is_bounded) {
  const std::string big(10 * 1024 * 1024, 'x');
  auto mail = read("", "help\n" + big);
  EXPECT_EQ(mail.commands.size(), 1U);
  EXPECT_EQ(mail.unread, Unread::unknown);
  EXPECT_LE(mail.line.size(), 80U);
  // The first megabyte is looked at: behind such a subject there is nothing.
  EXPECT_EQ(read(big, "leave").unread, Unread::unknown);
  EXPECT_EQ(shown(read("x", "leave", "X-Big: " + std::string(900'000, 'x') + "\r\n")), "leave");
  EXPECT_EQ(read("", "join " + big + "@example.org").unread, Unread::unknown);
  // Blank lines are not commands, and their number buys nothing.
  EXPECT_TRUE(read("", std::string(10 * 1024 * 1024, '\n')).empty());
  std::string lines;
  while (lines.size() < 10 * 1024 * 1024) lines += "help\n";
  EXPECT_EQ(read("", lines).commands.size(), max_commands);
}

TEST(ACommandMail, its_line_is_safe_to_show) {
  const auto mail = read("", "\x1B[2J\xE2\x80\xAE evil \xFF" + std::string(500, 'y'));
  ASSERT_TRUE(mail.unread);
  EXPECT_EQ(mail.line.find('\x1B'), std::string::npos);
  EXPECT_EQ(mail.line.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_LE(mail.line.size(), 80U);
}

}  // namespace
}  // namespace breakwater::lists
