// Commands as people, mail programs and attackers send them.
#include "lists/command_mail.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
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
  constexpr const char* kWhy[] = {"unknown",     "bad address", "bad ban",  "bad mode",  "bad date",
                                  "superfluous", "too many",    "too long", "other list"};
  for (const UnreadLine& unread : mail.unread) {
    if (!out.empty()) out += "; ";
    out += std::string("? ") + kWhy[static_cast<int>(unread.why)] + ": " + unread.line;
    if (unread.is_subject) out += " (subject)";
  }
  return out;
}

// Why the only line was not read; nullopt: none, or several.
std::optional<Unread> why(const CommandMail& mail) {
  return mail.unread.size() == 1 ? std::optional(mail.unread[0].why) : std::nullopt;
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
  EXPECT_EQ(line("add Ann Lee <Ann@Example.org>"), "add Ann@example.org Ann Lee");
  EXPECT_EQ(line("hinzufügen neu@example.org Neu Mann jr."), "add neu@example.org Neu Mann jr");
  EXPECT_EQ(line("add \"Lee, Ann\" <ann@example.org>"), "add ann@example.org Lee, Ann");
  EXPECT_EQ(line("invite ann@example.org Ann Lee"), "invite ann@example.org");
  EXPECT_EQ(line("remove ann@example.org Ann Lee"), "remove ann@example.org");
  for (const char* several : {"add ann@example.org, Ann", "add ann@example.org bob@example.org",
                              "add ann@example.org Bob <bob@example.org>", "add Ann Lee"}) {
    EXPECT_EQ(line(several), std::string("? bad address: ") + several);
  }
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
    const std::string why = word[0] == 'b' || word[0] == 'u' ? "? bad ban: " : "? bad address: ";
    EXPECT_EQ(line(word), why + word);
    EXPECT_EQ(line(word + std::string(" ann")), why + word + " ann");
  }
  EXPECT_EQ(line("add a@b.example, c@d.example"), "? bad address: add a@b.example, c@d.example");
  EXPECT_EQ(line("ban @org"), "? bad ban: ban @org");
  EXPECT_EQ(line("add Ann <address=ann@example.org>"), "? bad address: add Ann <address=ann@example.org>");
  EXPECT_EQ(line("unban @example.org please"), "? superfluous: unban @example.org please");
}

