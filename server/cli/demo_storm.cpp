#include "cli/demo_storm.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>
#include <map>
#include <optional>
#include <vector>

#include "cli/demo_house.h"
#include "cli/ordinary_mail.h"
#include "cli/print.h"
#include "cli/score_card.h"
#include "mail/message.h"
#include "opponents/poster.h"
#include "opponents/storm_catalogue.h"
#include "opponents/storm_generator.h"

namespace breakwater::cli {
namespace {

namespace json = boost::json;

constexpr std::int64_t kPatienceUs = 180'000'000;  // for what is on its way to arrive
constexpr std::int64_t kSilenceUs = 3'000'000;     // no letter that asks somebody: nobody is asked
constexpr std::int64_t kShowEveryUs = 250'000, kAskEveryUs = 1'000'000;

std::string mail_of(const storm::TraceRow& row, const std::string& list) {
  std::string text = "Date: " + mail::format_date(from_ms(opponents::wall_clock_us() / 1000)) +
                     "\r\nFrom: <" + row.from + ">\r\nTo: <" + list + ">\r\nSubject: " + row.subject +
                     "\r\nMessage-ID: " + row.id + "\r\n";
  if (!row.in_reply_to.empty()) text += "In-Reply-To: " + row.in_reply_to + "\r\n";
  for (std::size_t at = 0; at < row.references.size(); ++at)
    text += (at == 0 ? "References: " : "\r\n ") + row.references[at];
  if (!row.references.empty()) text += "\r\n";
  if (row.automatic) text += "Auto-Submitted: auto-replied\r\n";
  text +=
      "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
      "8bit\r\n\r\n";
  for (const char c : row.body) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return text + "\r\n";
}

// What the server says of its breakers and of what it holds.
struct BreakerState {
  bool open = false;
  std::uint64_t held = 0;
  std::string text = "closed";
};

class StormDemo {
 public:
  StormDemo(const StormDemoOptions& options, const opponents::Storm& storm)
      : options_(options), storm_(storm), list_(demo_list_address(DemoSite::kPostedTo)) {}
  int run();

 private:
  Result<void> open();
  Result<void> play();
  Result<void> quiet_before();
  Result<void> send_first();
  Result<void> release_by_hand();
  Result<void> send_replies();
  Result<void> send(const storm::TraceRow& row);
  Result<void> wait_for(std::int64_t until_us);
  Result<void> drain();
  Result<void> ask_breaker();
  Result<void> close_books();
  Result<bool> all_done();
  void show(bool now);
  void end_line() const;
  void stay();

