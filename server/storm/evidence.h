// What one posting says for or against a storm. Each sign is weighed by how much likelier it is in a storm
// than in a discussion (the logarithm of that ratio, in round numbers), so signs add up, and a discussion's
// signs count against a storm as a storm's count for it. No word of the text is read. docs/storm.md has the
// measurements. Pure; no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "terms/instant.h"

namespace breakwater::storm {

// The shape of what the sender wrote themselves, without the signature as far as the lines' shape tells.
struct Wording {
  double words = 0;  // characters of scripts without spaces count as the part of a word they are
  int marks = 0;     // brackets, slashes, equals signs: code, links, figures; who only complains writes none
};
Wording wording_of(std::string_view body);

struct Signs {
  bool reply = false;      // to something of this list; else a posting of its own
  bool automatic = false;  // a program wrote it
  Wording wording;
  std::optional<Duration> gap;  // since the posting before, in the thread or on the list; never negative
  int days_known = 0;           // of the sender, see voices.h
  double newcomers = 0.5;       // share of the list's replies that come from people it does not know
};

// A posting by somebody new to the thread (a reply), or by somebody new to the list (any other).
double weigh(const Signs& signs);
// "+3.8 new to the list, 6 words, 40 s after the last"; `weight` as it was counted.
std::string describe(const Signs& signs, double weight);

// Shortness and speed alone, for who has written to the thread before.
double haste(const Signs& signs);

constexpr double most_weight = 4.3;     // of one posting: two people never open a breaker
constexpr double own_thread = -1.0;     // the starter answers: people talk
constexpr double again = -0.15;         // so do those who write again
constexpr double again_in_haste = 1.0;  // but not in a heated thread, in few words: this part of haste
constexpr double fresh_most = 3.0;      // a posting under its own subject, while nothing else is heated

// The score at which a breaker opens for so many recipients.
double limit_of(std::int64_t audience, double sensitivity);

constexpr double list_room = 1.35;  // the list's limit by a thread's: it hears many threads

// What is left of a score after so long.
double decayed(double score, Duration age);
// The same of a count, that keeps 1/e of itself in so many minutes.
double fading(Duration age, double minutes);
constexpr Duration half_life = std::chrono::minutes(75);

}  // namespace breakwater::storm