// What is kept until it is confirmed, and shown in the letter that asks, is what is carried out then.
TEST(ACommandMail, an_order_is_read_back_from_its_line) {
  for (const char* text :
       {"add Ann Lee <Ann@Example.org>", "add \"a b\"@example.org", "add ann@example.org Ann Lee...",
        "add \"A. Lee\" <\"a b\"@example.org>", "add \",\" <ann@example.org>", "add \"(x)\" <a@b.example>",
        "add \"<e@f.example>\" <a@b.example>", "add \"x  y\" <a@b.example>", "invite ann@example.org",
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
    EXPECT_EQ(why(read("", std::string("set none until ") + date)), Unread::bad_date) << date;
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
    EXPECT_EQ(why(read("", std::string("join ") + form)), Unread::bad_address) << form;
  }
}

// Every sort of subject above every sort of text. No command is dropped without a word.
TEST(ACommandMail, is_read_in_subject_and_text) {
  const std::vector<std::string> texts = {"",
                                          "Nice weather here\nBye, Ann\n",
                                          "add b@y.example\nhelp\n",
                                          "add b@y.example, c@y.example\nhelp\n",
                                          "Please:\nadd b@y.example\n",
                                          "add b@y.example\nThank you!\nhelp\n",
                                          "end\nadd b@y.example\n",
                                          "> add b@y.example\n",
                                          "-- \nadd b@y.example\n"};
  const std::string nothing, two = "add b@y.example; help",
                             wrong = "? bad address: add b@y.example, c@y.example",
                             please = "? unknown: Please:", thanks = "add b@y.example; ? unknown: Thank you!",
                             phone = "? unknown: Nice weather here";
  struct Case {
    std::string subject, alone;  // what it says above no text
    std::vector<std::string> with;
  };
  const auto behind = [](const std::string& first, std::vector<std::string> rest) {
    for (std::string& one : rest) one = one.empty() ? first : first + "; " + one;
    return rest;
  };
  const std::vector<std::string> plain = {nothing, phone,   two,     "help; " + wrong, please,
                                          thanks,  nothing, nothing, nothing};
  std::vector<std::string> below = plain;
  below[1] = nothing;  // below a command people may write what they like
  const std::string half = "? bad address: add a@x.example, b@y.example (subject)";
  std::vector<std::string> only_subject = plain;
  for (std::string& one : only_subject) one = one.empty() ? "? unknown: a question (subject)" : one;
  std::vector<std::string> answered = plain;
  for (std::string& one : answered) one = one.empty() ? "help" : one;
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"", plain},
      {"end", plain},
      {"add a@x.example", behind("add a@x.example", below)},
      {"=?utf-8?Q?add_a=40x=2Eexample?=", behind("add a@x.example", below)},
      {"leave", behind("leave", below)},
      {"add a@x.example, b@y.example",
       {half, half + "; " + phone, two + "; " + half, "help; " + half + "; " + wrong, half + "; " + please,
        "add b@y.example; " + half + "; ? unknown: Thank you!", half, half, half}},
      {"a question", only_subject},
      {"Re: help", answered},
  };
  for (const auto& [subject, expected] : cases) {
    ASSERT_EQ(expected.size(), texts.size());
    for (std::size_t at = 0; at < texts.size(); ++at)
      EXPECT_EQ(shown(read(subject, texts[at])), expected[at]) << subject << "\n\n" << texts[at];
  }
  EXPECT_TRUE(read("stop", "").empty());
}

// LISTSERV's and Majordomo's commands name the list, and then perhaps the person.
TEST(ACommandMail, may_name_its_list_behind_the_verb) {
  ListsByAddress lists;
  for (const char* name : {"tech", "news", "digest"}) {
    List list;
    list.name = name;
    list.domain = "lists.example";
    lists.emplace(list.address(), list);
  }
  const auto at_tech = [&](const std::string& text) {
    return read_commands("Subject: x\r\n\r\n" + text, {&lists.at("tech@lists.example"), &lists});
  };
  for (const auto& [text, expected] : std::map<std::string, std::string>{
           {"join tech", "join"},
           {"\xC2\xA0join", "join"},
           {"SUBSCRIBE TECH Ann Smith", "join"},
           {"signoff tech@lists.example", "leave"},
           {"subscribe tech ann@x.example", "join ann@x.example"},
           {"join ann@x.example", "join ann@x.example"},
           {"join ann smith", "? bad address: join ann smith"},
           {"set tech nomail", "set delivery none"},
           {"set delivery tech none", "set delivery none"},
           {"set digest", "set delivery digest"},
           {"who tech", "who"},
           {"help tech now", "? superfluous: help tech now"},
           {"add news@lists.example", "add news@lists.example"},
           {"join news", "? other list: join news"},
           {"leave news@lists.example", "? other list: leave news@lists.example"},
           {"join newest", "? bad address: join newest"}})
    EXPECT_EQ(shown(at_tech(text)), expected) << text;
  EXPECT_EQ(at_tech("subscribe News Ann Smith").unread.at(0).elsewhere, "news-request@lists.example");
  EXPECT_EQ(shown(at_tech("join news\njoin")), "join; ? other list: join news") << "the rest is read";
  std::string ten;
  for (std::size_t at = 0; at < max_commands; ++at) ten += "help\n";
  const auto many = at_tech(ten + "join news").unread;
  ASSERT_EQ(many.size(), 1U);
  EXPECT_EQ(many[0].why, Unread::too_many);
  EXPECT_EQ(many[0].elsewhere, "") << "one too many, whatever else it is";
}

