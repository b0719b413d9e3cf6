#include "cli/demo.h"

#include <signal.h>
#include <time.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <set>

#include "admin/control_client.h"
#include "cli/child.h"
#include "cli/demo_site.h"
#include "cli/print.h"
#include "cli/progress.h"
#include "mail/message.h"
#include "opponents/poster.h"
#include "opponents/sink_tally.h"

namespace breakwater::cli {
namespace {

constexpr int kStartMs = 30'000;               // for a child to be ready
constexpr std::int64_t kStillUs = 60'000'000;  // no copy for so long: given up
constexpr const char* kSender = "demo@members.example";

// SIGINT and SIGTERM are blocked and asked for: everything ends in order, whenever they come.
class Interrupts {
 public:
  Interrupts() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  bool wait(int ms) {
    const timespec patience{ms / 1000, (ms % 1000) * 1'000'000L};
    came_ = came_ || sigtimedwait(&signals_, nullptr, &patience) > 0;
    return came_;
  }

 private:
  sigset_t signals_{};
  bool came_ = false;
};

struct Arrived {
  std::uint64_t copies = 0, transactions = 0;
  std::int64_t last_us = 0;
};

class Demo {
 public:
  explicit Demo(const DemoOptions& options) : options_(options) {}
  int run();

 private:
  Result<void> start_sink(SiteOptions& site);
  Result<void> start_server();
  Result<void> ask_server();
  Result<Arrived> arrived();
  Result<Arrived> arrived_elsewhere();
  Result<void> post_and_watch();
  void say_result(const Arrived& arrived, double seconds) const;
  void say_how_to_post() const;
  void stay();
  Error with_log(std::string what, const char* of) const;

