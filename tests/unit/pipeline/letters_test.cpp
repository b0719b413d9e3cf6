// Whole letters, held against the files in letters/: what people read in the middle of a storm is a text, and
// a change to it should be seen as one.
#include "pipeline/letters.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "letters/reasons.h"
#include "lists/command_mail.h"
#include "lists/moderation_rules.h"
#include "mail/header_block.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"
#include "pipeline/bounce_letters.h"
#include "pipeline/orders.h"
#include "pipeline/sync_letters.h"
#include "storm/breaker_reason.h"
#include "storm/drift.h"
#include "storm/guard.h"
#include "storm/plain_memory.h"

namespace breakwater::pipeline {
namespace {

const Instant kNow = from_ms(1'795'363'270'000);

LetterFacts nhs() {
  LetterFacts facts;
  facts.list_address = "all@lists.example";
  facts.request_address = "all-request@lists.example";
  facts.owner_address = "all-owner@lists.example";
  facts.administrator_address = "postmaster@lists.example";
  facts.command_address = "all-request+3K7Q0ZJ5M1X8R2V6T4W9Y0B1C3@lists.example";
  facts.to = "jane@example.org";
  facts.author = "jane@example.org";
  facts.subject = "test";
  facts.message_id = "<1@example.org>";
  facts.posting = "01K9XZQ4T2M7A";
  facts.recipients = 850'000;
  facts.domains = 212;
  facts.until = kNow + std::chrono::hours(72);
  return facts;
}

LetterFacts reply() {
  LetterFacts facts = nhs();
  facts.author = "bob@example.org";
  facts.subject = "Re: test";
  facts.message_id = "<2@example.org>";
  facts.excerpt = "Please take me off this list!\n\nBob\n";
  facts.reason =
      "31 people who hardly ever write here have answered 'test' within 4 minutes; at 850,000 recipients "
      "that is "
      "a storm.";
  return facts;
}

mail::Notice letter(std::string_view name, const LetterFacts& facts, std::string_view language = "en") {
  return write_letter(name, facts, letters::Templates(), language);
}

std::string as_sent(const mail::Notice& notice) {
  std::string message = mail::compose_notice(notice, kNow, 35, "mx.example");
  std::erase(message, '\r');
  return message;
}

// BREAKWATER_REGENERATE=1 writes the file anew: read the difference before it is committed.
void expect_letter(const std::string& name, const mail::Notice& notice) {
  const std::string file = std::string(BREAKWATER_SOURCE_DIR) + "/tests/unit/pipeline/letters/" + name;
  if (std::getenv("BREAKWATER_REGENERATE") != nullptr) std::ofstream(file) << as_sent(notice);
  std::ostringstream expected;
  expected << std::ifstream(file).rdbuf();
  EXPECT_EQ(as_sent(notice), expected.str());
}

TEST(ALetter, asks_the_sender_with_the_true_audience) {
  LetterFacts facts = nhs();
  facts.nested = {{"everyone@lists.example", 849'120}, {"board@lists.example", 12}};
  expect_letter("confirm.txt", letter("confirm", facts));
}

TEST(ALetter, tells_the_sender_that_a_message_is_held) {
  LetterFacts facts = reply();
  facts.to = facts.author;
  expect_letter("held.txt", letter("held", facts));
  facts.command_address.clear();
  facts.until = {};
  expect_letter("held_without_commands.txt", letter("held", facts));
}

TEST(ALetter, gives_a_moderator_one_posting_to_decide) {
  LetterFacts facts = reply();
  facts.to = "mo@example.org";
  facts.reason = "A message to more than 10,000 people waits for a moderator.";
  expect_letter("moderation.txt", letter("moderation", facts));
}

TEST(ALetter, tells_a_moderator_how_many_wait) {
  LetterFacts facts = reply();
  facts.held = 1;  // this one
  EXPECT_EQ(letter("moderation", facts).text.find("With it"), std::string::npos);
  facts.held = 1'204;
  EXPECT_NE(letter("moderation", facts).text.find("With it, 1,204 messages are held"), std::string::npos);
}

TEST(ALetter, tells_owners_of_a_storm) {
  LetterFacts facts = reply();
  facts.to = "owner@example.org";
  facts.held = 1'204;
  expect_letter("storm.txt", letter("storm", facts));
}

TEST(ALetter, asks_owners_about_a_jump) {
  LetterFacts facts = nhs();
  facts.to = "owner@example.org";
  facts.reason = "The list reached 12,040 people when it was last confirmed; now it would reach 850,000.";
  facts.nested = {{"everyone@lists.example", 849'120}};
  expect_letter("drift.txt", letter("drift", facts));
}

TEST(ALetter, says_how_to_leave) {
  LetterFacts facts = reply();
  facts.command_address.clear();
  facts.to = facts.author;
  expect_letter("leave.txt", letter("leave", facts));
}

TEST(ALetter, answers_a_command) {
  LetterFacts facts = nhs();
  facts.command_address.clear();
  facts.outcome = "Your message is on its way to 850,000 people.";
  expect_letter("outcome.txt", letter("outcome", facts));
  facts = reply();
  facts.to = "owner@example.org";
  facts.subject.clear();
  facts.outcome = "all@lists.example is frozen.";
  expect_letter("outcome_with_next.txt", letter("outcome", facts));
}

TEST(ALetter, counts_one_as_one) {
  LetterFacts facts = nhs();
  facts.recipients = facts.domains = 1;
  facts.subject.clear();
  const auto written = letter("confirm", facts);
  EXPECT_EQ(written.subject, "Confirm: your message without a subject would reach 1 person");
  EXPECT_NE(written.text.find("would reach 1 person in 1 domain."), std::string::npos) << written.text;
}

// What its author wrote is seen as theirs: behind a margin, a line at a time, no more than a little.
TEST(ALetter, quotes_what_comes_from_outside) {
  LetterFacts facts = reply();
  facts.subject = "a\r\nBcc: x@example.org\x1b[31m" + std::string(500, 'x');
  facts.author = "eve\nrelease@example.org";
  facts.excerpt =
      "\r\nrelease\r\n\x1b]0;t\x07two\n\n\nthree\nfour\n" + std::string(5000, 'y') + "\nsix\nseven";
  const auto written = letter("moderation", facts);
  EXPECT_EQ(written.subject.find('\n'), std::string::npos);
  EXPECT_EQ(written.text.find("\nrelease"), std::string::npos);
  EXPECT_NE(written.text.find("    | release\n    | ]0;t two\n    | three\n    | four\n    | yyy"),
            std::string::npos)
      << written.text;
  EXPECT_NE(written.text.find("    | " + std::string(197, 'y') + "...\n"), std::string::npos);
  EXPECT_EQ(written.text.find("six"), std::string::npos);
  EXPECT_EQ(written.text.find('\x1b'), std::string::npos);
  EXPECT_NE(written.text.find("    From: eve release@example.org\n"), std::string::npos);
}

// Who asks to join is shown by name, in quotes that the name cannot end.
TEST(ALetter, shows_a_moderator_the_name_of_who_asks_to_join) {
  LetterFacts facts = nhs();
  facts.address = "eve@example.org";
  const auto shown = [&](const std::string& name, std::string_view language) {
    facts.name = name;
    return letter("approval_request", facts, language).text;
  };
  for (const std::string_view language : {"en", "de"}) {
    const auto quoted = [&](const std::string& name) {
      const std::string text = shown(name, language);
      const auto start = text.find("\n\n    \"") + 7;
      return text.substr(start, text.find('\n', start) - start);
    };
    EXPECT_EQ(quoted("J\xC3\xB6rg M\xC3\xBCller"), "J\xC3\xB6rg M\xC3\xBCller\"");
    EXPECT_EQ(quoted("Eve\"\r\n\r\nThe server knows her: \xE2\x80\xAE\x1b[1m"),
              "Eve' The server knows her: [1m\"");
    EXPECT_EQ(quoted(std::string(500, 'x')), std::string(80, 'x') + "\"");
    EXPECT_EQ(shown(" \n", language).find('"'), std::string::npos) << "no name, no line about it";
  }
}

TEST(ALetter, answers_only_to_what_is_a_message_id) {
  LetterFacts facts = nhs();
  for (const char* id : {"", "<>", "1@example.org", "<1@example.org>\r\nBcc: x@example.org>", "<a b@c>"}) {
    facts.message_id = id;
    EXPECT_EQ(letter("confirm", facts).in_reply_to, "") << id;
  }
}

// RFC 3834 5: a welcome to whom an owner added, a goodbye after one click.
TEST(ALetter, is_an_automatic_reply_only_where_a_mail_of_its_reader_led_to_it) {
  LetterFacts facts = nhs();
  EXPECT_EQ(letter("welcome", facts).auto_submitted, "auto-replied");
  EXPECT_EQ(letter("welcome", facts).in_reply_to, "<1@example.org>");
  facts.message_id = "";
  EXPECT_EQ(letter("welcome", facts).auto_submitted, "auto-replied") << "to a mail without an id";
  facts = nhs();
  facts.unasked = true;
  EXPECT_EQ(letter("welcome", facts).auto_submitted, "auto-generated");
  EXPECT_EQ(letter("welcome", facts).in_reply_to, "");
  EXPECT_EQ(letter("moderation", nhs()).auto_submitted, "auto-generated");
}

// Whatever is in the facts, each letter is a well-formed mail, and no line of another's begins at its margin.
TEST(ALetter, keeps_its_shape_whatever_it_is_given) {
  EXPECT_TRUE(rc::check("any strings", [](const std::string& subject, const std::string& author,
                                          const std::string& excerpt, const std::string& reason) {
    LetterFacts facts = nhs();
    facts.subject = subject;
    facts.author = author;
    facts.excerpt = excerpt;
    facts.reason = facts.message_id = facts.outcome = reason;
    facts.nested = {{author, 3}};
    for (const auto& notice :
         {letter("confirm", facts), letter("held", facts), letter("moderation", facts),
          letter("storm", facts), letter("drift", facts), letter("leave", facts), letter("outcome", facts)}) {
      const std::string message = mail::compose_notice(notice, kNow, 1, "mx.example");
      const auto block = mail::HeaderBlock::parse(message);
      RC_ASSERT(!block.malformed());
      RC_ASSERT(block.count("Subject") == 1U);
      RC_ASSERT(!mail::has_eight_bit(message));
      RC_ASSERT(mail::valid_utf8(notice.text));
    }
  }));
}

TEST(BounceLetters, Probe) {
  ProbeFacts facts;
  facts.list_address = "all@lists.example";
  facts.owner_address = "all-owner@lists.example";
  facts.to = "bob@example.org";
  facts.status = "5.1.1";
  facts.diagnostic = "550 5.1.1 <bob@example.org>: no such user";
  facts.at = kNow - std::chrono::hours(3);
  facts.wait_days = 7;
  expect_letter("probe.txt", probe_letter(facts, letters::Templates(), "en"));
}

TEST(BounceLetters, ToOwners) {
  BounceLetterFacts facts;
  facts.list_address = "all@lists.example";
  facts.owner_address = "all-owner@lists.example";
  facts.stopped = {{"bob@example.org", "5.1.1", "550 5.1.1 no such user", kNow},
                   {"eve@example.net", "5.0.0", "", kNow}};
  facts.all_stopped = 1203;
  facts.spiked = {{"01K9XZQ4T2M7A", "Minutes of Monday", 51'000, 850'000}};
  expect_letter("bounces.txt", bounce_letter(facts, letters::Templates(), "en"));
  facts.stopped.clear();
  facts.all_stopped = 0;
  expect_letter("bounces_spike.txt", bounce_letter(facts, letters::Templates(), "en"));
}

// What the guard itself says, by the ways that lead to a letter.
std::vector<std::string> reasons_of_the_guard() {
  using namespace storm;
  std::vector<std::string> all = {reason_of({}, true, 4), reason_of({}, false, 4)};
  PlainMemory memory;
  Policy policy;
  Facts facts;
  facts.list = ListId{7};
  facts.sender = "ann@b.example";
  facts.message_id = "<1@b.example>";
  facts.subject = "Lunch on Friday";
  facts.body = "Shall we meet at twelve in the large room on the second floor as always?";
  facts.audience = 850'000;
  const auto judged = [&] {
    const auto judgement = judge(facts, policy, {}, memory, kNow);
    if (judgement->verdict != Verdict::distribute) all.push_back(judgement->reason);
  };
  judged();
  facts.confirmed = true;
  judged();
  policy.moderator_above = 850'000;
  policy.sender_deliveries = 1'000;
  judged();
  judged();
  facts.in_reply_to = "<root@b.example>";
  judged();
  policy.large_reply = LargeReply::hold;
  judged();
  facts.body = "Please remove me from this list";
  judged();
  facts.frozen = "no more of this";
  judged();
  policy = {};
  all.push_back(*drift_of(policy, 850'000, 12'040));
  all.push_back(*drift_of(policy, 1, 12'040));
  all.push_back(*drift_of(policy, 1'000, 0));
  policy.expect_members = 10;
  all.push_back(*drift_of(policy, 850'000, 12'040));
  lists::ModerationState state;
  state.emergency = true;
  all.push_back(lists::moderate({}, {}, state)->reason);
  return all;
}

TEST(ALetter, gives_the_servers_reasons_in_its_own_language) {
  const auto reasons = reasons_of_the_guard();
  EXPECT_GE(reasons.size(), 13U);
  for (const std::string& reason : reasons) EXPECT_NE(letters::reason_text(reason, "de"), reason);
  LetterFacts facts = reply();
  facts.to = "mo@example.org";
  facts.reason = *storm::drift_of({}, 850'000, 12'040);
  expect_letter("moderation_de.txt", letter("moderation", facts, "de"));
  facts.reason = "Bitte einen Link statt des Films.";
  EXPECT_NE(letter("moderation", facts, "de").text.find("    Bitte einen Link statt des Films.\n"),
            std::string::npos);
}

SyncHeldFacts held_sync(std::int64_t added, std::int64_t removed) {
  SyncHeldFacts facts;
  facts.list_address = "all@lists.example";
  facts.owner_address = "all-owner@lists.example";
  facts.counts.before = 340;
  facts.counts.added = added;
  facts.counts.removed = removed;
  facts.counts.rows = {1};
  facts.decision = lists::judge_sync(facts.counts, {}, facts.limits, false);
  return facts;
}

// A German letter quotes commands as its reader would write them; the server reads them so.
TEST(ALetter, quotes_commands_in_its_own_language) {
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"set delivery none until 2026-12-24", "zustellung keine bis 24.12.2026"},
      {"set delivery none until 2026-12-24 for bob@example.org",
       "zustellung keine bis 24.12.2026 für bob@example.org"},
      {"set delivery none", "zustellung keine"},
      {"set delivery each for bob@example.org", "zustellung einzeln für bob@example.org"},
      {"set delivery digest plain", "zustellung sammelmail text"},
      {"set delivery digest mime", "zustellung sammelmail mime"},
      {"join bob@example.org", "anmelden bob@example.org"},
      {"leave", "abmelden"},
      {"who", "mitglieder"},
      {"help", "hilfe"},
      {"ban @example.net they only advertise", "sperren @example.net they only advertise"},
      {"unban @example.net", "entsperren @example.net"},
      {"invite bob@example.org", "einladen bob@example.org"},
      {"add bob@example.org", "hinzufügen bob@example.org"},
      {"remove bob@example.org", "entfernen bob@example.org"}};
  for (const auto& [english, german] : lines) {
    EXPECT_EQ(letters::command_text(english, "de"), german);
    EXPECT_EQ(letters::command_text(english, "en"), english);
    const auto one = lists::read_command_line(english), other = lists::read_command_line(german);
    ASSERT_TRUE(one && one->command && other && other->command) << german;
    EXPECT_EQ(*one->command, *other->command) << german;
    EXPECT_EQ(lists::line_of(*one->command), english);
  }
  LetterFacts facts = nhs();
  facts.results = {{"remove eva@example.org", true, "eva@example.org was removed from all@lists.example"},
                   {"add bob@example.org", true, "bob@example.org was added to all@lists.example"}};
  const auto written = letter("orders_done", facts, "de");
  EXPECT_EQ(written.subject, "Erledigt: entfernen eva@example.org und 1 weitere (all@lists.example)");
  EXPECT_NE(written.text.find("    hinzufügen bob@example.org\n"), std::string::npos) << written.text;
}

TEST(ALetter, says_what_a_change_of_delivery_means) {
  LetterFacts facts = nhs();
  facts.address = "bob@example.org";
  facts.orders = {"set delivery none"};
  facts.wish = lists::DeliveryWish{lists::DeliveryMode::none, std::nullopt, std::nullopt};
  EXPECT_NE(letter("confirm_delivery", facts)
                .text.find("    set delivery none\n        no mail of the list any more, and still on it\n"),
            std::string::npos);
  facts.wish = lists::DeliveryWish{lists::DeliveryMode::digest, lists::DigestForm::plain, std::nullopt};
  EXPECT_NE(letter("confirm_delivery", facts).text.find("several messages in one mail, as one plain text"),
            std::string::npos);
}

TEST(ALetter, gives_help_only_where_something_was_not_understood) {
  LetterFacts facts = nhs();
  facts.answers = {{"leave ann@example.org", CommandOutcome::asked},
                   {"leave bob@example.org", CommandOutcome::asked}};
  const auto written = letter("commands", facts);
  EXPECT_EQ(written.subject, "Answer to your commands for all@lists.example");
  EXPECT_EQ(written.text.find("set delivery each"), std::string::npos) << written.text;
  const std::string once = "An address that is not yours is sent a mail and decides";
  EXPECT_NE(written.text.find(once), std::string::npos) << written.text;
  EXPECT_EQ(written.text.find(once), written.text.rfind(once)) << "once, for whatever number of them";
  facts.unread = {{lists::Unread::unknown, "Thank you.", false, ""}};
  EXPECT_EQ(letter("commands", facts).subject, "Commands for all@lists.example");
  EXPECT_NE(letter("commands", facts).text.find("set delivery each"), std::string::npos);
  facts.unread.clear();
  facts.info = true;
  EXPECT_NE(letter("commands", facts).text.find("set delivery each"), std::string::npos)
      << "it was asked for";
}

TEST(ALetter, offers_only_what_the_list_allows) {
  LetterFacts facts = nhs();
  facts.join_address = "all-join@lists.example";
  for (const char* language : {"en", "de"}) {
    facts.closed = false;
    facts.may_post = true;
    for (const char* name : {"goodbye", "commands"})
      EXPECT_NE(letter(name, facts, language).text.find("all-join@"), std::string::npos) << name;
    EXPECT_NE(letter("welcome", facts, language).text.find(" all@lists.example.\n\n"), std::string::npos);
    const std::string open = letter("welcome", facts, language).text;
    facts.closed = true;
    facts.may_post = false;
    for (const char* name : {"goodbye", "commands"})
      EXPECT_EQ(letter(name, facts, language).text.find("all-join@"), std::string::npos) << name;
    EXPECT_NE(letter("welcome", facts, language).text, open);
  }
  facts.added = true;
  EXPECT_NE(letter("welcome", facts).text.find("the owners of the mailing list all@lists.example have added"),
            std::string::npos);
  EXPECT_EQ(letter("welcome", facts).text.find("To write to everybody"), std::string::npos);
}

TEST(SyncLetters, AskAboutManyWhoWouldGo) {
  SyncHeldFacts facts = held_sync(1, 1'200);
  facts.counts.before = 12'000;
  facts.joining = {"eve@example.org"};
  for (int at = 0; at < 10; ++at) facts.leaving.push_back("bob" + std::to_string(at) + "@example.org");
  expect_letter("sync_held.txt", sync_held_letter(facts, letters::Templates(), "en"));
  expect_letter("sync_held_de.txt", sync_held_letter(facts, letters::Templates(), "de"));
}

TEST(SyncLetters, NameTheSourcesAndWhatTheyLeftOut) {
  SyncHeldFacts facts = held_sync(69, 0);
  facts.sources = {"the office", "CSV file /srv/staff.csv"};
  facts.remarks = {"the office: 2 rows without a valid address are left out; line 3: \"bob\": no @",
                   "CSV file /srv/staff.csv: rows without an address, left out: 4; the first at line 9"};
  const std::string text = sync_held_letter(facts, letters::Templates(), "en").text;
  EXPECT_NE(text.find("The sources of the list:\n\n    the office\n    CSV file /srv/staff.csv\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("    the office: 2 rows without a valid address are left out"), std::string::npos)
      << text;
  EXPECT_EQ(text.find("a source is incomplete"), std::string::npos) << "nobody would go: " << text;
  const std::string german = sync_held_letter(facts, letters::Templates(), "de").text;
  EXPECT_NE(german.find("    the office: 2 Zeilen ohne gültige Adresse sind weggelassen; line 3"),
            std::string::npos)
      << german;
  EXPECT_NE(german.find("    CSV-Datei /srv/staff.csv: Zeilen ohne Adresse, weggelassen: 4;"),
            std::string::npos)
      << german;
  EXPECT_EQ(german.find("unvollständig"), std::string::npos) << german;
}

TEST(SyncLetters, AskAboutManyWhoWouldCome) {
  SyncHeldFacts facts = held_sync(69, 0);
  facts.joining = {"eve@example.org"};
  const std::string text = sync_held_letter(facts, letters::Templates(), "en").text;
  EXPECT_NE(text.find("they would grow by more than 20%"), std::string::npos) << text;
  EXPECT_NE(text.find("    ... and 68 more\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("who would be removed"), std::string::npos) << text;
  EXPECT_EQ(text.find("The reason:"), std::string::npos) << text;
}

TEST(SyncLetters, GiveAReasonThatIsNoDrift) {
  SyncHeldFacts facts = held_sync(1, 0);
  facts.decision = {lists::SyncVerdict::hold, "an owner asked for it", lists::SyncDrift::none};
  const std::string text = sync_held_letter(facts, letters::Templates(), "en").text;
  EXPECT_NE(text.find("The reason:\n    an owner asked for it\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("It is held because"), std::string::npos) << text;
}

TEST(SyncLetters, SayOnceThatASourceFailed) {
  SyncFailedFacts facts{
      "all@lists.example",
      "all-owner@lists.example",
      "the directory",
      "LDAP directory ldaps://ldap.example.org, base \"dc=example\": the login is refused; is "
      "bind_dn right, and its password?",
      kNow,
      true};
  expect_letter("sync_failed.txt", sync_failed_letter(facts, letters::Templates(), "en"));
  facts.source = "LDAP directory ldaps://ldap.example.org, base \"dc=example\"";
  facts.last = {};
  facts.retried = false;
  expect_letter("sync_failed_by_hand_de.txt", sync_failed_letter(facts, letters::Templates(), "de"));
}

TEST(SyncLetters, SayThatItWorksAgain) {
  const SyncWorksFacts facts{"all@lists.example", "all-owner@lists.example", kNow, 0, 1'203};
  expect_letter("sync_works_again.txt", sync_works_letter(facts, letters::Templates(), "en"));
}

}  // namespace
}  // namespace breakwater::pipeline
