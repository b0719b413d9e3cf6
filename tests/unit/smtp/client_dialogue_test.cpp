// What the client says, to the letter, and what it makes of what it hears.
#include <gtest/gtest.h>

#include "client_model.h"

namespace breakwater::smtp::testing {
namespace {

using Next = Client::Next;

struct Talk {
  ModelServer server;
  ClientOptions options = plain_options();
  Content content = small_content();
  std::uint32_t batch = 100;
  std::string why;
  std::uint32_t transactions = 0;

  Next operator()(AccountedLoad& load) {
    Todo todo(static_cast<std::uint32_t>(load.mailboxes.size()));
    Client client(options);
    Next next = connect(client, server);
    if (next == Next::ready) next = carry(client, server, client.begin(load, content, todo, batch));
    EXPECT_EQ(load.settled.size() + todo.left(), load.mailboxes.size());
    why = client.why();
    transactions = client.transactions();
    return next;
  }
};

Content text(std::string head, std::string body, bool eight_bit, bool utf8) {
  return make_content(std::make_shared<const std::string>(std::move(head)),
                      std::make_shared<const std::string>(std::move(body)), eight_bit, utf8);
}

TEST(ClientDialogue, PipelinesTheNextEnvelopeBehindTheDot) {
  AccountedLoad load(2);
  load.verp = true;
  const Content content = small_content();
  Todo todo(2);
  ModelServer server;
  Client client(plain_options());
  ASSERT_EQ(connect(client, server), Next::ready);
  ASSERT_EQ(client.begin(load, content, todo, 1), Next::read);
  EXPECT_EQ(written(client), "MAIL FROM:<b+0@lists.example> SIZE=32\r\nRCPT TO:<u0@example.org>\r\nDATA\r\n");
  ASSERT_EQ(client.on_bytes(server.feed(written(client))), Next::read);
  EXPECT_EQ(written(client),
            "Subject: x\r\n\r\n..dot\r\n...\r\n..\r\nend\r\n.\r\n"
            "MAIL FROM:<b+1@lists.example> SIZE=32\r\nRCPT TO:<u1@example.org>\r\nDATA\r\n");
  ASSERT_EQ(client.on_bytes(server.feed(written(client))), Next::read);
  EXPECT_EQ(load.count(Settled::delivered), 1U);
  EXPECT_EQ(client.wait(), Client::Wait::data_end);
  ASSERT_EQ(client.on_bytes(server.feed(written(client))), Next::ready);
  EXPECT_EQ(load.count(Settled::delivered), 2U);
  EXPECT_EQ(client.transactions(), 2U);
}

TEST(ClientDialogue, GoesOneByOneWherePipeliningIsNotOffered) {
  AccountedLoad load(2);
  Talk run;
  run.server.extensions = "250 HELP\r\n";
  std::size_t commands_at_once = 0;
  run.server.override_reply = [&](const std::string& verb, const std::string&) {
    commands_at_once += verb == "RCPT";
    return std::string();
  };
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(run.server.transcript,
            "EHLO us.example\nMAIL FROM:<list-bounces@lists.example>\nRCPT TO:<u0@example.org>\n"
            "RCPT TO:<u1@example.org>\nDATA\n");
  EXPECT_EQ(load.count(Settled::delivered), 2U);
}

TEST(ClientDialogue, FallsBackToHelo) {
  AccountedLoad load(1);
  Talk run;
  run.server.esmtp = false;
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(run.server.transcript.substr(0, 32), "EHLO us.example\nHELO us.example\n");
  EXPECT_EQ(load.count(Settled::delivered), 1U);
}

TEST(ClientDialogue, LmtpSaysLhloAndTakesOneAnswerEach) {
  AccountedLoad load(3);
  Talk run;
  run.options.lmtp = run.server.lmtp = true;
  run.server.answers["u1@example.org"] = "550 5.1.1 unknown";
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(run.server.transcript.substr(0, 4), "LHLO");
  const std::vector<std::string> expected = {"f 550 5.1.1 unknown : 1", "d 250 2.0.0 taken : 0 2"};
  EXPECT_EQ(load.records, expected);
}

TEST(ClientDialogue, LmtpHasNoHelo) {
  AccountedLoad load(1);
  Talk run;
  run.options.lmtp = run.server.lmtp = true;
  run.server.esmtp = false;
  EXPECT_EQ(run(load), Next::close);
  EXPECT_TRUE(load.settled.empty());
}

TEST(ClientDialogue, ExtensionsAreUsedWhereOffered) {
  AccountedLoad load(1);
  load.mailboxes[0] = "j\xC3\xB6rg@example.org";
  Talk run;
  run.server.extensions = "250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 SIZE\r\n";
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_NE(run.server.transcript.find(
                "MAIL FROM:<list-bounces@lists.example> SIZE=32 BODY=8BITMIME SMTPUTF8 RET=HDRS\n"
                "RCPT TO:<j\xC3\xB6rg@example.org> NOTIFY=FAILURE\n"),
            std::string::npos)
      << run.server.transcript;
}

TEST(ClientDialogue, OrcptIsXtext) {
  AccountedLoad load(1);
  load.mailboxes[0] = "a+b=c@example.org";
  Talk run;
  run.server.extensions = "250 DSN\r\n";
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_NE(run.server.transcript.find(
                "RCPT TO:<a+b=c@example.org> NOTIFY=FAILURE ORCPT=rfc822;a+2Bb+3Dc@example.org\n"),
            std::string::npos)
      << run.server.transcript;
}

TEST(ClientDialogue, TheNullReversePathAsksForNoNotice) {
  AccountedLoad load(1);
  load.from.clear();
  Talk run;
  run.server.extensions = "250 DSN\r\n";
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_NE(run.server.transcript.find("MAIL FROM:<>\nRCPT TO:<u0@example.org> NOTIFY=NEVER\n"),
            std::string::npos);
}

TEST(ClientDialogue, WhatThePeerCannotTakeFailsForEverybodyAndIsNotSent) {
  struct Case {
    const char* extensions;
    Content content;
    const char* status;
  };
  const Case cases[] = {
      {"250 SIZE 10\r\n", small_content(), "552 5.3.4 "},
      {"250 SIZE\r\n", text("S: x\r\n\r\n", "\xC3\xB6\r\n", true, false), "554 5.6.3 "},
      {"250 8BITMIME\r\n", text("S: \xC3\xB6\r\n\r\n", "x\r\n", false, true), "553 5.6.7 "},
  };
  for (const Case& one : cases) {
    AccountedLoad load(300);
    Talk run;
    run.server.extensions = one.extensions;
    run.content = one.content;
    EXPECT_EQ(run(load), Next::ready);
    EXPECT_EQ(load.count(Settled::failed), 300U);
    EXPECT_EQ(load.settled[0].second.substr(0, 10), one.status);
    EXPECT_EQ(run.server.transcript, "EHLO us.example\n");
  }
}

TEST(ClientDialogue, AddressesThatCannotGoFailAlone) {
  AccountedLoad load(4);
  load.mailboxes[0] = "j\xC3\xB6rg@example.org";
  load.mailboxes[1] = "";
  load.mailboxes[2] = "x@example.org>\r\nRCPT TO:<evil@example.org";
  Talk run;
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(load.settled[0].second.substr(0, 9), "553 5.6.7");
  EXPECT_EQ(load.settled[1].second.substr(0, 9), "553 5.1.3");
  EXPECT_EQ(load.settled[2].second.substr(0, 9), "553 5.1.3");
  EXPECT_EQ(load.settled[3].first, Settled::delivered);
  EXPECT_EQ(run.server.transcript.find("evil"), std::string::npos);
}

TEST(ClientDialogue, NobodyAccepted) {
  AccountedLoad load(4);
  Talk run;
  run.batch = 2;
  run.server.answers["u0@example.org"] = run.server.answers["u1@example.org"] = "550 5.1.1 unknown";
  EXPECT_EQ(run(load), Next::ready);  // 503 to DATA, RSET, next transaction
  EXPECT_EQ(load.count(Settled::failed), 2U);
  EXPECT_EQ(load.count(Settled::delivered), 2U);
  EXPECT_NE(run.server.transcript.find("DATA\nRSET\nMAIL"), std::string::npos);
}

TEST(ClientDialogue, ALoneDotWhere354ComesForNobody) {  // RFC 2920 3.1
  AccountedLoad load(1);
  Talk run;
  run.server.answers["u0@example.org"] = "550 5.1.1 unknown";
  run.server.override_reply = [](const std::string& verb, const std::string&) {
    return verb == "DATA" ? std::string("354 go on\r\n") : std::string();
  };
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(load.count(Settled::failed), 1U);
  EXPECT_TRUE(run.server.taken.empty());
}

TEST(ClientDialogue, NoDotWhere354ComesAfterARefusedSender) {  // it would be an empty message
  AccountedLoad load(2);
  Talk run;
  run.server.override_reply = [](const std::string& verb, const std::string&) -> std::string {
    return verb == "MAIL"   ? "550 5.7.1 not you\r\n"
           : verb == "RCPT" ? "250 ok\r\n"
           : verb == "DATA" ? "354 go\r\n"
                            : "";
  };
  EXPECT_EQ(run(load), Next::close);
  EXPECT_EQ(load.count(Settled::failed), 2U);
  EXPECT_TRUE(run.server.taken.empty());
  EXPECT_EQ(run.transactions, 1U);
}

TEST(ClientDialogue, TooManyRecipientsGoAtOnceInTheNextTransaction) {
  AccountedLoad load(25);
  Talk run;
  run.server.max_rcpt = 10;
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(load.count(Settled::delivered), 25U);
  EXPECT_EQ(run.transactions, 3U);
  ASSERT_EQ(run.server.taken.size(), 3U);
  EXPECT_EQ(run.server.taken[1].to.front(), "u10@example.org");
}

TEST(ClientDialogue, TooManyAtTheFirstRecipientIsADeferral) {
  AccountedLoad load(3);
  Talk run;
  run.server.max_rcpt = 0;
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(load.count(Settled::deferred), 3U);
}

TEST(ClientDialogue, LimitsOfThePeerAreKept) {  // RFC 9422
  AccountedLoad load(9);
  Talk run;
  run.server.extensions = "250-PIPELINING\r\n250 LIMITS RCPTMAX=2 MAILMAX=3\r\n";
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(load.count(Settled::delivered), 6U);  // the connection has had its share
  EXPECT_EQ(run.server.taken.size(), 3U);
}

TEST(ClientDialogue, MoreRecipientsThanTheWindow) {
  AccountedLoad load(1200);
  Talk run;
  run.batch = 1000;
  EXPECT_EQ(run(load), Next::ready);
  EXPECT_EQ(load.count(Settled::delivered), 1200U);
  EXPECT_EQ(run.server.taken.size(), 2U);
  EXPECT_EQ(load.records.size(), 2U);
}

TEST(ClientDialogue, StoppedBetweenTransactionsNothingMoreIsHandedOver) {
  for (const bool pipelining : {true, false}) {
    AccountedLoad load(10);
    load.on_settle = [&] { load.stop = true; };
    Talk run;
    run.batch = 2;
    if (!pipelining) run.server.extensions = "250 HELP\r\n";
    const Next next = run(load);
    EXPECT_EQ(next,
              pipelining ? Next::close : Next::ready);  // an envelope that is on the way ends by closing
    EXPECT_EQ(load.settled.size(), 2U);
    EXPECT_EQ(run.server.taken.size(), 1U);
  }
}

TEST(ClientDialogue, StarttlsByPolicy) {
  struct Case {
    Starttls policy;
    const char* extensions;
    const char* reply;
    Next next;
  };
  const Case cases[] = {
      {Starttls::none, "250 STARTTLS\r\n", "220 go\r\n", Next::ready},
      {Starttls::may, "250 STARTTLS\r\n", "220 go\r\n", Next::start_tls},
      {Starttls::may, "250 STARTTLS\r\n", "454 4.7.0 not now\r\n", Next::ready},
      {Starttls::may, "250 HELP\r\n", "", Next::ready},
      {Starttls::require, "250 STARTTLS\r\n", "220 go\r\n", Next::start_tls},
      {Starttls::require, "250 STARTTLS\r\n", "454 4.7.0 not now\r\n", Next::close},
      {Starttls::require, "250 HELP\r\n", "", Next::close},
  };
  for (const Case& one : cases) {
    ModelServer server;
    server.extensions = one.extensions;
    server.override_reply = [&](const std::string& verb, const std::string&) {
      return verb == "STAR" ? std::string(one.reply) : std::string();
    };
    ClientOptions options = plain_options();
    options.starttls = one.policy;
    Client client(options);
    EXPECT_EQ(connect(client, server), one.next) << one.extensions << one.reply;
  }
}

TEST(ClientDialogue, WhatCameBeforeTheHandshakeIsNotBelieved) {  // CVE-2011-0411, the other way round
  ModelServer server;
  server.extensions = "250-PIPELINING\r\n250 STARTTLS\r\n";
  server.override_reply = [](const std::string& verb, const std::string&) {
    return verb == "STAR" ? std::string("220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n") : std::string();
  };
  ClientOptions options = plain_options();
  options.starttls = Starttls::require;
  options.username = "u";
  options.password = "p";
  Client client(options);
  ASSERT_EQ(connect(client, server), Next::start_tls);
  EXPECT_EQ(client.on_tls(), Next::read);
  EXPECT_EQ(written(client), "EHLO us.example\r\n");
  EXPECT_EQ(client.on_bytes("250-real\r\n250 AUTH LOGIN\r\n"), Next::read);
  EXPECT_EQ(written(client), "AUTH LOGIN\r\n");
  EXPECT_EQ(client.on_bytes("334 VXNlcm5hbWU6\r\n"), Next::read);
  EXPECT_EQ(written(client), "dQ==\r\n");
  EXPECT_EQ(client.on_bytes("334 UGFzc3dvcmQ6\r\n"), Next::read);
  EXPECT_EQ(written(client), "cA==\r\n");
  EXPECT_EQ(client.on_bytes("235 2.7.0 fine\r\n"), Next::ready);
  EXPECT_TRUE(client.tls());
}

TEST(ClientDialogue, AuthPlainAndItsRefusal) {
  for (const auto& [reply, expected] :
       {std::pair{"235 2.7.0 fine\r\n", Next::ready}, std::pair{"535 5.7.8 wrong\r\n", Next::close},
        std::pair{"454 4.7.0 later\r\n", Next::close}, std::pair{"334 \r\n", Next::close}}) {
    ModelServer server;
    server.extensions = "250 AUTH PLAIN LOGIN\r\n";
    server.override_reply = [&](const std::string& verb, const std::string&) {
      return verb == "AUTH" ? std::string(reply) : std::string();
    };
    ClientOptions options = plain_options();
    options.username = "tim";
    options.password = "tanstaaftanstaaf";
    options.auth_in_clear = true;
    Client client(options);
    EXPECT_EQ(connect(client, server), expected);
    EXPECT_NE(server.transcript.find("AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\n"),
              std::string::npos);  // RFC 4616 4
  }
}

TEST(ClientDialogue, NoPasswordInClear) {
  ModelServer server;
  server.extensions = "250 AUTH PLAIN LOGIN\r\n";
  ClientOptions options = plain_options();
  options.username = "tim";
  options.password = "secret";
  Client client(options);
  EXPECT_EQ(connect(client, server), Next::close);
  EXPECT_EQ(server.transcript, "EHLO us.example\n");
  EXPECT_EQ(client.why().substr(0, 11), "451 4.7.11 ");
}

TEST(ClientDialogue, AConnectionServesOneLoadAfterTheOther) {
  ModelServer server;
  Client client(plain_options());
  ASSERT_EQ(connect(client, server), Next::ready);
  const Content content = small_content();
  for (int turn = 0; turn < 3; ++turn) {
    AccountedLoad load(2);
    if (turn == 0) server.answers["u0@example.org"] = server.answers["u1@example.org"] = "550 5.1.1 unknown";
    if (turn == 1) server.answers.clear();
    Todo todo(2);
    ASSERT_EQ(carry(client, server, client.begin(load, content, todo, 5)), Next::ready);
    EXPECT_EQ(load.count(turn == 0 ? Settled::failed : Settled::delivered), 2U);
  }
  EXPECT_EQ(carry(client, server, client.quit()), Next::close);
  EXPECT_TRUE(server.transcript.ends_with("QUIT\n"));
}

TEST(ClientDialogue, IdleFarewell) {
  ModelServer server;
  Client client(plain_options());
  ASSERT_EQ(connect(client, server), Next::ready);
  EXPECT_EQ(client.on_bytes("421 4.4.2 idle too long\r\n"), Next::close);
  EXPECT_EQ(client.why(), "421 4.4.2 idle too long");
}

TEST(ClientDialogue, GreetingsThatAreNone) {
  for (const char* greeting : {"421 4.3.2 full\r\n", "554 5.3.2 no\r\n", "450 4.3.2 later\r\n",
                               "HTTP/1.1 400\r\n", "220 ok\r\n250 hello\r\n"}) {
    Client client(plain_options());
    client.start();
    EXPECT_EQ(client.on_bytes(greeting), Next::close) << greeting;
    EXPECT_EQ(client.why()[0], '4');
  }
}

}  // namespace
}  // namespace breakwater::smtp::testing
