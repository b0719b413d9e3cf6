#include "opponents/sink_dialogue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace breakwater::opponents {
namespace {

using Next = SinkDialogue::Next;

// Feeds as a socket would: what was not used comes again with more behind it.
struct Talk {
  explicit Talk(SinkRules given, TallyOptions options = {}) : rules(std::move(given)) {
    EXPECT_TRUE(SinkTally::open(tally, std::move(options)).has_value());
    next = dialogue.greet(out);
  }
  Next say(std::string_view bytes) {
    input.append(bytes);
    out.clear();
    std::size_t used = 0;
    next = dialogue.feed(input, used, out);
    input.erase(0, used);
    return next;
  }
  SinkRules rules;
  SinkTally tally;
  SinkDialogue dialogue{rules, tally};
  std::string input, out;
  Next next = Next::read;
};

const char kTransaction[] =
    "EHLO me\r\nMAIL FROM:<a@b.example> SIZE=10\r\nRCPT TO:<c@d.example> NOTIFY=NEVER\r\n"
    "RCPT TO:<e@f.example>\r\nDATA\r\nSubject: x\r\n\r\n..dot\r\nbody\r\n.\r\nQUIT\r\n";

struct Folder {
  Folder() {
    char name[] = "/tmp/breakwater-sink-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path / name, std::ios::binary).rdbuf();
    return text.str();
  }
  std::filesystem::path path;
};

TEST(SinkDialogue, takes_a_transaction_however_it_is_split) {
  EXPECT_TRUE(rc::check("any split gives the same counts", [] {
    Talk talk({});
    std::string_view rest = kTransaction;
    while (!rest.empty()) {
      const auto size = *rc::gen::inRange<std::size_t>(1, 12);
      talk.say(rest.substr(0, size));
      rest.remove_prefix(std::min(size, rest.size()));
    }
    const SinkCounts counts = talk.tally.counts();
    RC_ASSERT(talk.next == Next::close);
    RC_ASSERT(counts.transactions == 1U);
    RC_ASSERT(counts.recipients == 2U);
    RC_ASSERT(counts.bytes == 27U);
  }));
}

TEST(SinkDialogue, keeps_message_and_envelope_with_dots_unstuffed) {
  const Folder folder;
  Talk talk({}, {"", false, folder.path});
  talk.say(kTransaction);
  EXPECT_EQ(folder.read("000001.eml"), "Subject: x\r\n\r\n.dot\r\nbody\r\n");
  EXPECT_EQ(
      folder.read("000001.json"),
      "{\"helo\":\"me\",\"mail\":\"SIZE=10\",\"sender\":\"a@b.example\",\"recipients\":[\"c@d.example\","
      "\"e@f.example\"],\"parameters\":[\"NOTIFY=NEVER\",\"\"],\"how\":\"DATA\",\"bytes\":26,"
      "\"bare_cr\":0,\"bare_lf\":0}\n");
}

TEST(SinkDialogue, counts_bare_line_ends_and_is_not_ended_by_them) {
  const Folder folder;
  Talk talk({}, {"", false, folder.path});
  talk.say("EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\na\n.\r\nb\r\r\n.\nc\r\n.\r\n");
  EXPECT_EQ(talk.tally.counts().transactions, 1U);
  EXPECT_NE(folder.read("000001.json").find("\"bare_cr\":1,\"bare_lf\":2"), std::string::npos);
}

TEST(SinkDialogue, an_empty_message_ends_at_once) {
  Talk talk({});
  talk.say("EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n.");
  EXPECT_EQ(talk.tally.counts().transactions, 0U);
  talk.say("\r\n");
  EXPECT_EQ(talk.tally.counts().transactions, 1U);
  EXPECT_EQ(talk.out, "250 2.0.0 taken\r\n");
}

TEST(SinkDialogue, bdat_is_taken_in_chunks_only_when_offered) {
  SinkRules rules;
  rules.chunking = true;
  const Folder folder;
  Talk talk(rules, {"", false, folder.path});
  talk.say("EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nBDAT 4\r\n.\r\nxBDAT 0 LAST\r\n");
  EXPECT_TRUE(talk.out.ends_with("250 2.0.0 chunk taken\r\n250 2.0.0 taken\r\n"));
  EXPECT_EQ(folder.read("000001.eml"), ".\r\nx");
  Talk without({});
  EXPECT_EQ(without.say("EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nBDAT 4\r\n"), Next::close);
}

TEST(SinkDialogue, lmtp_answers_for_each_recipient) {
  SinkRules rules;
  rules.lmtp = true;
  rules.data_tempfail_every = 2;
  Talk talk(rules);
  talk.say(
      "LHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@f.example>\r\nDATA\r\n");
  talk.say("x\r\n.\r\n");
  EXPECT_EQ(talk.out, "250 2.0.0 taken\r\n451 4.3.0 try later\r\n");
  EXPECT_EQ(talk.tally.counts().recipients, 1U);
  EXPECT_EQ(talk.tally.counts().refused_temporarily, 1U);
}

TEST(SinkDialogue, refuses_by_number_by_text_and_over_the_limit) {
  SinkRules rules;
  rules.tempfail_every = 2;
  rules.permfail_match = "gone";
  rules.max_rcpt = 1;
  Talk talk(rules);
  talk.say("EHLO me\r\nMAIL FROM:<a@b.example>\r\n");
  EXPECT_EQ((talk.say("RCPT TO:<one@d.example>\r\n"), talk.out), "250 2.1.5 ok\r\n");
  EXPECT_EQ((talk.say("RCPT TO:<two@d.example>\r\n"), talk.out), "450 4.2.1 try later\r\n");
  EXPECT_EQ((talk.say("RCPT TO:<three@d.example>\r\n"), talk.out), "452 4.5.3 too many recipients\r\n");
  EXPECT_EQ((talk.say("RCPT TO:<gone@d.example>\r\n"), talk.out), "550 5.1.1 no such user\r\n");
}

TEST(SinkDialogue, waits_drops_and_hangs_as_told) {
  const std::string message = "EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nDATA\r\nx\r\n.\r\n";
  SinkRules slow;
  slow.latency_ms = 5;
  Talk waiting(slow);
  EXPECT_EQ(waiting.say(message + "NOOP\r\n"), Next::wait);
  EXPECT_EQ(waiting.tally.counts().transactions, 0U);
  waiting.out.clear();
  EXPECT_EQ(waiting.dialogue.answer(waiting.out), Next::read);
  EXPECT_EQ(waiting.out, "250 2.0.0 taken\r\n");
  EXPECT_EQ(waiting.input, "NOOP\r\n");

  SinkRules dropping;
  dropping.drop_every = 1;
  EXPECT_EQ(Talk(dropping).say(message), Next::drop);
  for (const HangAt at : {HangAt::ehlo, HangAt::mail, HangAt::rcpt, HangAt::data, HangAt::dot}) {
    SinkRules hanging;
    hanging.hang_at = at;
    EXPECT_EQ(Talk(hanging).say(message), Next::hang);
  }
}

TEST(SinkDialogue, closes_is_busy_and_refuses_chunks_as_told) {
  const std::string mail = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";
  const std::string whole = mail + "BDAT 3 LAST\r\nx\r\n";
  Talk one({.chunking = true, .messages = 2});
  EXPECT_EQ(one.say(whole), Next::read);
  EXPECT_EQ(one.say(whole), Next::close);
  EXPECT_NE(one.out.find("250 2.0.0 taken"), std::string::npos) << "the last one too is told";
  Talk busy({.chunking = true, .busy_messages = 1});
  EXPECT_EQ(busy.say(whole), Next::read);
  EXPECT_EQ(busy.say(whole), Next::close);
  EXPECT_NE(busy.out.find("421 4.3.2"), std::string::npos);
  EXPECT_EQ(busy.tally.counts().recipients, 1U);
  Talk never({.chunking = true, .refuse_chunks = 502});
  EXPECT_EQ(never.say(whole), Next::read);
  EXPECT_NE(never.out.find("502 5.5.1"), std::string::npos);
  EXPECT_EQ(never.say(mail + "DATA\r\nx\r\n.\r\n"), Next::read);
  EXPECT_EQ(never.tally.counts().recipients, 1U);
}

TEST(SinkDialogue, a_command_without_end_is_bounded) {
  Talk talk({});
  EXPECT_EQ(talk.say(std::string(4096, 'x')), Next::read);
  EXPECT_EQ(talk.say("x"), Next::close);
  EXPECT_EQ(Talk({}).say("NOOP\n"), Next::close);
}

}  // namespace
}  // namespace breakwater::opponents
