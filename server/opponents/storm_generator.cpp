#include "opponents/storm_generator.h"

#include <algorithm>
#include <array>
#include <span>

#include "opponents/storm_phrases.h"
#include "terms/invariant.h"

namespace breakwater::opponents {
namespace {

constexpr std::int64_t kStart_s = 1'700'036'940;  // 15 November 2023, 08:29 UTC: a working day begins
constexpr std::uint64_t kDomains = 40;
constexpr std::size_t kLastRead = 6;  // who does not answer the first message answers one of the last few

struct Share {
  StormVoice voice;
  int weight;
};

// A part of 2^32, most of them small: the second smallest of four draws has the distribution Beta(2,3), of
// five Beta(2,4). Half of each is close to Beta(2,3.5): the storm peaks at a third of its time.
std::uint64_t burst_part(StormDice& dice) {
  std::array<std::uint64_t, 5> draws{};
  const std::size_t count = 4 + static_cast<std::size_t>(dice.below(2));
  for (std::size_t at = 0; at < count; ++at) draws[at] = dice.next() >> 32;
  std::sort(draws.begin(), draws.begin() + static_cast<std::ptrdiff_t>(count));
  return draws[1];
}

// Seconds after the first message, ascending; the first is the spark.
std::vector<std::int64_t> arrivals(const Storm& storm, StormDice& dice) {
  const auto span_s = static_cast<std::uint64_t>(std::max(storm.minutes * 60 - storm.spark_s, 0));
  std::vector<std::int64_t> at_s;
  for (int post = 0; post < storm.posts; ++post)
    at_s.push_back(storm.spark_s + static_cast<std::int64_t>((span_s * burst_part(dice)) >> 32));
  std::sort(at_s.begin(), at_s.end());
  if (!at_s.empty()) at_s.front() = storm.spark_s;
  return at_s;
}

std::vector<std::string> people(const Storm& storm, std::uint64_t audience, StormDice& dice) {
  std::vector<std::string> writers;
  for (int post = 0; post < storm.posts; ++post) {
    if (!writers.empty() && dice.permille(storm.again_permille)) {
      writers.push_back(writers[static_cast<std::size_t>(dice.below(writers.size()))]);
    } else {
      writers.push_back(storm_person(1 + dice.below(audience)));
    }
  }
  return writers;
}

StormVoice voice_of(const StormMix& mix, StormDice& dice) {
  const std::array<Share, 6> shares{{{StormVoice::remove, mix.remove},
                                     {StormVoice::why, mix.why},
                                     {StormVoice::stop, mix.stop},
                                     {StormVoice::joke, mix.joke},
                                     {StormVoice::automatic, mix.automatic},
                                     {StormVoice::work, mix.work}}};
  int sum = 0;
  for (const Share& share : shares) sum += share.weight;
  BREAKWATER_ASSERT(sum > 0);
  auto drawn = static_cast<int>(dice.below(static_cast<std::uint64_t>(sum)));
  for (const Share& share : shares) {
    if (drawn < share.weight) return share.voice;
    drawn -= share.weight;
  }
  return StormVoice::stop;  // not reached
}

std::string one_of(std::span<const std::string_view> texts, StormDice& dice) {
  return std::string(texts[static_cast<std::size_t>(dice.below(texts.size()))]);
}

std::string message_id(const Storm& storm, std::size_t number) {
  return "<" + std::string(storm.name) + "-" + std::to_string(number) + "@members.example>";
}

// Threading and subject of a reply: to the first message mostly, else to one of the last few.
void answer(storm::TraceRow& row, const Storm& storm, const std::vector<storm::TraceRow>& thread,
            StormDice& dice) {
  const std::size_t recent = std::min(thread.size(), kLastRead);
  const bool to_first = dice.below(100) < 55;
  const auto& parent =
      to_first ? thread.front() : thread[thread.size() - 1 - static_cast<std::size_t>(dice.below(recent))];
  const bool fresh = dice.permille(storm.fresh_permille);
  const bool headerless = dice.permille(storm.headerless_permille);
  if (fresh) {
    row.subject = one_of(storm_fresh_subjects(), dice);
  } else {
    const auto markers = row.automatic ? storm_automatic_markers() : storm_reply_markers();
    row.subject = one_of(markers, dice) + std::string(storm.subject);
  }
  if (fresh || headerless) return;
  row.in_reply_to = parent.id;
  row.references.push_back(thread.front().id);
  if (&parent != &thread.front()) row.references.push_back(parent.id);
}

}  // namespace

StormDice::StormDice(std::string_view name, std::uint64_t seed) : state_(0xCBF29CE484222325U) {
  for (const char c : name) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3U;  // FNV-1a
  state_ += seed * 0x9E3779B97F4A7C15U;
}

std::uint64_t StormDice::next() {
  std::uint64_t mixed = (state_ += 0x9E3779B97F4A7C15U);
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
  return mixed ^ (mixed >> 31);
}

std::uint64_t StormDice::below(std::uint64_t limit) {
  BREAKWATER_ASSERT(limit > 0 && limit <= 0xFFFFFFFFU);
  return ((next() >> 32) * limit) >> 32;
}

std::string storm_person(std::uint64_t number) {
  return "member" + std::to_string(number) + "@site" + std::to_string((number - 1) % kDomains) + ".example";
}

std::vector<storm::TraceRow> make_storm(const Storm& storm, const StormOptions& options) {
  const std::int64_t audience = options.audience > 0 ? options.audience : storm.audience;
  StormDice dice(storm.name, options.seed);
  const auto writers =
      people(storm, static_cast<std::uint64_t>(std::clamp<std::int64_t>(audience, 1, 0xFFFFFFFF)), dice);
  const auto times = arrivals(storm, dice);
  std::vector<storm::TraceRow> rows;
  rows.reserve(times.size() + 1);
  storm::TraceRow first;
  first.at = from_ms(kStart_s * 1000);
  first.from = "starter@members.example";
  first.id = message_id(storm, 0);
  first.subject = storm.subject;
  first.body = storm.body;
  rows.push_back(std::move(first));
  for (std::size_t at = 0; at < times.size(); ++at) {
    storm::TraceRow row;
    row.at = from_ms((kStart_s + times[at]) * 1000);
    row.from = writers[at];
    row.id = message_id(storm, at + 1);
    const StormVoice voice = voice_of(storm.mix, dice);
    row.automatic = voice == StormVoice::automatic;
    answer(row, storm, rows, dice);
    row.body = one_of(storm_phrases(voice), dice);
    if (!row.automatic && dice.below(2) == 0) row.body += "\n\n" + one_of(storm_signatures(), dice);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace breakwater::opponents
