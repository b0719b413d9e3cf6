// Blast and sink against each other, over real sockets.
#include "opponents/blast.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <unistd.h>

#include "opponents/sink.h"

namespace breakwater::opponents {
namespace {

struct RunningSink {
  explicit RunningSink(SinkOptions options) : sink(*Sink::open(std::move(options))) {
    thread = std::thread([this] { sink->run(); });
  }
  ~RunningSink() {
    sink->stop();
    thread.join();
  }
  std::unique_ptr<Sink> sink;
  std::thread thread;
};

BlastOptions load(const RunningSink& to, bool pipeline) {
  BlastOptions options;
  options.to = {"127.0.0.1", to.sink->port()};
  options.connections = 5;
  options.messages = 203;
  options.bytes = 3000;
  options.recipients = {"a@x.example", "b@x.example"};
  options.pipeline = pipeline;
  options.patience_ms = 10'000;
  return options;
}

TEST(Blast, every_message_arrives_once) {
  for (const bool pipeline : {false, true}) {
    const RunningSink running({});
    const auto report = blast(load(running, pipeline));
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->accepted, 203U);
    EXPECT_EQ(report->refused, 0U);
    EXPECT_EQ(report->recipients, 406U);
    EXPECT_EQ(report->latency.count(), 203U);
    EXPECT_EQ(running.sink->counts().recipients, 406U);
    EXPECT_EQ(running.sink->counts().transactions, 203U);
  }
}

TEST(Blast, latency_of_the_sink_is_measured) {
  SinkOptions slow;
  slow.rules.latency_ms = 20;
  const RunningSink running(slow);
  BlastOptions options = load(running, true);
  options.messages = 20;
  const auto report = blast(options);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->accepted, 20U);
  EXPECT_GE(report->latency.percentile_us(1), 19'000U);
}

TEST(Blast, refusals_and_lost_connections_are_counted_not_waited_for) {
  for (const bool pipeline : {false, true}) {
    SinkOptions refusing;
    refusing.rules.permfail_match = "a@";
    refusing.rules.data_tempfail_every = 10;
    const RunningSink running(refusing);
    const auto report = blast(load(running, pipeline));
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->accepted + report->refused, 203U);
    EXPECT_EQ(report->refused, 20U);
    EXPECT_EQ(report->recipients, 183U);
  }
  SinkOptions dropping;
  dropping.rules.drop_every = 2;
  const RunningSink running(dropping);
  const auto report = blast(load(running, false));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->lost_connections, 5U);
}

TEST(Blast, silence_ends_it) {
  SinkOptions mute;
  mute.rules.hang_at = HangAt::connect;
  const RunningSink running(mute);
  BlastOptions options = load(running, false);
  options.patience_ms = 50;
  EXPECT_FALSE(blast(options).has_value());
}

TEST(Sink, records_each_recipient_when_its_250_is_queued) {
  const auto file =
      std::filesystem::temp_directory_path() / ("breakwater-record-" + std::to_string(getpid()));
  {
    SinkOptions recording;
    recording.tally.record_file = file;
    const RunningSink running(recording);
    BlastOptions options = load(running, true);
    options.recipients = {"u@x.example"};
    options.fan = 50;
    options.messages = 4;
    ASSERT_TRUE(blast(options).has_value());
  }
  std::ifstream lines(file);
  std::multiset<std::string> seen;
  for (std::string line; std::getline(lines, line);) seen.insert(line);
  std::filesystem::remove(file);
  EXPECT_EQ(seen.size(), 200U);
  EXPECT_EQ(seen.count("u.50@x.example"), 4U);
}

TEST(Sink, ends_by_itself_after_so_many_recipients) {
  SinkOptions counted;
  counted.until = 10;
  auto sink = *Sink::open(counted);
  std::thread thread([&] { sink->run(); });
  BlastOptions options;
  options.to = {"127.0.0.1", sink->port()};
  options.connections = 1;
  options.messages = 5;
  options.recipients = {"a@x.example", "b@x.example"};
  EXPECT_TRUE(blast(options).has_value());
  thread.join();
  EXPECT_EQ(sink->counts().recipients, 10U);
}

TEST(Latencies, percentiles_are_within_a_bucket) {
  Latencies latencies;
  for (std::uint64_t us = 1; us <= 10'000; ++us) latencies.add(us);
  EXPECT_NEAR(static_cast<double>(latencies.percentile_us(50)), 5000, 160);
  EXPECT_NEAR(static_cast<double>(latencies.percentile_us(99)), 9900, 320);
  EXPECT_EQ(latencies.percentile_us(100), 10'000U);
  EXPECT_EQ(latencies.max_us(), 10'000U);
  EXPECT_EQ(Latencies().percentile_us(50), 0U);
}

TEST(Endpoint, is_read_or_refused) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:25")->text(), "127.0.0.1:25");
  EXPECT_EQ(parse_endpoint("[::1]:25")->host, "::1");
  EXPECT_EQ(parse_endpoint("[::1]:25")->text(), "[::1]:25");
  for (const char* wrong : {"", ":", "host", "host:", ":25", "::1:25", "host:70000", "host:2x", "[]:25"}) {
    EXPECT_FALSE(parse_endpoint(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace breakwater::opponents
