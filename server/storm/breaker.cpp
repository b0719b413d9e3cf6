#include "storm/breaker.h"

#include <algorithm>

#include "storm/breaker_reason.h"
#include "storm/breaker_record.h"
#include "storm/evidence.h"
#include "storm/threads.h"
#include "storm/voices.h"

namespace breakwater::storm {
namespace {

constexpr double kHeated = 0.35;         // of the limit: something is going on in the thread
constexpr double kListHeated = 0.5;      // the same of the list's replies: one alone does not do it
constexpr double kFreshByReplies = 0.5;  // and as much of the score of the list's replies
constexpr double kFreshShare = 0.43;     // of the list's limit: postings that are no replies, by themselves
constexpr double kCalm = 0.5;            // of the limit: a probe may go, a half-open breaker may close
constexpr double kKnownPosting = -0.5;   // somebody known starts something: ordinary life
constexpr double kQuiet = 0.5;           // a score that forgets whom it counted
constexpr double kPriorReplies = 10, kPriorNewcomers = 0.46;
constexpr double kMostReplies = 400;                 // counts are halved there, so that a list may change
constexpr Duration kSpread = std::chrono::hours(1);  // so long a thread's opening makes the list wary
constexpr Duration kRest = std::chrono::hours(24);   // after so long an opening is the first again
constexpr Duration kSkew = std::chrono::minutes(1);  // of clocks; what is further ahead is a clock set back

// One posting, all that is known of it, and the breakers it meets.
struct Hearing {
  const Facts& facts;
  const BreakerOptions& options;
  Instant now;
  Place place;
  ListState list;
  Voice voice;
  Signs signs;
  std::uint32_t who = 0;
  double limit = 0, list_limit = 0;
  bool spreading = false;  // a thread of this list opened lately

