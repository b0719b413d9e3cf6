// A list, its breaker and a clock, for tests: people who post, and what the breaker says.
#pragma once

#include <chrono>
#include <string>

#include "storm/breaker.h"
#include "storm/plain_memory.h"

namespace breakwater::storm {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kShout = "Please take me off, this is nothing to do with me!";
constexpr std::string_view kEssay =
    "I have looked at both proposals over the weekend and measured them with the data of last year. The "
    "first is "
    "faster for small inputs, the second keeps its order when two rows compare equal, and that is what most "
    "of us "
    "rely on without knowing it. So I would keep the second, and write down why, before somebody changes it "
    "again.";

class BreakerRig {
 public:
  explicit BreakerRig(std::int64_t audience = 20'000) : audience_(audience) {}

  PlainMemory memory;
  BreakerOptions options;
  Instant now = from_ms(1'700'000'000'000);
  ListId list{1};
  Facts last;

  Facts facts(std::string from, std::string body, std::string reply_to = "", std::string subject = "") {
    Facts made;
    made.list = list;
    made.sender = std::move(from);
    made.message_id = "<" + std::to_string(++serial_) + "@example.org>";
    made.in_reply_to = reply_to;
    made.subject = subject.empty() ? (reply_to.empty() ? "test" : "Re: test") : std::move(subject);
    made.body = std::move(body);
    made.audience = audience_;
    return made;
  }
  Judgement judge(const Facts& posting) {
    last = posting;
    return judge_breaker(posting, options, memory, now).value();
  }
  Judgement post(std::string from, std::string_view body, std::string reply_to = "",
                 std::string subject = "") {
    return judge(facts(std::move(from), std::string(body), std::move(reply_to), std::move(subject)));
  }
  // Somebody new writes a few words in answer to that message.
  Judgement shout(const std::string& to) { return post(newcomer(), kShout, to); }
  std::string newcomer() { return "new" + std::to_string(++people_) + "@example.org"; }

  // A first message, and answers a minute apart until one is held; returns the id of the first message.
  std::string storm(const std::string& subject = "test") {
    post("starter@example.org", "", "", subject);
    const std::string first = last.message_id;
    for (int reply = 0; reply < 20; ++reply) {
      now += minutes(1);
      if (shout(first).verdict == Verdict::hold) break;
    }
    return first;
  }
  // Message-IDs and newcomers count from one again.
  void count_anew() { serial_ = people_ = 0; }
  BreakerReport thread(const std::string& key) { return report_of(Kind::thread, key); }
  BreakerReport whole_list() { return report_of(Kind::list, ""); }

 private:
  BreakerReport report_of(Kind kind, const std::string& key) {
    const auto stored = memory.get(list, kind, key, now).value();
    return report(kind, key, stored.value_or(""), options, now).value_or(BreakerReport{});
  }

  std::int64_t audience_;
  int serial_ = 0, people_ = 0;
};

}  // namespace breakwater::storm
