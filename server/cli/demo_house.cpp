#include "cli/demo_house.h"

#include <time.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <fstream>
#include <utility>

#include "cli/print.h"
#include "mail/message.h"
#include "opponents/poster.h"
#include "opponents/sink_tally.h"

namespace breakwater::cli {
namespace {

constexpr int kStartMs = 30'000;  // for the server to be ready

// As a person's mail program writes it.
std::string answer_to(const DemoLetter& letter, const std::string& word) {
  const std::int64_t now_us = opponents::wall_clock_us();
  const Instant now = from_ms(now_us / 1000);
  return "Date: " + mail::format_date(now) + "\r\nFrom: <" + letter.to + ">\r\nTo: <" +
         letter.command_address + ">\r\nSubject: " + word + "\r\nMessage-ID: " +
         mail::make_message_id(now, static_cast<std::uint64_t>(now_us), "members.example") +
         "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" + word + "\r\n";
}

}  // namespace

Interrupts::Interrupts() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

bool Interrupts::wait(int ms) {
  const timespec patience{ms / 1000, (ms % 1000) * 1'000'000L};
  came_ = came_ || sigtimedwait(&signals_, nullptr, &patience) > 0;
  return came_;
}

Error DemoHouse::with_log(std::string what) const {
  std::ifstream log(site_->log_file("server"));
  std::string last;
  for (std::string line; std::getline(log, line);) last += (last.empty() ? "" : "\n") + line;
  if (last.size() > 2000) last.erase(0, last.size() - 2000);
  return error(Fault::unavailable, what + (last.empty() ? "" : "; it said:\n" + last));
}

Result<void> DemoHouse::start_sink(const HouseOptions& options, SiteOptions& site) {
  if (!options.sink.empty()) {
    const auto given = opponents::parse_endpoint(options.sink);
    if (!given) return given.error();
    site.sink = *given;
    site.own_sink = false;
    return {};
  }
  auto sink = DemoSink::start(options.watch, options.sink_latency_ms, options.chunking);
  if (!sink) return sink.error();
  sink_ = std::move(*sink);
  site.sink = sink_->at();
  return {};
}

// Waits until the server answers on its control socket, which tells where it listens.
Result<void> DemoHouse::start_server() {
  auto child = Child::start({"serve", "-c", site_->config_file()}, site_->log_file("server"), false);
  if (!child) return child.error();
  server_ = std::move(*child);
  for (int waited = 0; waited < kStartMs; waited += 20) {
    if (!server_->running()) return with_log("the server ended at its start");
    if (interrupts_.wait(20)) return error(Fault::unavailable, "interrupted");
    auto client = admin::ControlClient::connect(site_->control_socket());
    if (!client) continue;
    control_.emplace(std::move(*client));
    return ask_server();
  }
  return with_log("the server was not ready after 30 s");
}

Result<void> DemoHouse::ask_server() {
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

Result<void> DemoHouse::open(const HouseOptions& options) {
  auto site = DemoSite::make();
  if (!site) return site.error();
  site_.emplace(std::move(*site));
  SiteOptions furnishing;
  furnishing.members = options.members;
  furnishing.nested = options.nested;
  furnishing.domains = options.domains;
  furnishing.individual = options.individual;
  if (options.well_known && opponents::listen_tcp({"127.0.0.1", 2525})) furnishing.port = 2525;
  std::fprintf(stderr, "Making %s in %s ...\n", counted(3 + options.nested, "list").c_str(),
               site_->folder().c_str());
  if (const auto done = start_sink(options, furnishing); !done) return done;
  if (const auto done = site_->furnish(furnishing, [this] { return interrupts_.wait(0); }); !done)
    return done;
  return start_server();
}

void DemoHouse::close() {
  control_.reset();
  server_->stop();
}

Result<std::int64_t> DemoHouse::answer_letters() {
  std::int64_t answered_us = 0;
  if (!sink_) return answered_us;
  for (const DemoLetter& letter : sink_->letters()) {
    const std::string word = demo_answer(letter);
    if (word.empty()) continue;
    std::fprintf(stderr, "The server asks %s: \"%s\"\n  The demo answers by mail, in their place: %s\n",
                 terminal_text(letter.to).c_str(), terminal_text(letter.subject).c_str(), word.c_str());
    const auto posted = opponents::post(at_, letter.to, letter.command_address, answer_to(letter, word));
    if (!posted) return error(posted.error().fault, "answering " + letter.to + ": " + posted.error().what);
    ++letters_answered_;
    answered_us = posted->accepted_us;
  }
  return answered_us;
}

std::string demo_list_address(const std::string& name) { return name + "@" + DemoSite::kDomain; }

}  // namespace breakwater::cli
