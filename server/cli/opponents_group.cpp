// `breakwater sink` and `breakwater blast`.
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <stop_token>
#include <thread>

#include "cli/groups.h"
#include "cli/print.h"
#include "opponents/blast.h"
#include "opponents/sink.h"

namespace breakwater::cli {
namespace {

struct SinkArguments {
  opponents::SinkOptions options;
  std::string listen = "127.0.0.1";
  std::uint16_t port = 0;
  int progress_ms = 0;
};

void say_counts(const opponents::Sink& sink) {
  std::printf("%s\n", sink.counts().json().c_str());
  std::fflush(stdout);
}

// SIGUSR1 asks for the counts, SIGINT and SIGTERM end it; taken in a thread of its own, so that no handler
// runs.
void serve_signals(const std::stop_token& stop, const sigset_t& signals, opponents::Sink& sink) {
  const timespec patience{0, 100'000'000};
  while (!stop.stop_requested()) {
    const int number = sigtimedwait(&signals, nullptr, &patience);
    if (number == SIGUSR1) say_counts(sink);
    if (number == SIGINT || number == SIGTERM) sink.stop();
  }
}

int run_sink(const SinkArguments& arguments) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGUSR1, SIGINT, SIGTERM}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  opponents::SinkOptions options = arguments.options;
  options.listen = {arguments.listen, arguments.port};
  auto sink = opponents::Sink::open(options);
  if (!sink) return fail(sink.error());
  const opponents::Endpoint at{arguments.listen, (*sink)->port()};
  std::printf("{\"listening\":\"%s\"}\n", at.text().c_str());
  std::fflush(stdout);
  std::uint64_t shown = 0;
  if (arguments.progress_ms > 0) {
    (*sink)->every(std::chrono::milliseconds(arguments.progress_ms), [&] {
      const auto now = (*sink)->counts();
      if (std::exchange(shown, now.recipients) != now.recipients) say_counts(**sink);
    });
  }
  {
    const std::jthread watcher([&](const std::stop_token& stop) { serve_signals(stop, signals, **sink); });
    (*sink)->run();
  }
  say_counts(**sink);
  return 0;
}

void add_sink(const Command& app) {
  static constexpr const char* kFooter =
      "Prints {\"listening\":\"HOST:PORT\"} when it is ready, and its counts as a line of JSON on SIGUSR1 "
      "and at its end.";
  const Command sink = app.add("sink", "an SMTP server that takes all mail, counts it and throws it away");
  sink.footer(kFooter);
  const auto arguments = std::make_shared<SinkArguments>();
  auto& [options, listen, port, progress_ms] = *arguments;
  opponents::SinkRules& rules = options.rules;
  opponents::TallyOptions& tally = options.tally;
  static const std::map<std::string, opponents::HangAt> kVerbs = {
      {"connect", opponents::HangAt::connect}, {"ehlo", opponents::HangAt::ehlo},
      {"mail", opponents::HangAt::mail},       {"rcpt", opponents::HangAt::rcpt},
      {"data", opponents::HangAt::data},       {"dot", opponents::HangAt::dot},
      {"quit", opponents::HangAt::quit}};
  sink.option("--port", port, "of its own (0: any free one)").shows_default();
  sink.option("--listen", listen, "where it listens").shows_default().type_name("ADDRESS");
  sink.flag("--lmtp", rules.lmtp, "speak LMTP: an answer for each recipient");
  sink.flag("--chunking", rules.chunking, "offer CHUNKING, take BDAT");
  sink.flag("--quick-ack", rules.quick_ack,
            "TCP acknowledgements without delay, for clients that wait for one within a message");
  sink.option("--latency-ms", rules.latency_ms, "wait that long before answering the end of the data");
  sink.option("--max-rcpt", rules.max_rcpt, "recipients of one transaction; more get 452");
  sink.option("--tempfail-every", rules.tempfail_every, "answer every n-th RCPT with 450");
  sink.option("--permfail-every", rules.permfail_every, "answer every n-th RCPT with 550");
  sink.option("--tempfail-match", rules.tempfail_match, "answer 450 to recipients that contain this text");
  sink.option("--permfail-match", rules.permfail_match, "answer 550 to recipients that contain this text");
  sink.option("--data-tempfail-every", rules.data_tempfail_every, "answer every n-th end of data with 451");
  sink.option("--max-sessions", options.max_connections, "at once; more are told 421 and closed");
  sink.option("--messages", rules.messages, "of one connection, which it then closes without a word");
  sink.option("--busy-messages", rules.busy_messages, "of one connection; the next gets 421 at its end");
  sink.option("--refuse-chunks", rules.refuse_chunks, "offer CHUNKING and answer BDAT with this code");
  sink.option("--drop-every", rules.drop_every, "close at every n-th end of data without an answer");
  sink.option(
          "--hang-at", [&rules](const std::string& verb) { rules.hang_at = kVerbs.at(verb); },
          "fall silent at: connect, ehlo, mail, rcpt, data, dot, quit")
      .one_of({"connect", "ehlo", "mail", "rcpt", "data", "dot", "quit"})
      .type_name("VERB");
  sink.option("--record", tally.record_file, "append each accepted recipient to it, one a line")
      .type_name("FILE");
  sink.flag("--record-full", tally.record_full, "record time (us), sender and recipient");
  sink.option("--store", tally.store_dir, "keep each message there: N.eml and its envelope N.json")
      .type_name("FOLDER");
  sink.option("--until", options.until, "end after so many recipients");
  sink.option("--progress-ms", progress_ms, "print the counts so often while they grow");
  sink.runs([arguments] { return run_sink(*arguments); });
}