TEST(ACommandMail, with_a_control_in_an_address_names_none) {
  for (const char* bad : {"add \"a\x0b"
                          "b\"@x.example",
                          "join a\u202eb@x.example", "ban a\u2028b@x.example", "remove a\x07@x.example",
                          "invite \xff@x.example"}) {
    const CommandMail mail = read_commands(std::string("Subject: x\r\n\r\n") + bad);
    EXPECT_TRUE(mail.commands.empty()) << bad;
    ASSERT_EQ(mail.unread.size(), 1U) << bad;
    const bool ban = std::string(bad).starts_with("ban");
    EXPECT_EQ(mail.unread[0].why, ban ? Unread::bad_ban : Unread::bad_address) << bad;
  }
  EXPECT_TRUE(read_commands("Subject: =?utf-8?Q?add_=22a=0Bb=22=40x=2Eexample?=\r\n\r\n").commands.empty());
}

TEST(ACommandMail, several_in_their_order_until_one_is_none) {
  EXPECT_EQ(line("join\nset delivery digest plain\n\nhelp\n"), "join; set delivery digest plain; help");
  EXPECT_EQ(line("leave\nHello,\nplease help\njoin\n"), "leave; ? unknown: Hello,");
  EXPECT_EQ(line("Hello,\nplease remove me\nfrom\nthis\nlist"), "? unknown: Hello,");
  // What begins as a command ends nothing: it is told, and the others are carried out.
  EXPECT_EQ(line("join\nhelp me\nleave"), "join; leave; ? superfluous: help me");
  EXPECT_EQ(line("who is there"), "? superfluous: who is there");
  std::string wrong;
  for (int at = 0; at < 20; ++at) wrong += "join nobody\n";
  EXPECT_EQ(read("", wrong).unread.size(), max_commands + 1) << "and one that says that there were more";
}

