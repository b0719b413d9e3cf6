// The poster against the sink, over real sockets.
#include "opponents/poster.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "opponents/sink.h"

namespace breakwater::opponents {
namespace {

struct PosterTest : testing::Test {
  ~PosterTest() override {
    if (sink) sink->stop();
    if (thread.joinable()) thread.join();
    std::filesystem::remove_all(folder);
  }
  Result<Posted> post_to_sink(SinkRules rules, std::string_view message) {
    char name[] = "/tmp/breakwater-poster-XXXXXX";
    folder = mkdtemp(name);
    SinkOptions options;
    options.rules = std::move(rules);
    options.tally.store_dir = folder;
    sink = *Sink::open(std::move(options));
    thread = std::thread([this] { sink->run(); });
    return post({"127.0.0.1", sink->port()}, "a@x.example", "b@y.example", message);
  }
  std::string folder;
  std::unique_ptr<Sink> sink;
  std::thread thread;
};

TEST_F(PosterTest, the_message_arrives_byte_for_byte) {
  const std::string message = "Subject: x\r\n\r\n.\r\n..two\r\n.x\r\nend without a line end";
  const auto posted = post_to_sink({}, message);
  ASSERT_TRUE(posted.has_value()) << posted.error().what;
  EXPECT_EQ(posted->reply, "250 2.0.0 taken");
  EXPECT_GE(posted->accepted_us, sink->counts().last_us);
  std::ostringstream stored;
  stored << std::ifstream(folder + "/000001.eml", std::ios::binary).rdbuf();
  EXPECT_EQ(stored.str(), message + "\r\n");
}

TEST_F(PosterTest, a_refusal_is_told_in_the_servers_words) {
  SinkRules refusing;
  refusing.permfail_match = "b@";
  const auto posted = post_to_sink(refusing, "x\r\n");
  ASSERT_FALSE(posted.has_value());
  EXPECT_EQ(posted.error().fault, Fault::denied);
  EXPECT_EQ(posted.error().what, "the server said: 550 5.1.1 no such user");
}

TEST_F(PosterTest, a_dropped_connection_is_an_error) {
  SinkRules dropping;
  dropping.drop_every = 1;
  const auto posted = post_to_sink(dropping, "x\r\n");
  ASSERT_FALSE(posted.has_value());
  EXPECT_EQ(posted.error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace breakwater::opponents
