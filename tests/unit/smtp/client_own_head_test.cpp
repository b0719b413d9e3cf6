// Header fields of each recipient's copy alone, in front of the content that all share: what goes out to the
// letter. Broken dialogues with them are in client_fault_test.cpp.
#include <gtest/gtest.h>

#include "client_model.h"

namespace breakwater::smtp::testing {
namespace {

using Next = Client::Next;

struct Written {
  explicit Written(Content message, const std::string& extensions, bool lmtp = false)
      : content(std::move(message)), client(plain_options(lmtp)) {
    load.own_heads = true;
    server.lmtp = lmtp;
    server.extensions = extensions;
    EXPECT_EQ(connect(client, server), Next::ready);
  }
  void all() {
    EXPECT_EQ(carry(client, server, client.begin(load, content, todo, 1)), Next::ready) << client.why();
    EXPECT_EQ(load.count(Settled::delivered), 3U);
    ASSERT_EQ(server.taken.size(), 3U);
  }

  AccountedLoad load{3};
  Content content;
  Todo todo{3};
  ModelServer server;
  Client client;
};

Content content_of(const char* head, const char* body, bool eight_bit = false) {
  return make_content(std::make_shared<const std::string>(head), std::make_shared<const std::string>(body),
                      eight_bit, false);
}

TEST(ClientOwnHead, ByDataItStandsInFrontAndTheNextEnvelopeBehindTheDot) {
  Written run(small_content(), "250-PIPELINING\r\n250 SIZE 1000000\r\n");
  ASSERT_EQ(run.client.begin(run.load, run.content, run.todo, 1), Next::read);
  EXPECT_EQ(written(run.client),
            "MAIL FROM:<list-bounces@lists.example> SIZE=44\r\nRCPT TO:<u0@example.org>\r\nDATA\r\n");
  ASSERT_EQ(run.client.on_bytes(run.server.feed(written(run.client))), Next::read);
  EXPECT_EQ(written(run.client),
            "Own: 00000\r\nSubject: x\r\n\r\n..dot\r\n...\r\n..\r\nend\r\n.\r\n"
            "MAIL FROM:<list-bounces@lists.example> SIZE=44\r\nRCPT TO:<u1@example.org>\r\nDATA\r\n");
  EXPECT_EQ(run.client.output()[1].data(), run.content.head->data());  // not copied
  EXPECT_EQ(run.client.output()[2].data(), run.content.body->data());
}

TEST(ClientOwnHead, ByBdatItsBytesCount) {
  Written run(small_content(), "250-PIPELINING\r\n250-SIZE\r\n250 CHUNKING\r\n");
  run.all();
  EXPECT_NE(run.server.transcript.find("SIZE=44"), std::string::npos);
  EXPECT_NE(run.server.transcript.find("BDAT 44 LAST"), std::string::npos);
  EXPECT_EQ(run.server.taken[2].content, "Own: 00002\r\nSubject: x\r\n\r\n.dot\r\n..\r\n.\r\nend\r\n");
}

TEST(ClientOwnHead, ByEachWayEveryoneHasTheirs) {
  for (const char* extensions :
       {"250 HELP\r\n", "250 PIPELINING\r\n", "250 CHUNKING\r\n", "250-PIPELINING\r\n250 CHUNKING\r\n"}) {
    for (const bool lmtp : {false, true}) {
      SCOPED_TRACE(extensions);
      Written run(small_content(), extensions, lmtp);
      run.all();
      for (std::uint32_t at = 0; at < 3; ++at) {
        EXPECT_TRUE(run.server.taken[at].content.starts_with(AccountedLoad::own(at) + "Subject: x\r\n"));
      }
    }
  }
}

// A header block is never empty here, but what comes behind the seam must not depend on that.
TEST(ClientOwnHead, DotsAtTheSeamAreStuffed) {
  for (const char* body : {".\r\n", "..\r\nx", ".x\r\n"}) {
    Written data(content_of("", body), "250 PIPELINING\r\n");
    data.all();
    EXPECT_TRUE(data.server.taken[0].content.starts_with("Own: 00000\r\n." + std::string(body)));
    Written chunks(content_of("", body), "250 CHUNKING\r\n");
    chunks.all();
    EXPECT_TRUE(chunks.server.taken[0].content.starts_with("Own: 00000\r\n" + std::string(body)));
  }
}

TEST(ClientOwnHead, ABodyWithEightBitsSaysSoAndIsWhole) {
  Written run(content_of("Subject: x\r\n\r\n", "gr\xC3\xBC\xC3\x9F dich\r\n", true),
              "250-8BITMIME\r\n250 CHUNKING\r\n");
  run.all();
  EXPECT_NE(run.server.transcript.find(" BODY=8BITMIME"), std::string::npos);
  EXPECT_EQ(run.server.taken[1].content, "Own: 00001\r\nSubject: x\r\n\r\ngr\xC3\xBC\xC3\x9F dich\r\n");
}

TEST(ClientOwnHead, CountsAgainstTheSizeThatThePeerTakes) {
  const Content content = small_content();
  for (const std::uint64_t more : {0U, 1U}) {
    Written run(content, "250 SIZE " + std::to_string(content.size + 12 - more) + "\r\n");
    EXPECT_EQ(carry(run.client, run.server, run.client.begin(run.load, run.content, run.todo, 1)),
              Next::ready);
    EXPECT_EQ(run.load.count(Settled::failed), more == 0 ? 0U : 3U);
  }
}

}  // namespace
}  // namespace breakwater::smtp::testing
