#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "breaker_rig.h"
#include "storm/breaker_record.h"
#include "storm/evidence.h"
#include "storm/voices.h"

namespace breakwater::storm {
namespace {

// Any course of a list: who, how many words, in answer to which message, after how long (also backwards).
struct Move {
  int who = 0, words = 0, to = 0, minutes_later = 0;
  bool automatic = false;
};

std::vector<Move> moves() {
  const auto one = rc::gen::construct<Move>(
      rc::gen::inRange(0, 30), rc::gen::inRange(0, 60), rc::gen::inRange(0, 20), rc::gen::inRange(-3, 60),
      rc::gen::map(rc::gen::inRange(0, 10), [](int dice) { return dice == 0; }));
  return *rc::gen::resize(120, rc::gen::container<std::vector<Move>>(one));
}

std::string words(int count) {
  std::string out;
  for (int word = 0; word < count; ++word) out += "word ";
  return out;
}

// The verdicts of a course; what the rig remembers besides is whatever was there before.
std::vector<Judgement> play(BreakerRig& rig, const std::vector<Move>& course) {
  std::vector<Judgement> said;
  std::vector<std::string> ids;
  for (const Move& move : course) {
    rig.now += minutes(move.minutes_later);
    const auto to = static_cast<std::size_t>(move.to);
    Facts facts = rig.facts("p" + std::to_string(move.who), words(move.words), to < ids.size() ? ids[to] : "",
                            "Subject " + std::to_string(move.to));
    facts.automatic = move.automatic;
    ids.push_back(facts.message_id);
    said.push_back(rig.judge(facts));
  }
  return said;
}

bool is_sound(double score) { return score >= 0 && std::isfinite(score); }

RC_GTEST_PROP(BreakerProperties, ScoresAreNeverNegativeAndFallWithTime, ()) {
  BreakerRig rig;
  const std::vector<Judgement> said = play(rig, moves());
  std::vector<std::pair<Kind, std::string>> keys = {{Kind::list, ""}};
  for (const Judgement& judgement : said) keys.emplace_back(Kind::thread, judgement.thread);
  for (const auto& [kind, key] : keys) {
    const auto stored = rig.memory.get(rig.list, kind, key, rig.now).value();
    if (!stored) continue;
    double last = std::numeric_limits<double>::infinity();
    for (int hour = 0; hour < 30; ++hour) {
      const auto at = report(kind, key, *stored, rig.options, rig.now + hours(hour));
      RC_ASSERT(at.has_value());
      RC_ASSERT(is_sound(at->score) && is_sound(at->reproduction));
      RC_ASSERT(at->score <= last);
      last = at->score;
    }
    RC_ASSERT(stored->size() < 2048);
  }
}

RC_GTEST_PROP(BreakerProperties, WhoWasOnlyHeldIsNoVoice, ()) {
  BreakerRig rig;
  const std::string first = rig.storm();
  const std::vector<Move> course = moves();
  for (const Move& move : course) {
    const std::string who = "held" + std::to_string(move.who);
    rig.now += seconds(20);
    const Judgement said = rig.post(who, words(move.words % 10), first);
    if (said.verdict != Verdict::hold) RC_DISCARD("a probe");
    RC_ASSERT(!rig.memory.get(rig.list, Kind::voice, digest(who), rig.now).value().has_value());
  }
}

RC_GTEST_PROP(BreakerProperties, OtherListsChangeNothing, ()) {
  BreakerRig alone, among;
  const std::vector<Move> course = moves();
  among.list = ListId{2};
  play(among, moves());
  among.list = ListId{1};
  among.now = alone.now;
  among.count_anew();
  const auto expected = play(alone, course);
  const auto found = play(among, course);
  for (std::size_t at = 0; at < course.size(); ++at) {
    RC_ASSERT(found[at].verdict == expected[at].verdict);
    RC_ASSERT(found[at].reason == expected[at].reason);
  }
}

RC_GTEST_PROP(BreakerProperties, AnyBytesDecode, (const std::string& bytes)) {
  for (const std::string& value : {bytes, "t1 " + bytes, "l1 " + bytes, "v1 " + bytes}) {
    Thread::decode("k", value);
    ListState::decode(value);
    Voice::decode(value);
  }
  const Wording wording = wording_of(bytes);
  RC_ASSERT(wording.words >= 0 && wording.words <= static_cast<double>(bytes.size()));
}

RC_GTEST_PROP(BreakerProperties, RecordsComeBackWhole, ()) {
  BreakerRig rig;
  for (const Judgement& judgement : play(rig, moves())) {
    const auto stored = rig.memory.get(rig.list, Kind::thread, judgement.thread, rig.now).value();
    RC_ASSERT(stored.has_value());
    const auto thread = Thread::decode(judgement.thread, *stored);
    RC_ASSERT(thread.has_value());
    RC_ASSERT(thread->encode() == *stored);
  }
  const auto list = rig.memory.get(rig.list, Kind::list, "", rig.now).value();
  if (list) RC_ASSERT(ListState::decode(*list).encode() == *list);
}

}  // namespace
}  // namespace breakwater::storm
