#include "storm/budgets.h"

#include <algorithm>
#include <string>
#include <vector>

#include "mail/message.h"
#include "storm/limiter.h"
#include "storm/number_text.h"

namespace breakwater::storm {
namespace {

struct Limit {
  ListId list;
  std::string key;
  std::string whose;  // "the sender's budget of 20,000 deliveries an hour is used up"
  std::int64_t an_hour = 0;
  bool waits = true;
  Budget budget{};
  Rate rate() const { return {an_hour, an_hour}; }  // a rested budget is an hour's
};

std::vector<Limit> limits_of(const Facts& facts, const Policy& policy, std::int64_t server_deliveries) {
  std::vector<Limit> limits;
  const std::string sender = "sender:" + digest(facts.sender);
  const std::int64_t of_sender = rate_of(policy.sender_deliveries, auto_sender, facts.audience);
  limits.push_back({facts.list, sender, "the sender's", of_sender});
  // A budget owes time, not deliveries: on each list a posting costs the share that it is of that list's
  // budget, and the shares are added up.
  limits.push_back({ListId{}, sender, "over all lists the sender's",
                    of_sender > max_rate / sender_lists ? max_rate : of_sender * sender_lists});
  limits.push_back({facts.list, "list", "the list's",
                    rate_of(policy.list_deliveries, auto_list, facts.audience), !facts.trusted});
  if (server_deliveries > 0) limits.push_back({ListId{}, "server", "the server's", server_deliveries});
  return limits;
}

std::string budget_text(const Limit& limit) {
  return limit.whose + " budget of " + grouped(limit.an_hour) + " deliveries an hour is used up";
}

}  // namespace

Result<Judgement> judge_budgets(const Facts& facts, const Policy& policy, std::int64_t server_deliveries,
                                Memory& memory, Instant now) {
  const std::int64_t deliveries = std::max<std::int64_t>(0, facts.audience);
  auto limits = limits_of(facts, policy, server_deliveries);
  Instant at = now;
  const Limit* last = nullptr;
  for (Limit& limit : limits) {
    auto stored = memory.get(limit.list, Kind::budget, limit.key, now);
    if (!stored) return stored.error();
    if (*stored) limit.budget = Budget::decode(**stored);
    const Instant own = limit.budget.earliest(deliveries, limit.rate(), now);
    if (!limit.waits || own <= at) continue;
    at = own;
    last = &limit;
  }
  Judgement judgement;
  if (last != nullptr) {
    judgement.defence = Defence::limiter;
    judgement.verdict = at - now > longest_deferral ? Verdict::hold : Verdict::defer;
    if (judgement.verdict == Verdict::hold) {
      judgement.reason = budget_text(*last) + ", and there would be room for " + people(deliveries) +
                         " only in more than a day: a person releases it, or not";
      return judgement;
    }
    judgement.until = at;
    judgement.reason = budget_text(*last) + "; there is room for these " + people(deliveries) + " at " +
                       mail::format_date(at) + ", then it goes out by itself";
  }
  for (Limit& limit : limits) {
    limit.budget.take(deliveries, limit.rate(), now);
    auto kept = memory.put(limit.list, Kind::budget, limit.key, limit.budget.encode(), now);
    if (!kept) return kept.error();
  }
  return judgement;
}

}  // namespace breakwater::storm
