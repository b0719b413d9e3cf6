// A dialogue is run again and again with its n-th reply going wrong, for n = 1, 2, ... until a run is
// untouched. After each, every recipient is settled once or still to do, and `delivered` was said by nobody
// but the server.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "client_model.h"

namespace breakwater::smtp::testing {
namespace {

struct Shape {
  bool lmtp, pipelining;
  std::uint32_t batch;
  std::size_t split;
  bool chunking = false;
  std::uint32_t recipients = 7;
};

constexpr std::size_t kRecipients = 7;

void offer(ModelServer& server, const Shape& shape) {
  server.lmtp = shape.lmtp;
  if (!shape.pipelining) server.extensions = "250 SIZE 1000000\r\n";
  if (shape.chunking) server.extensions = "250-CHUNKING\r\n" + server.extensions;
  server.answers["u2@example.org"] = "550 5.1.1 no such user";
  server.answers["u3@example.org"] = "550 5.1.1 no such user";
  server.answers["u5@example.org"] = "451 4.2.0 later";
}

std::vector<std::string> taken_by(const ModelServer& server) {
  std::vector<std::string> all;
  for (const Taken& one : server.taken) all.insert(all.end(), one.to.begin(), one.to.end());
  return all;
}

// Each has the head that is theirs, and no other.
void expect_own_heads(const std::vector<std::vector<Taken>>& all) {
  for (const auto& taken : all) {
    for (const Taken& one : taken) {
      const auto at = static_cast<std::uint32_t>(std::stoul(one.to.at(0).substr(1)));
      EXPECT_TRUE(one.content.starts_with(AccountedLoad::own(at) + "Subject: x\r\n\r\n.")) << one.content;
    }
  }
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// True when the fault was reached.
bool run(const Shape& shape, Fault fault, std::size_t at) {
  SCOPED_TRACE(::testing::Message() << "lmtp " << shape.lmtp << " pipelining " << shape.pipelining
                                    << " batch " << shape.batch << " split " << shape.split << " chunking "
                                    << shape.chunking << " fault " << static_cast<int>(fault) << " at reply "
                                    << at);
  AccountedLoad load(shape.recipients);
  load.verp = load.own_heads = shape.batch == 1;
  const Content content = small_content();
  Todo todo(shape.recipients);
  ModelServer server;
  offer(server, shape);
  server.fault = fault;
  server.fault_at = at;
  Client client(plain_options(shape.lmtp));
  auto next = connect(client, server, shape.split);
  if (next == Client::Next::ready) {
    next = carry(client, server, client.begin(load, content, todo, shape.batch), {}, shape.split);
  }
  EXPECT_EQ(load.settled.size() + todo.left(), shape.recipients);
  if (next == Client::Next::close) {
    EXPECT_GE(client.why().size(), 9U);
    EXPECT_TRUE(client.why()[0] == '4' || client.why()[0] == '5' || client.why()[0] == '2') << client.why();
  }

  // What is left goes over a second connection, to a server without faults.
  ModelServer second;
  offer(second, shape);
  if (!todo.empty()) {
    Client again(plain_options(shape.lmtp));
    EXPECT_EQ(connect(again, second), Client::Next::ready);
    EXPECT_EQ(carry(again, second, again.begin(load, content, todo, shape.batch)), Client::Next::ready)
        << again.why();
  }
  EXPECT_EQ(load.settled.size(), shape.recipients);
  EXPECT_TRUE(todo.empty());
  if (load.own_heads) expect_own_heads({server.taken, second.taken});
  const auto first_taken = taken_by(server);
  const auto second_taken = taken_by(second);
  for (std::uint32_t who = 0; who < shape.recipients; ++who) {
    const std::string& mailbox = load.mailboxes[who];
    const bool once = has(first_taken, mailbox);
    const bool twice = once && has(second_taken, mailbox);
    EXPECT_FALSE(twice) << mailbox << " was handed over twice";
    if (load.settled[who].first == Settled::delivered) {
      EXPECT_TRUE(once || has(second_taken, mailbox)) << mailbox << " is said to be delivered, and is not";
    } else {
      // An answer of ours that got lost: delivered there, deferred here; it will come twice, and must not be
      // lost.
      // Where RSET is refused, what is behind it is not believed, whatever it says.
      const bool lying = fault == Fault::early || fault == Fault::silent_close_after ||
                         client.why().find("does not reset") != std::string::npos;
      EXPECT_FALSE((once || has(second_taken, mailbox)) && !lying)
          << mailbox << " was answered 250 and is not delivered";
    }
  }
  return server.touched;
}

class EveryReply : public ::testing::TestWithParam<Shape> {};

TEST_P(EveryReply, GoesWrongOnce) {
  for (const Fault fault : {Fault::transient, Fault::permanent, Fault::service_closing, Fault::garbage,
                            Fault::eof, Fault::early, Fault::silent_close_after}) {
    std::size_t at = 1;
    while (run(GetParam(), fault, at)) {
      ++at;
      ASSERT_LT(at, 300U);
    }
    EXPECT_GT(at, 10U) << "a dialogue has more replies than that";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Dialogues, EveryReply,
    ::testing::Values(Shape{false, true, 100, 1000}, Shape{false, true, 3, 1000}, Shape{false, true, 1, 1000},
                      Shape{false, true, 1, 1}, Shape{false, true, 2, 7}, Shape{false, false, 100, 1000},
                      Shape{false, false, 2, 3}, Shape{false, false, 1, 1000}, Shape{true, true, 100, 1000},
                      Shape{true, true, 2, 5}, Shape{true, true, 1, 1000}, Shape{true, false, 3, 1000},
                      Shape{false, true, 1, 1000, true, 25}, Shape{false, true, 1, 1, true, 25},
                      Shape{false, true, 2, 7, true, 25}, Shape{false, true, 100, 1000, true},
                      Shape{false, true, 3, 100, true, 9}, Shape{false, false, 1, 1000, true},
                      Shape{false, false, 3, 5, true}));

TEST(ClientFaults, WithoutAnyTheOutcomesAreTheServers) {
  for (const bool pipelining : {true, false}) {
    AccountedLoad load(kRecipients);
    const Content content = small_content();
    Todo todo(kRecipients);
    ModelServer server;
    offer(server, Shape{false, pipelining, 100, 1000});
    Client client(plain_options());
    ASSERT_EQ(connect(client, server), Client::Next::ready);
    ASSERT_EQ(carry(client, server, client.begin(load, content, todo, 100)), Client::Next::ready);
    const std::vector<std::string> expected = {"f 550 5.1.1 no such user : 2 3", "t 451 4.2.0 later : 5",
                                               "d 250 2.0.0 taken : 0 1 4 6"};
    EXPECT_EQ(load.records, expected);
    ASSERT_EQ(server.taken.size(), 1U);
    EXPECT_EQ(server.taken[0].content, "Subject: x\r\n\r\n..dot\r\n...\r\n..\r\nend\r\n");
  }
}

TEST(ClientFaults, ALostConnectionSaysWhereItWas) {
  AccountedLoad load(2);
  const Content content = small_content();
  Todo todo(2);
  ModelServer server;
  server.extensions = "250 SIZE\r\n";
  Client client(plain_options());
  ASSERT_EQ(connect(client, server), Client::Next::ready);
  ASSERT_EQ(client.begin(load, content, todo, 2), Client::Next::read);
  EXPECT_EQ(client.wait(), Client::Wait::command);
  EXPECT_EQ(client.lost("timed out"), Client::Next::close);
  EXPECT_EQ(client.why(), "451 4.4.2 model[192.0.2.1]:25: timed out while waiting for the reply to MAIL");
  EXPECT_EQ(todo.left(), 2U);
}

TEST(ClientFaults, ARefusalReadAfterABrokenWriteCountsAndAnAcceptanceDoesNot) {
  for (const auto& [words, how] :
       {std::pair{"552 5.3.4 too big\r\n", Settled::failed},
        std::pair{"250 2.0.0 taken\r\n", Settled::deferred}, std::pair{"", Settled::deferred}}) {
    AccountedLoad load(2);
    const Content content = small_content();
    Todo todo(2);
    ModelServer server;
    Client client(plain_options());
    ASSERT_EQ(connect(client, server), Client::Next::ready);
    ASSERT_EQ(client.begin(load, content, todo, 2), Client::Next::read);
    const std::string answers = server.feed(written(client));
    ASSERT_EQ(client.on_bytes(answers), Client::Next::read);  // the content is to be written now
    EXPECT_EQ(client.wait(), Client::Wait::data_end);
    EXPECT_EQ(client.lost("broken pipe", words), Client::Next::close);
    EXPECT_EQ(load.count(how), 2U) << words;
  }
}

}  // namespace
}  // namespace breakwater::smtp::testing
