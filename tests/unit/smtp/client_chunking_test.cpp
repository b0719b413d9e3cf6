// CHUNKING (RFC 3030): what goes out to the letter, how many transactions are in flight, and that the failure
// of one is its own.
#include <gtest/gtest.h>

#include "client_model.h"

namespace breakwater::smtp::testing {
namespace {

using Next = Client::Next;

constexpr const char* kMessage = "Subject: x\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n";

// A client that has connected to a server with CHUNKING, and a load of its own.
struct Flown {
  explicit Flown(std::uint32_t recipients,
                 const std::string& extensions = "250-PIPELINING\r\n250 CHUNKING\r\n",
                 ClientOptions options = plain_options())
      : load(recipients), todo(recipients), client(std::move(options)) {
    load.verp = true;
    server.extensions = extensions;
    EXPECT_EQ(connect(client, server), Next::ready);
  }
  Next begin(std::uint32_t batch = 1) { return client.begin(load, content, todo, batch); }
  Next exchange() { return client.on_bytes(server.feed(written(client))); }
  std::size_t messages_in_output() const {
    std::size_t count = 0;
    for (const std::string_view piece : client.output()) count += piece == *content.chunk_body;
    return count;
  }
  // Until `messages` go out in one write.
  void until_in_output(std::size_t messages) {
    while (messages_in_output() < messages) ASSERT_EQ(exchange(), Next::read);
  }

