#include "storm/guard.h"

#include <algorithm>
#include <string>

#include "storm/breaker.h"
#include "storm/budgets.h"
#include "storm/draft.h"
#include "storm/drift.h"
#include "storm/leave_request.h"
#include "storm/number_text.h"
#include "storm/replies.h"

namespace breakwater::storm {
namespace {

Judgement say(Verdict verdict, Defence defence, std::string reason) {
  Judgement judgement;
  judgement.verdict = verdict;
  judgement.defence = defence;
  judgement.reason = std::move(reason);
  return judgement;
}

// A message of this list, as far as it remembers.
Result<bool> answers_a_known_message(const Facts& facts, Memory& memory, Instant now) {
  std::vector<std::string> ids = facts.references;
  ids.push_back(facts.in_reply_to);
  for (const std::string& id : ids) {
    if (id.empty()) continue;
    auto known = memory.get(facts.list, Kind::message, digest(id), now);
    if (!known) return known.error();
    if (*known) return true;
  }
  return false;
}

// Words that programs use prove nothing: people write "out of office" too. As an answer to what the list sent
// out, or to a large list, they are a robot's until a person has looked. A confirmation was a person.
Result<bool> is_likely_machine(const Facts& facts, const Policy& policy, Memory& memory, Instant now) {
  if (facts.suspect.empty() || facts.trusted || facts.confirmed || !is_reply(facts)) return false;
  if (facts.audience > policy.large_audience) return true;
  return answers_a_known_message(facts, memory, now);
}

// The lines that hold a posting for what it or its list is, whoever waits to confirm it.
Result<std::optional<Judgement>> judge_nature(const Facts& facts, const Policy& policy, Memory& memory,
                                              Instant now) {
  auto machine = is_likely_machine(facts, policy, memory, now);
  if (!machine) return machine.error();
  if (*machine) return say(Verdict::hold, Defence::machine, facts.suspect + ", and it is a reply");
  auto confirmed = confirmed_audience(facts.list, memory, now);
  if (!confirmed) return confirmed.error();
  if (auto drift = drift_of(policy, facts.audience, *confirmed)) {
    return say(Verdict::hold, Defence::drift, std::move(*drift));
  }
  if (!facts.trusted && asks_to_leave(facts)) {
    Judgement leave =
        say(Verdict::hold, Defence::leave_request,
            "it asks to be taken off the list, which " + people(std::max<std::int64_t>(0, facts.audience)) +
                " need not read; its sender is told privately how to leave");
    leave.wants_to_leave = true;
    return leave;
  }
  return std::optional<Judgement>();
}

std::optional<Judgement> judge_reply(const Facts& facts, const Policy& policy) {
  if (facts.trusted || policy.large_reply == LargeReply::distribute) return std::nullopt;
  if (facts.audience <= policy.large_audience || !is_reply(facts)) return std::nullopt;
  const std::string what = "it is a reply, and it would reach " + people(facts.audience) +
                           "; on a list of more than " + grouped(policy.large_audience);
  if (policy.large_reply == LargeReply::hold) {
    return say(Verdict::hold, Defence::reply_policy, what + " a moderator releases replies");
  }
  return say(Verdict::divert, Defence::reply_policy,
             what + " replies go to the author of the message they answer, to nobody else");
}

// Standing: what the sender has to confirm, and what moderators have to release.
std::optional<Judgement> judge_standing(const Facts& facts, const Policy& policy) {
  const auto above = [&](std::int64_t tier) { return tier > 0 && facts.audience > tier; };
  const std::string reach = "it would reach " + people(facts.audience) + "; above ";
  if (above(policy.confirm_above) && !facts.confirmed) {
    return say(Verdict::confirm, Defence::standing,
               reach + grouped(policy.confirm_above) + " its sender confirms it first");
  }
  const int needed = moderators_needed(policy, facts.audience);
  const bool two = needed == 2;
  const int approvals = needed - (facts.trusted ? 1 : 0);
  if (approvals <= 0) return std::nullopt;
  Judgement tier = say(Verdict::hold, Defence::standing, "");
  tier.approvals = approvals;
  tier.reason = reach + grouped(two ? policy.two_moderators_above : policy.moderator_above) +
                (two ? " two moderators release it" : " a moderator releases it");
  if (two && approvals == 1) tier.reason += ", of whom its sender counts as one";
  return tier;
}

// What waits for its sender, for approvals or for its audience to be confirmed is judged again, or released
// by people: the breaker has not seen it yet, and sees it once.
bool waits(const Judgement& judgement) {
  return judgement.defence == Defence::standing || judgement.defence == Defence::drift;
}

Judgement strongest(const Facts& facts, const Policy& policy, const Judgement& breaker,
                    std::optional<Judgement> nature) {
  if (nature) return std::move(*nature);
  if (breaker.verdict == Verdict::hold && !facts.trusted) return breaker;
  if (auto reply = judge_reply(facts, policy)) return std::move(*reply);
  if (auto standing = judge_standing(facts, policy)) return std::move(*standing);
  return {};
}

// It goes out, now or when the budgets have room.
Result<Judgement> judge_sending(const Facts& facts, const Policy& policy, const GuardOptions& options,
                                Memory& memory, Instant now) {
  auto judgement = judge_budgets(facts, policy, options.server_deliveries, memory, now);
  if (!judgement || judgement->verdict == Verdict::hold) return judgement;
  // Within tolerance, or the first: from here on this is what a jump is measured against.
  auto confirmed = confirmed_audience(facts.list, memory, now);
  if (!confirmed) return confirmed.error();
  if (*confirmed == facts.audience) {
    // Nothing to write.
  } else if (auto noted = note_audience_confirmed(facts.list, facts.audience, memory, now); !noted) {
    return noted.error();
  }
  if (judgement->verdict != Verdict::distribute) return judgement;
  judgement->reason = "it reaches " + people(std::max<std::int64_t>(0, facts.audience));
  if (facts.confirmed) judgement->reason += ", as its sender has confirmed";
  return judgement;
}

}  // namespace

int moderators_needed(const Policy& policy, std::int64_t audience) {
  const auto above = [&](std::int64_t tier) { return tier > 0 && audience > tier; };
  return above(policy.two_moderators_above) ? 2 : above(policy.moderator_above) ? 1 : 0;
}

Result<Judgement> judge(const Facts& facts, const Policy& policy, const GuardOptions& options, Memory& memory,
                        Instant now) {
  if (options.only_breaker) return judge_breaker(facts, policy.breaker, memory, now);
  if (facts.automatic) {
    return say(Verdict::refuse, Defence::machine,
               facts.suspect.empty() ? "it is an automatic message" : facts.suspect);
  }
  if (!facts.frozen.empty()) {
    return say(Verdict::hold, Defence::freeze, "the list is frozen: " + facts.frozen);
  }
  auto nature = judge_nature(facts, policy, memory, now);
  if (!nature) return nature.error();
  Draft draft(memory);
  auto breaker = judge_breaker(facts, policy.breaker, draft, now);
  if (!breaker) return breaker.error();
  Judgement judgement = strongest(facts, policy, *breaker, std::move(*nature));
  judgement.thread = breaker->thread;
  if (waits(judgement)) return judgement;
  if (auto kept = draft.keep(); !kept) return kept.error();
  if (judgement.verdict == Verdict::distribute) {
    auto sent = judge_sending(facts, policy, options, memory, now);
    if (!sent) return sent.error();
    judgement = std::move(*sent);
    judgement.thread = breaker->thread;
  }
  judgement.opened = breaker->opened;
  return judgement;
}

}  // namespace breakwater::storm