struct BlastArguments {
  opponents::BlastOptions options;
  std::string to;
  bool json = false;
};

double milliseconds(std::uint64_t us) { return static_cast<double>(us) / 1000.0; }

int run_blast(const BlastArguments& arguments) {
  opponents::BlastOptions options = arguments.options;
  auto to = opponents::parse_endpoint(arguments.to);
  if (!to) return fail(to.error());
  options.to = *to;
  const auto done = opponents::blast(options);
  if (!done) return fail(done.error());
  const auto& latency = done->latency;
  if (arguments.json) {
    const boost::json::object line{{"accepted", done->accepted},
                                   {"refused", done->refused},
                                   {"recipients", done->recipients},
                                   {"lost_connections", done->lost_connections},
                                   {"seconds", done->seconds},
                                   {"messages_per_second", done->per_second()},
                                   {"p50_ms", milliseconds(latency.percentile_us(50))},
                                   {"p90_ms", milliseconds(latency.percentile_us(90))},
                                   {"p99_ms", milliseconds(latency.percentile_us(99))},
                                   {"max_ms", milliseconds(latency.max_us())},
                                   {"first_refusal", done->first_refusal}};
    std::printf("%s\n", boost::json::serialize(line).c_str());
  } else {
    std::printf("%llu accepted, %llu refused in %.2f s: %.0f messages/s\n",
                static_cast<unsigned long long>(done->accepted),
                static_cast<unsigned long long>(done->refused), done->seconds, done->per_second());
    std::printf("end of data to its 250: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms, max %.2f ms\n",
                milliseconds(latency.percentile_us(50)), milliseconds(latency.percentile_us(90)),
                milliseconds(latency.percentile_us(99)), milliseconds(latency.max_us()));
    if (!done->first_refusal.empty()) std::printf("first refusal: %s\n", done->first_refusal.c_str());
  }
  return done->accepted == options.messages ? 0 : 1;
}

void add_blast(const Command& app) {
  const Command blast = app.add("blast", "a load generator: posts many messages and measures the answers");
  const auto arguments = std::make_shared<BlastArguments>();
  auto& options = arguments->options;
  blast.option("--to", arguments->to, "the server").required().type_name("HOST:PORT");
  blast.option("--connections", options.connections, "at once").shows_default();
  blast.option("--messages", options.messages, "all together").shows_default();
  blast.option("--size", options.bytes, "bytes of a message").shows_default();
  blast.option("--from", options.sender, "reverse-path").shows_default().type_name("ADDRESS");
  blast.option("--rcpt", options.recipients, "recipient; may be given several times")
      .required()
      .type_name("ADDRESS");
  blast.option("--fan", options.fan, "each recipient n times, numbered (user.1@..., user.2@...)");
  blast.flag("--pipeline", options.pipeline, "PIPELINING: one write a transaction");
  blast.flag("--json", arguments->json, "one line of JSON");
  blast.runs([arguments] { return run_blast(*arguments); });
}

}  // namespace

void add_opponents(const Command& app) {
  add_sink(app);
  add_blast(app);
}

}  // namespace breakwater::cli