  Thread& thread() { return place.thread; }
  bool all_closed() const {
    return list.breaker.state == BreakerState::closed && place.thread.breaker.state == BreakerState::closed;
  }
};

// Since then; nullopt: never, or the clock was set back and nothing is known.
std::optional<Duration> gap_since(std::optional<Instant> last, Instant now) {
  if (!last || *last - now > kSkew) return std::nullopt;
  return std::max(now - *last, Duration::zero());
}

Result<Hearing> hear(const Facts& facts, const BreakerOptions& options, Memory& memory, Instant now) {
  auto place = find_thread(facts, memory, now);
  if (!place) return place.error();
  auto stored = memory.get(facts.list, Kind::list, "", now);
  if (!stored) return stored.error();
  auto voice = voice_of(facts.list, facts.sender, memory, now);
  if (!voice) return voice.error();
  Hearing hearing{
      .facts = facts, .options = options, .now = now, .place = std::move(*place), .voice = *voice};
  if (*stored) hearing.list = ListState::decode(**stored);
  ListState& list = hearing.list;
  Switch& breaker = hearing.thread().breaker;
  if (list.all_closed && breaker.state != BreakerState::closed && breaker.opened_at <= *list.all_closed) {
    breaker = {};
  }
  breaker.age_to(now);
  list.fresh = decayed(list.fresh, now - list.breaker.at);
  list.breaker.age_to(now);
  if (list.breaker.score < kQuiet && list.breaker.state == BreakerState::closed) list.senders.clear();
  breaker.audience = list.breaker.audience = std::max<std::int64_t>(0, facts.audience);
  hearing.who = short_digest(facts.sender);
  hearing.limit = limit_of(facts.audience, options.sensitivity);
  const auto since_opened = gap_since(list.thread_opened, now);
  hearing.spreading = since_opened && *since_opened < kSpread;
  hearing.list_limit = hearing.limit * (hearing.spreading ? 1 : list_room);
  return hearing;
}

// A minute between two postings is nothing on a list that has one a minute: gaps are measured by an hour, or
// by the list's own pace where that is faster.
std::optional<Duration> list_gap(const Hearing& hearing) {
  constexpr double kEnough = 20, kHourly = 24;
  const auto gap = gap_since(hearing.list.last, hearing.now);
  const double a_day = hearing.list.postings;
  if (!gap || a_day < std::max(kEnough, kHourly)) return gap;
  return Duration(static_cast<std::int64_t>(static_cast<double>(gap->count()) * a_day / kHourly));
}

void read_signs(Hearing& hearing) {
  const ListState& list = hearing.list;
  Signs& signs = hearing.signs;
  signs.reply = hearing.place.reply;
  signs.automatic = hearing.facts.automatic;
  signs.wording = wording_of(hearing.facts.body);
  signs.gap = signs.reply ? gap_since(hearing.thread().last, hearing.now) : list_gap(hearing);
  signs.days_known = hearing.voice.days_known(hearing.now);
  signs.newcomers = (list.from_newcomers + kPriorReplies * kPriorNewcomers) / (list.replies + kPriorReplies);
}

double weight_of_reply(const Hearing& hearing) {
  const Thread& thread = hearing.place.thread;
  const int before = thread.senders.times(hearing.who);
  if (hearing.signs.automatic) return before < 2 ? most_weight : 0;
  if (hearing.who == thread.starter) return own_thread;
  if (before == 0) return weigh(hearing.signs);
  const bool heated = thread.breaker.score > kHeated * hearing.limit;
  if (!heated) return again;
  // It heats the thread up, but two people who talk do not open it: that takes one who is new to it.
  const double room = std::max(hearing.limit - thread.breaker.score, 0.0);
  return before < 2 ? std::min(again_in_haste * haste(hearing.signs), room) : 0;
}

// What a posting under its own subject says; `room` is what such postings may still add by themselves.
double weight_of_fresh(const Hearing& hearing) {
  constexpr double kLeast = -1.0;
  const ListState& list = hearing.list;
  if (hearing.signs.days_known > 0) return kKnownPosting;
  const double replies = list.breaker.score - list.fresh;
  const double most = replies > kListHeated * hearing.limit ? most_weight : fresh_most;
  const double weight = std::clamp(weigh(hearing.signs), kLeast, most);
  if (list.breaker.state != BreakerState::closed || hearing.spreading) return weight;
  const double room = kFreshShare * hearing.limit * list_room + kFreshByReplies * replies - list.fresh;
  return std::min(weight, std::max(room, 0.0));
}

// Counts the posting into both scores; returns what each was given.
struct Weights {
  double thread = 0, list = 0;
};
Weights count(Hearing& hearing) {
  Weights weights;
  Thread& thread = hearing.thread();
  ListState& list = hearing.list;
  if (hearing.place.reply) {
    weights.thread = weights.list = weight_of_reply(hearing);
    for (Switch* breaker : {&thread.breaker, &list.breaker}) {
      breaker->lately += 1;
      breaker->earlier += 1;
    }
  } else {
    weights.list = weight_of_fresh(hearing);
  }
  // Two of one sender's are counted on the list, whatever number of threads they are in.
  if (weights.list > 0 && list.senders.times(hearing.who) >= 2) weights.list = 0;
  // What is calm elsewhere does not calm a storm.
  if (weights.list < 0 && !hearing.all_closed()) weights.list = 0;
  const std::string why = describe(hearing.signs, weights.list);
  thread.breaker.add(weights.thread, hearing.limit, why);
  list.breaker.add(weights.list, hearing.limit * list_room, why);
  if (!hearing.place.reply && weights.list > 0) list.fresh += weights.list;
  list.fresh = std::min(list.fresh, list.breaker.score);
  if (weights.list > 0) list.senders.count(hearing.who);
  if (hearing.place.reply || hearing.place.first) thread.senders.count(hearing.who);
  thread.last = hearing.now;
  list.last = hearing.now;
  return weights;
}

void open(Switch& breaker, const BreakerOptions& options, Instant now) {
  const bool again_soon = breaker.openings > 0 && now - breaker.opened_at < kRest;
  breaker.openings = again_soon ? breaker.openings + 1 : 1;
  if (!again_soon) breaker.held = breaker.spared = 0;
  Duration time = std::min(options.open_time, options.longest_open_time);
  for (std::int64_t n = 1; n < breaker.openings && time < options.longest_open_time; ++n) time *= 2;
  breaker.state = BreakerState::open;
  breaker.opened_at = now;
  breaker.probe_at = now + std::min(time, options.longest_open_time);
}

// One step of the switch. A clock that was set back does not make the wait longer than the longest.
enum class Step { pass, hold, opened };
Step step(Switch& breaker, double weight, double limit, const BreakerOptions& options, Instant now) {
  breaker.probe_at = std::min(breaker.probe_at, now + options.longest_open_time);
  const bool calm = breaker.score - std::max(weight, 0.0) <= kCalm * limit;
  const bool due = now >= breaker.probe_at && calm;
  if (breaker.state == BreakerState::open) {
    if (!due) return Step::hold;
    breaker.state = BreakerState::half_open;
    breaker.probe_at = now + options.open_time;
    return Step::pass;
  }
  if (options.enabled && breaker.score > limit) {
    open(breaker, options, now);
    return Step::opened;
  }
  if (breaker.state == BreakerState::half_open && due) breaker.state = BreakerState::closed;
  return Step::pass;
}

// While the list is open: people it knows go on in the threads that were there before, and write what is no
// quick shout.
bool goes_on(const Hearing& hearing) {
  if (hearing.signs.days_known == 0 || hearing.signs.automatic) return false;
  const Thread& thread = hearing.place.thread;
  if (!hearing.place.reply) return haste(hearing.signs) <= 1;
  constexpr double kCold = 1.0 / 3;
  return hearing.list.breaker.opened_at - thread.began > kSpread &&
         thread.breaker.score < kCold * hearing.limit;
}

struct Outcome {
  Step thread = Step::pass, list = Step::pass;
  bool by_itself = false;  // held, and no breaker has to do with it
  bool held() const { return thread != Step::pass || list != Step::pass || by_itself; }
  bool opened() const { return thread == Step::opened || list == Step::opened; }
};

// The third answer of a program to one thread is a loop. And in a thread that is all but a storm, a stranger
// who shouts again is kept back alone: that opens nothing, and reaches nobody.
bool is_repeated(const Hearing& hearing) {
  constexpr double kAllBut = 0.75, kShout = 1.5;
  const Thread& thread = hearing.place.thread;
  const int before = hearing.place.reply ? thread.senders.times(hearing.who) : 0;
  if (hearing.signs.automatic) return before >= 2;
  return before > 0 && hearing.who != thread.starter && hearing.signs.days_known == 0 &&
         thread.breaker.score > kAllBut * hearing.limit && haste(hearing.signs) >= kShout;
}

Outcome decide(Hearing& hearing) {
  Outcome outcome;
  Thread& thread = hearing.thread();
  ListState& list = hearing.list;
  outcome.by_itself = is_repeated(hearing);
  const Weights weights = count(hearing);
  if (hearing.place.reply) {
    outcome.thread = step(thread.breaker, weights.thread, hearing.limit, hearing.options, hearing.now);
  }
  if (outcome.thread == Step::opened) list.thread_opened = hearing.now;
  if (outcome.thread != Step::pass) hearing.list_limit = hearing.limit;
  const bool was_closed = list.breaker.state != BreakerState::open;
  outcome.list = step(list.breaker, weights.list, hearing.list_limit, hearing.options, hearing.now);
  if (outcome.list == Step::hold && !was_closed && goes_on(hearing)) outcome.list = Step::pass;
  if (hearing.facts.trusted || !hearing.options.enabled) return {};
  const auto note_held = [&](Switch& breaker) {
    ++breaker.held;
    breaker.spared += breaker.audience;
  };
  if (outcome.thread != Step::pass) note_held(thread.breaker);
  if (outcome.list != Step::pass) note_held(list.breaker);
  return outcome;
}

void note_distributed(Hearing& hearing, Duration since_last) {
  ListState& list = hearing.list;
  constexpr double kMinutesADay = 1440;
  list.postings = list.postings * fading(since_last, kMinutesADay) + 1;
  if (!hearing.place.reply || !hearing.all_closed()) return;
  list.replies += 1;
  list.from_newcomers += hearing.signs.days_known == 0 ? 1 : 0;
  if (list.replies <= kMostReplies) return;
  list.replies /= 2;
  list.from_newcomers /= 2;
}

Judgement judgement_of(const Hearing& hearing, const Outcome& outcome) {
  Judgement judgement;
  judgement.thread = hearing.place.thread.key;
  if (!outcome.held()) return judgement;
  judgement.verdict = Verdict::hold;
  judgement.defence = Defence::breaker;
  judgement.opened = outcome.opened();
  if (outcome.thread == Step::pass && outcome.list == Step::pass) {
    judgement.reason =
        hearing.signs.automatic
            ? "it is an automatic message, the third of its sender in this thread"
            : "its sender, who is new to the list, writes again in few words, in a thread that "
              "many people answer at once";
    return judgement;
  }
  const bool of_thread = outcome.thread != Step::pass;
  const Switch& breaker = of_thread ? hearing.place.thread.breaker : hearing.list.breaker;
  judgement.until = breaker.probe_at;
  judgement.reason = reason_of(breaker, of_thread, of_thread ? hearing.limit : hearing.list_limit);
  return judgement;
}

Result<void> keep(const Hearing& hearing, Memory& memory) {
  if (auto put = remember(hearing.facts, hearing.place, memory, hearing.now); !put) return put;
  return memory.put(hearing.facts.list, Kind::list, "", hearing.list.encode(), hearing.now);
}

}  // namespace

Result<Judgement> judge_breaker(const Facts& facts, const BreakerOptions& options, Memory& memory,
                                Instant now) {
  auto heard = hear(facts, options, memory, now);
  if (!heard) return heard.error();
  Hearing& hearing = *heard;
  read_signs(hearing);
  const Duration since_last = gap_since(hearing.list.last, now).value_or(Duration::zero());
  const Outcome outcome = decide(hearing);
  if (!outcome.held()) {
    note_distributed(hearing, since_last);
    if (auto put = note_voice(facts.list, facts.sender, hearing.voice, memory, now); !put) return put.error();
  }
  if (auto put = keep(hearing, memory); !put) return put.error();
  return judgement_of(hearing, outcome);
}

// Somebody looked and found it fit for all: its sender is a voice from now on, and what it was counted for is
// taken back.
Result<void> note_released(const Facts& facts, const BreakerOptions& options, Memory& memory, Instant now) {
  auto heard = hear(facts, options, memory, now);
  if (!heard) return heard.error();
  Hearing& hearing = *heard;
  for (Switch* breaker : {&hearing.thread().breaker, &hearing.list.breaker}) {
    breaker->score = std::max(breaker->score - most_weight, 0.0);
  }
  hearing.list.fresh = std::min(hearing.list.fresh, hearing.list.breaker.score);
  if (hearing.place.first) hearing.thread().last = now;
  if (auto put = note_voice(facts.list, facts.sender, hearing.voice, memory, now); !put) return put;
  return keep(hearing, memory);
}

Result<bool> is_open(ListId list, std::string_view thread, Memory& memory, Instant now) {
  auto stored = memory.get(list, Kind::list, "", now);
  if (!stored) return stored.error();
  const ListState state = *stored ? ListState::decode(**stored) : ListState{};
  if (state.breaker.state == BreakerState::open) return true;
  if (thread.empty()) return false;
  auto record = memory.get(list, Kind::thread, thread, now);
  if (!record) return record.error();
  const auto found = *record ? Thread::decode(thread, **record) : std::nullopt;
  if (!found || found->breaker.state != BreakerState::open) return false;
  return !state.all_closed ||
         found->breaker.opened_at > *state.all_closed;  // else closed by hand, with the list
}

Result<void> close_breaker(ListId list, std::string_view thread, Memory& memory, Instant now) {
  const Kind kind = thread.empty() ? Kind::list : Kind::thread;
  auto stored = memory.get(list, kind, thread, now);
  if (!stored) return stored.error();
  if (kind == Kind::thread) {
    auto found = *stored ? Thread::decode(thread, **stored) : std::nullopt;
    if (!found) return error(Fault::not_found, "no such thread: " + std::string(thread));
    found->breaker = {};
    found->breaker.at = now;
    return memory.put(list, kind, thread, found->encode(), now);
  }
  ListState state = *stored ? ListState::decode(**stored) : ListState{};
  state.breaker = {};
  state.breaker.at = now;
  state.fresh = 0;
  state.senders.clear();
  state.thread_opened.reset();
  state.all_closed = now;
  return memory.put(list, kind, thread, state.encode(), now);
}

}  // namespace breakwater::storm