  const StormDemoOptions& options_;
  const opponents::Storm& storm_;
  const std::string list_;
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  OrdinaryMail ordinary_;                       // before the house: its sink calls it
  std::atomic<std::uint64_t> storm_copies_{0};  // at the sink
  std::vector<storm::TraceRow> rows_;
  std::map<std::string, bool> accepted_;  // Message-IDs that had a 250; true: found in the books
  ScoreCard card_;
  BreakerState breaker_;
  std::int64_t begun_us_ = 0, shown_us_ = 0, asked_us_ = 0;
  DemoHouse house_;
};

Result<void> StormDemo::open() {
  card_.storm = storm_.name;
  card_.members = options_.members > 0 ? options_.members : static_cast<std::uint64_t>(storm_.audience);
  card_.seed = options_.seed;
  card_.minutes = storm_.minutes;
  card_.seconds = options_.seconds;
  rows_ = opponents::make_storm(storm_, {static_cast<std::int64_t>(card_.members), options_.seed});
  HouseOptions house;
  house.members = card_.members;
  house.sink_latency_ms = options_.sink_latency_ms;
  house.well_known = !options_.once;
  house.watch = [this](const opponents::Taken& taken, std::int64_t taken_us) {
    if (!ordinary_.take(taken, taken_us)) storm_copies_ += taken.count;
  };
  return house_.open(house);
}

void StormDemo::end_line() const {
  if (terminal_) std::fputs("\r\033[K", stderr);
}

// One line, drawn again and again on a terminal.
void StormDemo::show(bool now) {
  const std::int64_t now_us = opponents::wall_clock_us();
  if (!terminal_ || (!now && now_us - shown_us_ < kShowEveryUs)) return;
  shown_us_ = now_us;
  const auto seen = ordinary_.seen();
  const auto& latency = begun_us_ == 0 ? seen.before.latency : seen.during.latency;
  std::fprintf(stderr,
               "\r%s of %s sent | breaker %s | %s deliveries, %s held | ordinary mail p50 %s p99 %s\033[K",
               with_commas(card_.messages).c_str(), with_commas(rows_.size()).c_str(), breaker_.text.c_str(),
               with_commas(storm_copies_).c_str(), with_commas(breaker_.held).c_str(),
               ms_text(latency.percentile_us(50)).c_str(), ms_text(latency.percentile_us(99)).c_str());
  std::fflush(stderr);
}

Result<void> StormDemo::ask_breaker() {
  const std::int64_t now_us = opponents::wall_clock_us();
  if (now_us - asked_us_ < kAskEveryUs) return {};
  asked_us_ = now_us;
  BreakerState state;
  const auto asked =
      house_.control().ask({{"command", "storm.status"}, {"list", list_}}, [&](const json::object& row) {
        state.held = row.at("held").to_number<std::uint64_t>();
        for (const auto& one : row.at("breakers").as_array()) {
          if (one.at("state").as_string() != "open") continue;
          const bool whole_list = one.at("thread").as_string().empty();
          if (!state.open || whole_list)
            state.text = whole_list ? "open for the list" : "open for the thread";
          state.open = true;
        }
        return true;
      });
  if (!asked) return asked.error();
  if (state.open && !breaker_.open) {
    end_line();
    std::fprintf(stderr, "The breaker has opened, after %s.\n",
                 (with_commas(card_.messages - 1) + (card_.messages == 2 ? " reply" : " replies")).c_str());
  }
  breaker_ = state;
  return {};
}

// Waits and shows; ends early when somebody ends the demo.
Result<void> StormDemo::wait_for(std::int64_t until_us) {
  for (;;) {
    if (!house_.server_runs()) return house_.with_log("the server has ended");
    const std::int64_t left_us = until_us - opponents::wall_clock_us();
    if (left_us <= 0) return {};
    if (house_.interrupts().wait(static_cast<int>(std::clamp<std::int64_t>(left_us / 1000, 1, 20))))
      return error(Fault::unavailable, "interrupted");
    if (const auto asked = ask_breaker(); !asked) return asked;
    show(false);
  }
}

Result<void> StormDemo::quiet_before() {
  const int seconds = std::max(2, options_.seconds / 5);
  std::fprintf(stderr, "Ordinary mail: ten messages a second to a list of 12; %d s of that alone ...\n",
               seconds);
  ordinary_.start(house_.at(), demo_list_address("team"), 12);
  return wait_for(opponents::wall_clock_us() + seconds * 1'000'000LL);
}

Result<void> StormDemo::send(const storm::TraceRow& row) {
  const auto posted = opponents::post(house_.at(), row.from, list_, mail_of(row, list_));
  ++card_.messages;
  if (posted) {
    ++card_.accepted;
    accepted_.emplace(row.id, false);
  } else if (posted.error().fault == Fault::denied) {
    ++card_.refused;
  } else {
    ++card_.failed;
  }
  return {};
}

// The first message is held for what it says (one asks to be taken off the list): no letter offers to send
// it. In its day it went out.
Result<void> StormDemo::release_by_hand() {
  std::string posting, reason;
  const auto held =
      house_.control().ask({{"command", "hold.ls"}, {"list", list_}}, [&](const json::object& row) {
        posting = std::string(row.at("posting").as_string());
        reason = std::string(row.at("reason").as_string());
        return false;
      });
  if (!held) return held.error();
  if (posting.empty()) return {};
  end_line();
  std::fprintf(stderr, "It is held: %s.\n  The demo sends it on: %s posting release %s\n",
               terminal_text(reason).c_str(), options_.program.c_str(), posting.c_str());
  const auto done = house_.control().ask(
      {{"command", "posting.release"}, {"posting", posting}, {"reason", "the storm that is played"}},
      [](const json::object&) { return true; });
  return done ? Result<void>() : Result<void>(done.error());
}

// The first message, and its sender and a moderator, who let it out.
Result<void> StormDemo::send_first() {
  ordinary_.storm_begins();
  begun_us_ = opponents::wall_clock_us();
  end_line();
  std::fprintf(stderr, "%s writes '%s' to %s (%s people) ...\n", rows_[0].from.c_str(),
               rows_[0].subject.c_str(), list_.c_str(), with_commas(card_.members).c_str());
  if (const auto done = send(rows_[0]); !done) return done;
  std::int64_t moved_us = begun_us_;
  for (bool released = false; storm_copies_ == 0;) {
    const std::int64_t now_us = opponents::wall_clock_us();
    if (now_us - begun_us_ > kPatienceUs) return house_.with_log("nothing has arrived of the first message");
    const auto answered_us = house_.answer_letters();
    if (!answered_us) return answered_us.error();
    if (*answered_us != 0) moved_us = now_us;
    if (!released && now_us - moved_us > kSilenceUs) {
      released = true;
      card_.first_how = "after a person released it";
      if (const auto done = release_by_hand(); !done) return done;
    }
    if (const auto waited = wait_for(opponents::wall_clock_us() + 10'000); !waited) return waited;
  }
  if (!card_.first_how.empty()) return {};
  static constexpr const char* kHow[] = {"at once", "after its sender confirmed",
                                         "after its sender confirmed and a moderator released it"};
  card_.first_how = kHow[std::clamp(house_.letters_answered(), 0, 2)];
  return {};
}

Result<void> StormDemo::send_replies() {
  end_line();
  std::fprintf(stderr, "The storm breaks: %s, the %d minutes of the real one in %d s ...\n",
               counted(rows_.size() - 1, "message").c_str(), storm_.minutes, options_.seconds);
  const std::int64_t begin_us = opponents::wall_clock_us();
  const std::int64_t whole_ms = std::max<std::int64_t>(storm_.minutes * 60'000LL, 1);
  for (std::size_t at = 1; at < rows_.size(); ++at) {
    const std::int64_t since_ms = (rows_[at].at - rows_[0].at).count();
    const std::int64_t due_us = begin_us + since_ms * options_.seconds * 1'000'000 / whole_ms;
    if (const auto waited = wait_for(due_us); !waited) return waited;
    if (const auto sent = send(rows_[at]); !sent) return sent;
    if (!breaker_.open) asked_us_ = 0;
    if (const auto asked = ask_breaker(); !asked) return asked;
    show(false);
  }
  return {};
}

// Nothing is on its way any more.
Result<bool> StormDemo::all_done() {
  std::uint64_t pending = 0;
  const auto asked =
      house_.control().ask({{"command", "posting.ls"}, {"limit", 100'000}}, [&](const json::object& row) {
        pending += row.at("state").as_string() == "pending" ? 1 : 0;
        return true;
      });
  if (!asked) return asked.error();
  return pending == 0;
}

Result<void> StormDemo::drain() {
  const std::int64_t until_us = opponents::wall_clock_us() + kPatienceUs;
  ordinary_.stop();
  while (opponents::wall_clock_us() < until_us) {
    const auto done = all_done();
    if (!done) return done.error();
    if (*done) return {};
    if (const auto waited = wait_for(opponents::wall_clock_us() + 200'000); !waited) return waited;
  }
  return {};
}

// What became of each message, by the server's own books.
Result<void> StormDemo::close_books() {
  const auto count = [this](const json::object& row) {
    if (row.at("list").as_string() != list_) return true;
    const std::string id(row.at("message_id").as_string());
    const auto known = accepted_.find(id);
    if (known == accepted_.end()) return true;
    known->second = true;
    const auto state = row.at("state").as_string();
    const bool first = id == rows_[0].id;
    if (state == "held") {
      ++card_.held;
    } else if (state == "dropped") {
      ++card_.discarded;
    } else if (row.at("verdict").as_string() == "divert") {
      ++card_.diverted;
    } else {
      if (first) card_.first_sent = true;
      if (!first) ++card_.let_through;
      card_.deliveries += row.at("delivered").to_number<std::uint64_t>();
    }
    return true;
  };
  const auto asked = house_.control().ask({{"command", "posting.ls"}, {"limit", 100'000}}, count);
  if (!asked) return asked.error();
  for (const auto& [id, found] : accepted_) card_.unaccounted += found ? 0 : 1;
  asked_us_ = 0;
  if (const auto done = ask_breaker(); !done) return done;
  card_.breaker = breaker_.text;
  card_.letters = house_.sink()->letters_taken();
  card_.ordinary = ordinary_.seen();
  card_.server_peak_mb = house_.server_peak_mb();
  return {};
}

Result<void> StormDemo::play() {
  if (const auto done = quiet_before(); !done) return done;
  if (const auto done = send_first(); !done) return done;
  if (const auto done = send_replies(); !done) return done;
  if (const auto done = drain(); !done) return done;
  return close_books();
}

void StormDemo::stay() {
  const char* const program = options_.program.c_str();
  std::printf(
      "\nThe server is still up, with what it holds. Look around:\n\n"
      "  export BREAKWATER_CONFIG=%s\n  %s storm status\n  %s hold ls\n  %s posting ls\n\n"
      "Ctrl-C ends the demo.\n",
      shell_word(house_.site().config_file()).c_str(), program, program, program);
  std::fflush(stdout);
  while (!house_.interrupts().wait(500) && house_.server_runs()) {
  }
}

int StormDemo::run() {
  if (const auto done = open(); !done) return fail(done.error());
  const auto played = play();
  end_line();
  ordinary_.stop();
  if (!played) return fail(played.error());
  std::printf("%s", score_text(card_).c_str());
  if (options_.json) print_json(score_json(card_));
  std::fflush(stdout);
  if (!options_.once) stay();
  house_.close();
  return card_.sound() ? 0 : 1;
}

}  // namespace

int run_storm_demo(const StormDemoOptions& options) {
  const auto* storm = opponents::find_storm(options.storm);
  if (storm == nullptr)
    return fail(
        error(Fault::not_found, "no storm '" + options.storm + "'; there are " + opponents::storm_names()));
  return StormDemo(options, *storm).run();
}

}  // namespace breakwater::cli
