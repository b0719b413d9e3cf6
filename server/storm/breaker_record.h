// The state of breakers as the memory keeps it: one of each thread, one of the list. Values and their
// encoding; decoding is total, a record that is not whole is none. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storm/breaker.h"
#include "terms/instant.h"

namespace breakwater::storm {

class RecordReader;
class RecordWriter;

// Score and switch, of a thread or of the list.
struct Switch {
  double score = 0;
  Instant at{};  // the time that `score` and the counts are of
  BreakerState state = BreakerState::closed;
  Instant opened_at{}, probe_at{};  // of the present opening; probe_at while half-open: closes then, if calm
  std::int64_t openings = 0;        // without a day of rest between
  std::int64_t held = 0, spared = 0;
  std::int64_t audience = 0;          // of the last posting
  double lately = 0, earlier = 0;     // replies, fading with 10 and with 20 minutes: their growth
  std::vector<std::string> evidence;  // the last few, oldest first

  void age_to(Instant now);
  // A reply or another posting that counted.
  void add(double weight, double limit, std::string why);
  double reproduction() const;
};

// Who was counted already, so that one sender's many messages are one sender's. The last ones, oldest first.
class Senders {
 public:
  explicit Senders(std::size_t most) : most_(most) {}
  // How often this one was counted; 0: not among the last.
  int times(std::uint32_t who) const;
  void count(std::uint32_t who);
  void clear() { seen_.clear(); }

  void encode(RecordWriter& out) const;
  void decode(RecordReader& in);

 private:
  struct Seen {
    std::uint32_t who = 0;
    int times = 0;
  };
  std::size_t most_;
  std::vector<Seen> seen_;
};
std::uint32_t short_digest(std::string_view sender);

struct Thread {
  std::string key;  // not in the record
  std::string subject;
  std::uint32_t starter = 0;  // 0: not known
  Instant began{}, last{};
  Senders senders{48};
  Switch breaker;

  static std::optional<Thread> decode(std::string_view key, std::string_view value);
  std::string encode() const;
};

struct ListState {
  Switch breaker;
  double fresh = 0;  // the part of the score that is of postings under their own subjects
  std::optional<Instant> last, thread_opened;
  std::optional<Instant> all_closed;       // by hand: threads that opened before are closed too
  double replies = 0, from_newcomers = 0;  // distributed lately, and those of people it did not know
  double postings = 0;                     // distributed, fading with a day: the list's usual pace
  Senders senders{48};

  static ListState decode(std::string_view value);  // anything else: a new list
  std::string encode() const;
};
bool is_list_state(std::string_view value);

}  // namespace breakwater::storm