  AccountedLoad load;
  Content content = small_content();
  Todo todo;
  ModelServer server;
  Client client;
};

TEST(ClientChunking, TheFirstMessageWaitsForItsEnvelopeTheOthersDoNot) {
  Flown run(4);
  ASSERT_EQ(run.begin(), Next::read);
  EXPECT_EQ(written(run.client), "MAIL FROM:<b+0@lists.example>\r\nRCPT TO:<u0@example.org>\r\n");
  ASSERT_EQ(run.exchange(), Next::read);
  EXPECT_EQ(written(run.client), std::string("BDAT 32 LAST\r\n") + kMessage);
  EXPECT_EQ(run.client.wait(), Client::Wait::data_end);
  ASSERT_EQ(run.exchange(), Next::read);
  const auto whole = [](const char* who) {
    return std::string("MAIL FROM:<b+") + who + "@lists.example>\r\nRCPT TO:<u" + who +
           "@example.org>\r\nBDAT 32 LAST\r\n" + kMessage;
  };
  EXPECT_EQ(written(run.client), whole("1") + "RSET\r\n" + whole("2"));  // one was accepted: two in flight
  EXPECT_EQ(run.client.wait(), Client::Wait::command);
  ASSERT_EQ(run.exchange(), Next::read);
  EXPECT_EQ(written(run.client), whole("3"));
  ASSERT_EQ(run.exchange(), Next::ready);
  EXPECT_EQ(run.load.count(Settled::delivered), 4U);
  EXPECT_EQ(run.client.transactions(), 4U);
  ASSERT_EQ(run.server.taken.size(), 4U);
  EXPECT_EQ(run.server.taken[2].content, kMessage);
}

TEST(ClientChunking, ContentIsSentFromItsOwnMemory) {
  Flown run(100);
  ASSERT_EQ(run.begin(), Next::read);
  run.until_in_output(8);
  for (const std::string_view piece : run.client.output()) {
    if (piece == *run.content.raw_body) EXPECT_EQ(piece.data(), run.content.raw_body->data());
  }
}

TEST(ClientChunking, SixteenAreInFlightAtMostAndHalfOfThemGoAtOnce) {
  Flown run(300);
  Next next = run.begin();
  std::size_t most = 0;
  while (next == Next::read) {
    most = std::max(most, run.messages_in_output());
    next = run.exchange();
  }
  EXPECT_EQ(next, Next::ready);
  EXPECT_EQ(most, 16U);
  EXPECT_EQ(run.load.count(Settled::delivered), 300U);
  // One answer does not bring out one message.
  Flown slow(300);
  ASSERT_EQ(slow.begin(), Next::read);
  slow.until_in_output(16);
  std::string answers = slow.server.feed(written(slow.client));
  std::size_t settled = slow.load.settled.size();
  for (int turn = 0; turn < 7; ++turn, ++settled) {
    const std::size_t end = answers.find("taken\r\n") + 7;
    ASSERT_EQ(slow.client.on_bytes(answers.substr(0, end)), Next::read);
    answers.erase(0, end);
    EXPECT_TRUE(written(slow.client).empty());
  }
  ASSERT_EQ(slow.client.on_bytes(answers.substr(0, answers.find("taken\r\n") + 7)), Next::read);
  EXPECT_EQ(slow.messages_in_output(), 8U);
}

TEST(ClientChunking, BytesInFlightAreBounded) {
  Flown run(40);
  run.content =
      make_content(std::make_shared<const std::string>("S: x\r\n\r\n"),
                   std::make_shared<const std::string>(std::string(60'000, 'x') + "\r\n"), false, false);
  Next next = run.begin();
  std::size_t most = 0;
  for (; next == Next::read; next = run.exchange()) most = std::max(most, run.messages_in_output());
  EXPECT_EQ(next, Next::ready);
  EXPECT_EQ(most, 8U);  // half a megabyte
}

TEST(ClientChunking, ABigMessageGoesWhenSomebodyWasAccepted) {
  Flown run(3);
  run.content =
      make_content(std::make_shared<const std::string>("S: x\r\n\r\n"),
                   std::make_shared<const std::string>(std::string(200'000, 'x') + "\r\n"), false, false);
  run.server.answers["u1@example.org"] = "550 5.1.1 unknown";
  Next next = run.begin();
  std::size_t sent = 0;
  for (; next == Next::read; next = run.exchange()) {
    EXPECT_LE(run.messages_in_output(), 1U);
    sent += run.messages_in_output();
  }
  EXPECT_EQ(next, Next::ready);
  EXPECT_EQ(sent, 2U);
  EXPECT_EQ(run.load.count(Settled::delivered), 2U);
}

TEST(ClientChunking, WithoutPipeliningItIsACommandAtATime) {
  Flown run(2, "250 CHUNKING\r\n");
  Next next = run.begin();
  for (; next == Next::read; next = run.exchange()) {
    const std::string out = written(run.client);
    EXPECT_TRUE(out.find("\r\n") == out.size() - 2 || out.starts_with("BDAT ")) << out;
  }
  EXPECT_EQ(next, Next::ready);
  EXPECT_EQ(run.load.count(Settled::delivered), 2U);
}

TEST(ClientChunking, ManyRecipientsInOneTransaction) {
  Flown run(1200);
  EXPECT_EQ(carry(run.client, run.server, run.begin(500)), Next::ready);
  EXPECT_EQ(run.load.count(Settled::delivered), 1200U);
  EXPECT_EQ(run.server.taken.size(), 3U);
}

TEST(ClientChunking, NotWithLmtpAndNotWhereItIsTurnedOff) {
  for (const bool lmtp : {true, false}) {
    ClientOptions options = plain_options(lmtp);
    options.chunking = lmtp;
    Flown run(3, "250-PIPELINING\r\n250 CHUNKING\r\n", options);
    run.server.lmtp = lmtp;
    EXPECT_EQ(carry(run.client, run.server, run.begin()), Next::ready);
    EXPECT_EQ(run.server.transcript.find("BDAT"), std::string::npos);
    EXPECT_EQ(run.load.count(Settled::delivered), 3U);
  }
}

// The next one would join the envelope of who was refused, which a server may keep: wrong reverse-path.
TEST(ClientChunking, ARefusalIsItsOwnAndNobodyJoinsItsEnvelope) {
  Flown run(200);
  for (std::uint32_t who = 0; who < 200; who += 3) {
    run.server.answers["u" + std::to_string(who) + "@example.org"] = "550 5.1.1 unknown";
  }
  EXPECT_EQ(carry(run.client, run.server, run.begin()), Next::ready);
  EXPECT_EQ(run.load.count(Settled::failed), 67U);
  EXPECT_EQ(run.load.count(Settled::delivered), 133U);
  for (const Taken& one : run.server.taken) {
    ASSERT_EQ(one.to.size(), 1U);
    EXPECT_EQ("b+" + one.to[0].substr(1, one.to[0].find('@') - 1), one.from.substr(0, one.from.find('@')));
  }
}

TEST(ClientChunking, A4xxToAChunkIsItsOwnAndSlowsDown) {
  Flown run(300);
  int chunks = 0;
  run.server.override_reply = [&](const std::string& verb, const std::string&) {
    const bool busy = verb == "BDAT" && ++chunks >= 100 && chunks < 160;
    return busy ? std::string("451 4.3.0 later\r\n") : std::string();
  };
  Next next = run.begin();
  std::size_t least = 16;
  for (; next == Next::read; next = run.exchange()) {
    if (chunks >= 120 && chunks < 160) least = std::min(least, run.messages_in_output());
  }
  EXPECT_EQ(next, Next::ready);
  EXPECT_EQ(least, 0U) << "in the end it asks before it sends the content";
  EXPECT_EQ(run.load.count(Settled::deferred), 60U);
  EXPECT_EQ(run.load.count(Settled::delivered), 240U);
}

// Without RSET the next envelope may be the old one, and answers may be another command's.
TEST(ClientChunking, ARefusedResetEndsTheConnectionAndBouncesNobody) {
  for (const char* answer : {"451 4.3.0 later\r\n", "500 5.5.1 what?\r\n", "554 5.6.0 your last one\r\n"}) {
    Flown run(100);
    int resets = 0;
    run.server.override_reply = [&](const std::string& verb, const std::string&) {
      return verb == "RSET" && ++resets == 20 ? std::string(answer) : std::string();
    };
    EXPECT_EQ(carry(run.client, run.server, run.begin()), Next::close);
    EXPECT_NE(run.client.why().find("does not reset"), std::string::npos) << run.client.why();
    EXPECT_EQ(run.load.count(Settled::failed), 0U);
  }
}

// It answers so and reads the content as commands: nothing that it says after that is about anybody.
TEST(ClientChunking, WhoDoesNotKnowBdatBouncesNobodyThoughNobodyWasAccepted) {
  Flown run(100);
  run.server.answers["u30@example.org"] = "550 5.1.1 unknown";
  bool refused = false, lost = false;
  run.server.override_reply = [&](const std::string& verb, const std::string& line) -> std::string {
    if (verb == "RCPT" && line.find("u30@") != std::string::npos) refused = true;
    if (lost) return "500 5.5.1 what?\r\n";
    if (verb == "BDAT" && refused) {
      lost = true;
      return "502 5.5.1 Missing RCPT TO command.\r\n";
    }
    return {};
  };
  EXPECT_EQ(carry(run.client, run.server, run.begin()), Next::close);
  EXPECT_LE(run.load.count(Settled::failed), 1U) << "u30 at most";
}

TEST(ClientChunking, A421SparesWhoCameBehindIt) {
  for (const char* verb : {"MAIL", "BDAT"}) {
    Flown run(100);
    ASSERT_EQ(run.begin(), Next::read);
    run.until_in_output(16);
    int heard = 0;
    run.server.override_reply = [&](const std::string& said, const std::string&) -> std::string {
      if (said != verb || ++heard != 5) return "";
      run.server.closed = true;
      return "421 4.3.2 going down\r\n";
    };
    const std::size_t before = run.load.settled.size();
    EXPECT_EQ(run.exchange(), Next::close);
    const bool chunk = std::string(verb) == "BDAT";  // who was answered by it is deferred by it
    EXPECT_EQ(run.load.count(Settled::deferred), chunk ? 1U : 0U);
    EXPECT_EQ(run.load.count(Settled::delivered), before + 4);
    EXPECT_EQ(run.load.settled.size() + run.todo.left(), 100U);
  }
}

TEST(ClientChunking, ASilenceDefersWhatWasInFlightAndNobodyElse) {
  Flown run(100);
  ASSERT_EQ(run.begin(), Next::read);
  run.until_in_output(16);
  const std::size_t before = run.load.settled.size();
  const std::string answers = run.server.feed(written(run.client));
  ASSERT_EQ(run.client.on_bytes(answers.substr(0, answers.find("taken\r\n") + 7)), Next::read);
  EXPECT_EQ(run.client.lost("timed out"), Next::close);
  EXPECT_EQ(run.client.why(), "451 4.4.2 model[192.0.2.1]:25: timed out while waiting for the reply to RSET");
  EXPECT_EQ(run.load.count(Settled::delivered), before + 1);
  EXPECT_EQ(run.load.count(Settled::deferred), 15U);
  EXPECT_EQ(run.todo.left(), 100 - before - 16);
}

TEST(ClientChunking, OnAConnectionThatDiedIdlyNobodyWasTried) {
  Flown run(10);
  ASSERT_EQ(run.begin(), Next::read);
  EXPECT_EQ(run.client.lost("closed by the peer"), Next::close);
  EXPECT_EQ(run.todo.left(), 10U);
  EXPECT_EQ(run.client.answers(), 0U);
}

TEST(ClientChunking, AfterABrokenWriteOnlyRefusalsOfItCount) {
  for (const bool refused : {true, false}) {
    Flown run(100);
    ASSERT_EQ(run.begin(), Next::read);
    run.until_in_output(16);
    const std::size_t before = run.load.settled.size();
    std::string words = "250 reset\r\n250 ok\r\n250 ok\r\n";
    if (run.client.output()[0].starts_with("MAIL")) words.erase(0, 11);
    words += refused ? "552 5.3.4 too big\r\n" : "250 2.0.0 taken\r\n";
    EXPECT_EQ(run.client.lost("broken pipe", words), Next::close);
    EXPECT_EQ(run.load.count(Settled::failed), refused ? 1U : 0U);
    EXPECT_EQ(run.load.count(Settled::delivered), before);
    EXPECT_EQ(run.load.count(Settled::deferred), refused ? 15U : 16U);
  }
}

TEST(ClientChunking, APeerThatDoesNotKnowBdatBouncesNobody) {
  Flown run(10);
  run.server.override_reply = [](const std::string& verb, const std::string&) {
    return verb == "BDAT" ? std::string("502 5.5.1 what\r\n") : std::string();
  };
  EXPECT_EQ(carry(run.client, run.server, run.begin()), Next::close);
  EXPECT_TRUE(run.load.settled.empty());
  EXPECT_EQ(run.todo.left(), 10U) << "the first one too: by DATA, at once";
  EXPECT_TRUE(run.client.refuses_chunks());
  EXPECT_NE(run.client.why().find("`chunking`"), std::string::npos) << run.client.why();
}

TEST(ClientChunking, WhichRefusalsAreAboutBdatAndWhichAboutTheMessage) {
  const std::map<std::string, bool> about_bdat = {
      {"500 5.5.1 what", true}, {"502 no", true},          {"503 5.5.1 order", true}, {"504 no", true},
      {"554 5.5.1 no", true},   {"554 5.7.1 spam", false}, {"554 no", false},         {"550 5.7.1 no", false},
      {"552 5.3.4 big", false}, {"451 4.3.0 no", false}};
  for (const auto& [answer, bdat] : about_bdat) {
    Flown run(1);
    run.server.override_reply = [answer = answer](const std::string& verb, const std::string&) {
      return verb == "BDAT" ? answer + "\r\n" : std::string();
    };
    carry(run.client, run.server, run.begin());
    EXPECT_EQ(run.client.refuses_chunks(), bdat) << answer;
    EXPECT_EQ(run.todo.left(), bdat ? 1U : 0U) << answer;
  }
}

// Some take one message a connection. What was sent behind it goes again at once, by another one.
TEST(ClientChunking, WhereThePeerClosesAfterAMessageWhatItDidNotTouchIsNotDeferred) {
  for (const bool closed : {true, false}) {
    Flown run(10);
    ASSERT_EQ(run.begin(), Next::read);
    run.until_in_output(2);
    EXPECT_EQ(run.client.lost("gone", {}, closed), Next::close);
    EXPECT_EQ(run.load.count(Settled::delivered), 1U);
    EXPECT_EQ(run.load.count(Settled::deferred), closed ? 0U : 2U);
    EXPECT_EQ(run.todo.left(), closed ? 9U : 7U);
    EXPECT_EQ(run.client.closed_after(), closed ? 1U : 0U);
  }
}

// What it had begun to answer may have been taken, whoever closes.
TEST(ClientChunking, WhereItClosesInTheMiddleOfAMessageThatOneIsDeferred) {
  Flown run(10);
  ASSERT_EQ(run.begin(), Next::read);
  run.until_in_output(2);
  ASSERT_EQ(run.client.on_bytes("250 ok\r\n"), Next::read);
  EXPECT_EQ(run.client.lost("gone", {}, true), Next::close);
  EXPECT_EQ(run.load.count(Settled::deferred), 1U);
  EXPECT_EQ(run.todo.left(), 8U);
  EXPECT_EQ(run.client.closed_after(), 0U);
}

TEST(ClientChunking, BusyIsA421ToAMessageOrItsRecipientsAndNotOneThatSaysFarewell) {
  for (const char* verb : {"MAIL", "RCPT", "BDAT"}) {
    Flown run(10);
    int heard = 0;
    run.server.override_reply = [&](const std::string& said, const std::string&) -> std::string {
      return said == verb && ++heard == 3 ? "421 4.3.2 enough\r\n" : "";
    };
    EXPECT_EQ(carry(run.client, run.server, run.begin()), Next::close);
    EXPECT_EQ(run.client.busy(), std::string(verb) != "MAIL") << verb;
  }
}

// RFC 2920 3.1: nothing is read while we write, so that what is unanswered has to fit into the buffers.
TEST(ClientChunking, CommandsInFlightAreBoundedInBytesToo) {
  for (const char* extensions :
       {"250-PIPELINING\r\n250-DSN\r\n250 CHUNKING\r\n", "250-PIPELINING\r\n250 DSN\r\n"}) {
    for (const std::uint32_t batch : {1U, 200U}) {
      Flown run(400, extensions);
      for (std::size_t at = 0; at < 400; ++at)
        run.load.mailboxes[at] = std::string(900, 'x') + std::to_string(at) + "@example.org";
      Next next = run.begin(batch);
      std::size_t most = 0;
      for (; next == Next::read; next = run.exchange()) {
        const std::string out = written(run.client);
        most = std::max(most, out.size());
      }
      EXPECT_EQ(next, Next::ready);
      EXPECT_EQ(run.load.count(Settled::delivered), 400U);
      EXPECT_LE(most, kWindowBytes + 4096) << extensions << batch;  // the last command, and contents
    }
  }
}

TEST(ClientChunking, AnAnswerTooManyEndsIt) {
  Flown run(100);
  ASSERT_EQ(run.begin(), Next::read);
  run.until_in_output(16);
  EXPECT_EQ(run.client.on_bytes(run.server.feed(written(run.client)) + "250 2.0.0 one more\r\n"),
            Next::close);
  EXPECT_EQ(run.load.settled.size() + run.todo.left(), 100U);
}

TEST(ClientChunking, StoppedItFinishesWhatIsInFlight) {
  Flown run(1000);
  ASSERT_EQ(run.begin(), Next::read);
  run.until_in_output(16);
  const std::size_t before = run.load.settled.size();
  run.load.stop = true;
  EXPECT_EQ(carry(run.client, run.server, Next::read), Next::ready);
  EXPECT_EQ(run.load.count(Settled::delivered), before + 16);
  EXPECT_EQ(run.todo.left(), 1000 - before - 16);

  Flown early(1000);  // between envelope and content there is still a way out
  ASSERT_EQ(early.begin(), Next::read);
  early.load.stop = true;
  EXPECT_EQ(early.exchange(), Next::ready);
  EXPECT_EQ(early.todo.left(), 1000U);
  EXPECT_TRUE(early.server.taken.empty());
  early.load.stop = false;
  ASSERT_EQ(early.begin(), Next::read);
  EXPECT_TRUE(written(early.client).starts_with("RSET\r\n"));
  EXPECT_EQ(carry(early.client, early.server, Next::read), Next::ready);
  EXPECT_EQ(early.load.count(Settled::delivered), 1000U);
}

TEST(ClientChunking, TheShareOfAConnectionHoldsForWhatIsInFlight) {
  ClientOptions options = plain_options();
  options.max_transactions = 20;
  Flown run(100, "250-PIPELINING\r\n250 CHUNKING\r\n", options);
  EXPECT_EQ(carry(run.client, run.server, run.begin()), Next::ready);
  EXPECT_TRUE(run.client.worn());
  EXPECT_EQ(run.load.count(Settled::delivered), 20U);
}

}  // namespace
}  // namespace breakwater::smtp::testing
