#include "cli/demo.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdio>
#include <set>

#include "cli/demo_house.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "mail/message.h"
#include "opponents/poster.h"
#include "opponents/sink_tally.h"

namespace breakwater::cli {
namespace {

constexpr std::int64_t kStillUs = 60'000'000;  // no copy for so long: given up
constexpr const char* kSender = "demo@members.example";

class Demo {
 public:
  explicit Demo(const DemoOptions& options) : options_(options) {}
  int run();

 private:
  Result<Arrived> arrived();
  Result<Arrived> arrived_elsewhere();
  Result<void> let_it_out();
  Result<void> post_and_watch();
  void say_result(const Arrived& arrived, std::int64_t let_out_us) const;
  void say_how_to_post() const;
  void stay();

  const DemoOptions& options_;
  DemoHouse house_;
  Arrived seen_;                 // at another's sink
  std::int64_t let_out_us_ = 0;  // when the last person who was asked had answered
  double cpu_before_s_ = 0;      // the server's, before the message was posted
  std::int64_t posting_us_ = 0;  // what the server took for its 250, from the connection
  bool complete_ = false;
};

// What has arrived at our own sink since it started.
Result<Arrived> Demo::arrived() {
  return house_.sink() == nullptr ? arrived_elsewhere() : Result<Arrived>(house_.sink()->arrived());
}

// Another's sink tells nothing: the server's own books do.
Result<Arrived> Demo::arrived_elsewhere() {
  const std::string list = demo_list_address(DemoSite::kPostedTo);
  std::string posting;
  std::uint64_t delivered = 0;
  const auto listed =
      house_.control().ask({{"command", "posting.ls"}, {"limit", 10}}, [&](const boost::json::object& row) {
        if (row.at("list").as_string() != list) return true;  // a letter of the server
        posting = std::string(row.at("posting").as_string());
        delivered = row.at("delivered").to_number<std::uint64_t>();
        return true;
      });
  if (!listed) return listed.error();
  if (delivered != seen_.copies) seen_.last_us = opponents::wall_clock_us();
  if (seen_.copies == 0) seen_.first_us = seen_.last_us;
  seen_.copies = delivered;
  if (delivered < options_.members) return seen_;
  const auto status =
      house_.control().ask({{"command", "status"}}, [](const boost::json::object&) { return true; });
  if (status && status->contains("transactions")) {
    seen_.transactions = status->at("transactions").to_number<std::uint64_t>();
    return seen_;
  }
  // A transaction is what one answer stands for: servers give each a queue id of its own.
  std::set<std::string> answers;
  const auto traced = house_.control().ask({{"command", "posting.trace"}, {"posting", posting}},
                                           [&](const boost::json::object& row) {
                                             answers.insert(std::string(row.at("peer").as_string()) + "\n" +
                                                            std::string(row.at("reply").as_string()));
                                             return true;
                                           });
  if (!traced) return traced.error();
  seen_.transactions = answers.size();
  return seen_;
}

// Lines of text, `bytes` of them all together.
std::string demo_body(std::uint64_t bytes) {
  static constexpr std::string_view kLine =
      "This message was posted once. Every member of the list gets a copy.\r\n";
  std::string body;
  body.reserve(bytes + kLine.size());
  while (body.size() + kLine.size() <= bytes) body += kLine;
  if (body.size() + 2 <= bytes) body += std::string(bytes - body.size() - 2, '.') + "\r\n";
  return body;
}

std::string demo_message(std::uint64_t bytes) {
  const std::int64_t now_us = opponents::wall_clock_us();
  const Instant now = from_ms(now_us / 1000);
  return "Date: " + mail::format_date(now) + "\r\nFrom: Breakwater demo <" + kSender + ">\r\nTo: <" +
         DemoSite::kPostedTo + "@" + DemoSite::kDomain +
         ">\r\nSubject: One message for everybody\r\nMessage-ID: " +
         mail::make_message_id(now, static_cast<std::uint64_t>(now_us), "members.example") +
         "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" + demo_body(bytes);
}

// To more than a thousand people, the sender confirms first, and to more than ten thousand a moderator
// releases it. The demo does both by mail, as they would; with another's sink, where it cannot read the
// letters, by hand.
Result<void> Demo::let_it_out() {
  if (house_.sink() != nullptr) {
    const auto answered_us = house_.answer_letters();
    if (!answered_us) return answered_us.error();
    if (*answered_us != 0) let_out_us_ = *answered_us;
    return {};
  }
  if (let_out_us_ != 0) return {};
  std::string posting;
  const auto held = house_.control().ask({{"command", "hold.ls"}}, [&](const boost::json::object& row) {
    posting = std::string(row.at("posting").as_string());
    return false;
  });
  if (!held) return held.error();
  if (posting.empty()) return {};
  std::fprintf(stderr, "The message waits for a person; the demo releases it: %s posting release %s\n",
               options_.program.c_str(), posting.c_str());
  const auto done = house_.control().ask(
      {{"command", "posting.release"}, {"posting", posting}, {"reason", "the demo's own message"}},
      [](const boost::json::object&) { return true; });
  if (!done) return done.error();
  let_out_us_ = opponents::wall_clock_us();
  return {};
}

Result<void> Demo::post_and_watch() {
  const std::string list = demo_list_address(DemoSite::kPostedTo);
  std::fprintf(stderr, "Posting one message to %s (%s) ...\n", list.c_str(),
               counted(options_.members, "member").c_str());
  cpu_before_s_ = house_.server_cpu_s();
  const std::int64_t begun_us = opponents::wall_clock_us();
  const auto posted = opponents::post(house_.at(), kSender, list, demo_message(options_.bytes));
  posting_us_ = opponents::wall_clock_us() - begun_us;
  if (!posted)
    return error(posted.error().fault, "posting to " + house_.at().text() + ": " + posted.error().what);
  Progress progress("copies arrived");
  std::int64_t moved_us = posted->accepted_us;
  std::uint64_t before = 0;
  for (;;) {
    if (const auto done = let_it_out(); !done) return done;
    const auto now = arrived();
    if (!now) return now.error();
    const auto share = static_cast<double>(now->copies) / static_cast<double>(options_.members);
    complete_ = now->copies >= options_.members;
    if (now->copies != before) moved_us = opponents::wall_clock_us();
    before = now->copies;
    const bool still = opponents::wall_clock_us() - moved_us > kStillUs;
    if (complete_ || still || house_.interrupts().wait(10) || !house_.server_runs()) {
      progress.finish(share, now->copies);
      say_result(*now, std::max(posted->accepted_us, let_out_us_));
      if (complete_) return {};
      return house_.with_log("only " + with_commas(now->copies) + " of " + with_commas(options_.members) +
                             " copies arrived");
    }
    progress.show(share, now->copies);
  }
}

// `let_out_us`: when nothing stood in the message's way any more.
void Demo::say_result(const Arrived& arrived, std::int64_t let_out_us) const {
  const auto since = [&](std::int64_t at_us) {
    return static_cast<double>(std::max<std::int64_t>(at_us - let_out_us, 0)) / 1e6;
  };
  const double peak = house_.server_peak_mb(), seconds = since(arrived.last_us);
  if (options_.json) {
    std::printf(
        "{\"members\":%llu,\"delivered\":%llu,\"transactions\":%llu,\"seconds\":%.3f,"
        "\"posting_seconds\":%.3f,\"first_copy_seconds\":%.3f,\"cpu_seconds\":%.2f,\"peak_rss_mb\":%.1f}\n",
        static_cast<unsigned long long>(options_.members), static_cast<unsigned long long>(arrived.copies),
        static_cast<unsigned long long>(arrived.transactions), seconds,
        static_cast<double>(posting_us_) / 1e6, since(arrived.first_us),
        house_.server_cpu_s() - cpu_before_s_, peak);
  } else {
    std::printf("%s arrived in %s, %.2f s after the %s; the server's memory at its peak: %.1f MB\n",
                (with_commas(arrived.copies) + (arrived.copies == 1 ? " copy" : " copies")).c_str(),
                counted(arrived.transactions, "transaction").c_str(), seconds,
                let_out_us_ == 0 ? "250" : "last answer", peak);
  }
  std::fflush(stdout);
}

void Demo::say_how_to_post() const {
  std::printf("\nThe server is up. Post to it, from any address:\n\n");
  for (const DemoList& list : DemoSite::lists(options_.members)) {  // nested: still so many people
    std::printf("  %-28s %s\n", demo_list_address(list.name).c_str(),
                counted(list.members, "member").c_str());
  }
  std::printf("\nwith swaks:\n\n  swaks --server %s --from you@members.example --to team@%s\n",
              house_.at().text().c_str(), DemoSite::kDomain);
  const char* const program = options_.program.c_str();
  std::printf(
      "\nwith a mail program: add an account with the outgoing server (SMTP)\n\n"
      "  server 127.0.0.1   port %u   no encryption   no password\n\n"
      "and write to one of the addresses above. What became of it:\n\n"
      "  export BREAKWATER_CONFIG=%s\n  %s posting ls\n  %s list ls\n\nCtrl-C ends the demo.\n",
      static_cast<unsigned>(house_.at().port), shell_word(house_.site().config_file()).c_str(), program,
      program);
  std::fflush(stdout);
}

// Until Ctrl-C; says what arrives.
void Demo::stay() {
  std::uint64_t said = house_.sink() == nullptr ? 0 : house_.sink()->arrived().copies;
  while (!house_.interrupts().wait(500)) {
    if (!house_.server_runs()) {
      fail(house_.with_log("the server has ended"));
      complete_ = false;
      return;
    }
    if (house_.sink() == nullptr) continue;
    if (const auto answered = house_.answer_letters(); !answered) fail(answered.error());
    const auto now = arrived();
    if (!now || now->copies == said) continue;
    const std::uint64_t more = now->copies - said;
    std::printf("%s more %s arrived\n", with_commas(more).c_str(), more == 1 ? "copy" : "copies");
    std::fflush(stdout);
    said = now->copies;
  }
}

int Demo::run() {
  HouseOptions furnishing;
  furnishing.members = options_.members;
  furnishing.nested = options_.nested;
  furnishing.domains = options_.domains;
  furnishing.sink_latency_ms = options_.sink_latency_ms;
  furnishing.sink = options_.sink;
  furnishing.individual = options_.individual;
  furnishing.chunking = options_.chunking;
  furnishing.well_known = !options_.once;
  if (const auto done = house_.open(furnishing); !done) return fail(done.error());
  if (const auto done = post_and_watch(); !done) return fail(done.error());
  if (!options_.once) {
    say_how_to_post();
    stay();
  }
  house_.close();
  return complete_ ? 0 : 1;
}

}  // namespace

int run_demo(const DemoOptions& options) { return Demo(options).run(); }

}  // namespace breakwater::cli