  const DemoOptions& options_;
  Interrupts interrupts_;
  std::optional<DemoSite> site_;  // the children before it: they end first
  std::unique_ptr<Child> sink_, server_;
  std::optional<admin::ControlClient> control_;
  opponents::Endpoint at_;
  Arrived seen_;
  bool complete_ = false;
};

Error Demo::with_log(std::string what, const char* of) const {
  std::ifstream log(site_->log_file(of));
  std::string last;
  for (std::string line; std::getline(log, line);) last += (last.empty() ? "" : "\n") + line;
  if (last.size() > 2000) last.erase(0, last.size() - 2000);
  return error(Fault::unavailable, what + (last.empty() ? "" : "; it said:\n" + last));
}

Result<void> Demo::start_sink(SiteOptions& site) {
  if (!options_.sink.empty()) {
    const auto given = opponents::parse_endpoint(options_.sink);
    if (!given) return given.error();
    site.sink = *given;
    site.own_sink = false;
    return {};
  }
  auto child = Child::start({"sink", "--port", "0", "--progress-ms", "20"}, site_->log_file("sink"), true);
  if (!child) return child.error();
  sink_ = std::move(*child);
  const auto line = sink_->line(kStartMs);
  boost::json::error_code status;
  const auto said = line ? boost::json::parse(*line, status) : boost::json::value();
  if (!said.is_object() || !said.get_object().contains("listening"))
    return with_log("the sink did not start", "sink");
  const auto at = opponents::parse_endpoint(std::string_view(said.at("listening").as_string()));
  if (!at) return at.error();
  site.sink = *at;
  return {};
}

// Waits until the server answers on its control socket, which tells where it listens.
Result<void> Demo::start_server() {
  auto child = Child::start({"serve", "-c", site_->config_file()}, site_->log_file("server"), false);
  if (!child) return child.error();
  server_ = std::move(*child);
  for (int waited = 0; waited < kStartMs; waited += 20) {
    if (!server_->running()) return with_log("the server ended at its start", "server");
    if (interrupts_.wait(20)) return error(Fault::unavailable, "interrupted");
    auto client = admin::ControlClient::connect(site_->control_socket());
    if (!client) continue;
    control_.emplace(std::move(*client));
    return ask_server();
  }
  return with_log("the server was not ready after 30 s", "server");
}

Result<void> Demo::ask_server() {
  const auto status = control_->ask({{"command", "status"}}, [](const boost::json::object&) { return true; });
  if (!status) return status.error();
  for (const auto& listener : status->at("listeners").as_array()) {
    const auto at = opponents::parse_endpoint(std::string_view(listener.at("address").as_string()));
    if (!at) continue;
    at_ = *at;
    return {};
  }
  return error(Fault::unavailable, "the server says that it listens nowhere");
}

// What has arrived at our own sink since it started.
Result<Arrived> Demo::arrived() {
  if (!sink_) return arrived_elsewhere();
  if (!sink_->running()) return with_log("the sink has ended", "sink");
  while (const auto line = sink_->line(0)) {
    boost::json::error_code status;
    const auto counts = boost::json::parse(*line, status);
    if (status || !counts.is_object()) continue;
    seen_ = {counts.at("recipients").to_number<std::uint64_t>(),
             counts.at("transactions").to_number<std::uint64_t>(),
             counts.at("last_us").to_number<std::int64_t>()};
  }
  return seen_;
}

// Another's sink tells nothing: the server's own books do.
Result<Arrived> Demo::arrived_elsewhere() {
  std::string posting;
  std::uint64_t delivered = 0;
  const auto listed =
      control_->ask({{"command", "posting.ls"}, {"limit", 1}}, [&](const boost::json::object& row) {
        posting = std::string(row.at("posting").as_string());
        delivered = row.at("delivered").to_number<std::uint64_t>();
        return true;
      });
  if (!listed) return listed.error();
  if (delivered != seen_.copies) seen_.last_us = opponents::wall_clock_us();
  seen_.copies = delivered;
  if (delivered < options_.members) return seen_;
  const auto status = control_->ask({{"command", "status"}}, [](const boost::json::object&) { return true; });
  if (status && status->contains("transactions")) {
    seen_.transactions = status->at("transactions").to_number<std::uint64_t>();
    return seen_;
  }
  // A transaction is what one answer stands for: servers give each a queue id of its own.
  std::set<std::string> answers;
  const auto traced = control_->ask({{"command", "posting.trace"}, {"posting", posting}},
                                    [&](const boost::json::object& row) {
                                      answers.insert(std::string(row.at("peer").as_string()) + "\n" +
                                                     std::string(row.at("reply").as_string()));
                                      return true;
                                    });
  if (!traced) return traced.error();
  seen_.transactions = answers.size();
  return seen_;
}

std::string demo_message() {
  const std::int64_t now_us = opponents::wall_clock_us();
  const Instant now = from_ms(now_us / 1000);
  return "Date: " + mail::format_date(now) + "\r\nFrom: Breakwater demo <" + kSender + ">\r\nTo: <" +
         DemoSite::kPostedTo + "@" + DemoSite::kDomain +
         ">\r\nSubject: One message for everybody\r\nMessage-ID: " +
         mail::make_message_id(now, static_cast<std::uint64_t>(now_us), "members.example") +
         "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
         "This message was posted once. Every member of the list gets a copy.\r\n";
}

Result<void> Demo::post_and_watch() {
  const std::string list = std::string(DemoSite::kPostedTo) + "@" + DemoSite::kDomain;
  std::fprintf(stderr, "Posting one message to %s (%s) ...\n", list.c_str(),
               counted(options_.members, "member").c_str());
  const auto posted = opponents::post(at_, kSender, list, demo_message());
  if (!posted) return error(posted.error().fault, "posting to " + at_.text() + ": " + posted.error().what);
  Progress progress("copies arrived");
  std::int64_t moved_us = posted->accepted_us;
  std::uint64_t before = 0;
  for (;;) {
    const auto now = arrived();
    if (!now) return now.error();
    const auto share = static_cast<double>(now->copies) / static_cast<double>(options_.members);
    complete_ = now->copies >= options_.members;
    if (now->copies != before) moved_us = opponents::wall_clock_us();
    before = now->copies;
    const bool still = opponents::wall_clock_us() - moved_us > kStillUs;
    if (complete_ || still || interrupts_.wait(10) || !server_->running()) {
      progress.finish(share, now->copies);
      const auto took = std::max<std::int64_t>(now->last_us - posted->accepted_us, 0);
      say_result(*now, static_cast<double>(took) / 1e6);
      if (complete_) return {};
      return with_log(
          "only " + with_commas(now->copies) + " of " + with_commas(options_.members) + " copies arrived",
          "server");
    }
    progress.show(share, now->copies);
  }
}

void Demo::say_result(const Arrived& arrived, double seconds) const {
  const double peak = peak_rss_mb(server_->pid());
  if (options_.json) {
    std::printf(
        "{\"members\":%llu,\"delivered\":%llu,\"transactions\":%llu,\"seconds\":%.3f,\"peak_rss_mb\":%.1f}\n",
        static_cast<unsigned long long>(options_.members), static_cast<unsigned long long>(arrived.copies),
        static_cast<unsigned long long>(arrived.transactions), seconds, peak);
  } else {
    std::printf("%s arrived in %s, %.2f s after the 250; the server's memory at its peak: %.1f MB\n",
                (with_commas(arrived.copies) + (arrived.copies == 1 ? " copy" : " copies")).c_str(),
                counted(arrived.transactions, "transaction").c_str(), seconds, peak);
  }
  std::fflush(stdout);
}

void Demo::say_how_to_post() const {
  std::printf("\nThe server is up. Post to it, from any address:\n\n");
  for (const DemoList& list : DemoSite::lists(options_.members)) {
    const std::string address = std::string(list.name) + "@" + DemoSite::kDomain;
    std::printf("  %-28s %s\n", address.c_str(), counted(list.members, "member").c_str());
  }
  std::printf("\nwith swaks:\n\n  swaks --server %s --from you@members.example --to team@%s\n",
              at_.text().c_str(), DemoSite::kDomain);
  std::printf(
      "\nwith a mail program: add an account with the outgoing server (SMTP)\n\n"
      "  server 127.0.0.1   port %u   no encryption   no password\n\n"
      "and write to one of the addresses above. What became of it:\n\n"
      "  export BREAKWATER_CONFIG=%s\n  breakwater posting ls\n  breakwater list ls\n\nCtrl-C ends the "
      "demo.\n",
      static_cast<unsigned>(at_.port), site_->config_file().c_str());
  std::fflush(stdout);
}

// Until Ctrl-C; says what arrives.
void Demo::stay() {
  std::uint64_t said = seen_.copies;
  while (!interrupts_.wait(500)) {
    if (!server_->running()) {
      fail(with_log("the server has ended", "server"));
      complete_ = false;
      return;
    }
    const auto now = sink_ ? arrived() : Result<Arrived>(seen_);
    if (!now || now->copies == said) continue;
    const std::uint64_t more = now->copies - said;
    std::printf("%s more %s arrived\n", with_commas(more).c_str(), more == 1 ? "copy" : "copies");
    std::fflush(stdout);
    said = now->copies;
  }
}

int Demo::run() {
  auto site = DemoSite::make();
  if (!site) return fail(site.error());
  site_.emplace(std::move(*site));
  SiteOptions furnishing;
  furnishing.members = options_.members;
  furnishing.individual = options_.individual;
  // A port that one can remember, when it is free and somebody is to type it.
  if (!options_.once && opponents::listen_tcp({"127.0.0.1", 2525})) furnishing.port = 2525;
  std::fprintf(stderr, "Making three lists in %s ...\n", site_->folder().c_str());
  if (const auto done = start_sink(furnishing); !done) return fail(done.error());
  const auto stop = [this] { return interrupts_.wait(0); };
  if (const auto done = site_->furnish(furnishing, stop); !done) return fail(done.error());
  if (const auto done = start_server(); !done) return fail(done.error());
  if (const auto done = post_and_watch(); !done) return fail(done.error());
  if (!options_.once) {
    say_how_to_post();
    stay();
  }
  control_.reset();
  server_->stop();
  return complete_ ? 0 : 1;
}

}  // namespace

int run_demo(const DemoOptions& options) { return Demo(options).run(); }

}  // namespace breakwater::cli