// Half a line is another command than the whole one.
TEST(ACommandMail, of_a_text_that_is_cut_off_has_whole_lines) {
  const std::string last = "remove bob@example.org\n";
  const std::string html = "Content-Type: text/html\r\n";
  for (const std::string& fields : {std::string(), html}) {
    for (std::size_t more = 0; more < 60; ++more) {
      const bool plain = fields.empty();
      std::string text = plain ? "leave\n" : "<p>leave</p>";
      const std::string blanks =
          plain ? std::string(700, ' ') + "\n" : "<p>" + std::string(700, ' ') + "</p>";
      while (text.size() + blanks.size() + 100 < 64 * 1024) text += blanks;
      text += std::string(64 * 1024 - 40 - text.size() + more, ' ');
      text += plain ? "\n" + last : "<p>remove bob@example.org</p>";
      const auto mail = read("", text, fields);
      for (const Command& command : mail.commands)
        EXPECT_TRUE(command.verb == Verb::leave || command.who == "bob@example.org") << command.who;
      EXPECT_EQ(mail.commands.size() + mail.unread.size(), 2U) << more;
    }
  }
  // A signature ends it, however much stands below that.
  EXPECT_EQ(shown(read("", "leave\n-- \n" + std::string(100'000, 'x'))), "leave");
  EXPECT_EQ(shown(read("", "leave\n" + std::string(100'000, '\n') + "help\n")), "leave; ? too long: ");
  const std::string far =
      "--b\nContent-Type: application/zip\n\n" + std::string(1'200'000, 'x') + "\n--b\n\nleave\n--b--\n";
  EXPECT_EQ(shown(read("", far, "Content-Type: multipart/mixed; boundary=b\r\n")), "? too long: ");
}

TEST(ACommandMail, in_lines_that_were_broken_softly) {
  const std::string flowed = "Content-Type: text/plain; charset=utf-8; format=flowed\r\n";
  EXPECT_EQ(shown(read("", "set delivery none until 2027-01-31 for \nann@example.org\nhelp\n", flowed)),
            "set delivery none until 20849 ann@example.org; help");
  EXPECT_EQ(shown(read("", "join \n ann@exam \nple.org\n",
                       "Content-Type: text/plain; format=flowed; delsp=yes\r\n")),
            "? unknown: joinann@example.org");
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
  const std::string utf16 = mime + "Content-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=";
  EXPECT_EQ(shown(read("", "//5sAGUAYQB2AGUADQAKAA==\n", utf16 + "utf-16\r\n")), "leave");
  EXPECT_EQ(shown(read("", "AGwAZQBhAHYAZQANAAo=\n", utf16 + "utf-16\r\n")), "leave") << "RFC 2781 4.3";
  EXPECT_EQ(shown(read("", "bABlAGEAdgBlAA0ACgA=\n", utf16 + "UTF-16LE\r\n")), "leave");
  EXPECT_EQ(shown(read("", "bABlAGEAdgBlAA0ACg\n", utf16 + "UTF-16LE\r\n")), "leave") << "half a character";
  EXPECT_EQ(shown(read("", "\x1B$B$3$s\x1B(B\nleave\n",
                       mime + "Content-Type: text/plain; charset=iso-2022-jp\r\n")),
            "? unknown: \xE3\x81\x93\xE3\x82\x93");
  EXPECT_EQ(shown(read("", "leave\n\xFF\xFE help\n", mime + "Content-Type: text/plain; charset=utf-8\r\n"))
                .substr(0, 16),
            "leave; ? unknown");
  // A program's multipart in a multipart, with a picture beside it.
  EXPECT_EQ(
      shown(read(
          "",
          "--a\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: multipart/alternative; "
          "boundary=c\n\n--c\nContent-Type: text/html\n\n<p>join</p>\n--c\n\nleave\n--c--\n--b--\n--a\n"
          "Content-Type: image/png\n\nhelp\n--a--\n",
          mime + "Content-Type: multipart/mixed; boundary=a\r\n")),
      "leave");
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
  ASSERT_EQ(why(mail), Unread::too_many);
  EXPECT_EQ(mail.unread[0].line, "help");
  std::string ten;
  for (int at = 0; at < 10; ++at) ten += "help\n";
  EXPECT_TRUE(read("", ten).unread.empty());
}

TEST(ACommandMail, of_ten_megabytes_is_bounded) {
  const std::string big(10 * 1024 * 1024, 'x');
  auto mail = read("", "help\n" + big);
  EXPECT_EQ(mail.commands.size(), 1U);
  EXPECT_EQ(why(mail), Unread::too_long);
  // The first megabyte is looked at: behind such a subject there is nothing.
  EXPECT_EQ(why(read(big, "leave")), Unread::too_long);
  EXPECT_EQ(shown(read("x", "leave", "X-Big: " + std::string(900'000, 'x') + "\r\n")), "leave");
  EXPECT_EQ(why(read("", "join " + big + "@example.org")), Unread::unknown);
  // Blank lines are not commands, and their number buys nothing.
  EXPECT_EQ(why(read("", std::string(10 * 1024 * 1024, '\n'))), Unread::too_long);
  std::string lines;
  while (lines.size() < 10 * 1024 * 1024) lines += "help\n";
  EXPECT_EQ(read("", lines).commands.size(), max_commands);
}

TEST(ACommandMail, its_line_is_safe_to_show) {
  const auto mail = read("", "\x1B[2J\xE2\x80\xAE evil \xFF" + std::string(500, 'y'));
  ASSERT_EQ(mail.unread.size(), 1U);
  const std::string& shown_line = mail.unread[0].line;
  EXPECT_EQ(shown_line.find('\x1B'), std::string::npos);
  EXPECT_EQ(shown_line.find("\xE2\x80\xAE"), std::string::npos);
  EXPECT_LE(shown_line.size(), 80U);
}

}  // namespace
}  // namespace breakwater::lists
