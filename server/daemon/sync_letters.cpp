#include "daemon/sync_letters.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "pipeline/sync_letters.h"
#include "sources/configured.h"
#include "store/sync_offers.h"

namespace breakwater::daemon {
namespace {

constexpr std::size_t kNamed = 10;   // of each side
constexpr std::size_t kSources = 5;  // and of what they had to say
constexpr Duration kToldAgain = std::chrono::hours{24};

template <class Facts>
Facts facts_about(const lists::List& list) {
  Facts facts;
  facts.list_address = list.address();
  facts.owner_address = list.sub_address("owner");
  return facts;
}

bool lately(const std::optional<Instant>& told, Instant now) {
  return told && *told <= now && now - *told < kToldAgain;
}

Result<void> post_to_owners(WriteJob& job, const lists::List& list, const mail::Notice& letter,
                            std::string reason) {
  auto owners = StoreDirectory(job.db, job.running).owners(list);
  if (!owners) return owners.error();
  if (owners->recipients == 0) return {};
  auto posted = post_own(job, letter, *owners, list, store::PostingKind::notice, std::move(reason));
  return posted ? Result<void>() : posted.error();
}

}  // namespace

Result<void> tell_of_held(WriteJob& job, const lists::List& list, store::LastSync& last,
                          const std::string& plan, const admin::SyncOutcome& outcome) {
  // A source in which somebody comes and goes all day makes another plan each time.
  if (last.told_plan == plan || lately(last.told, job.now)) return {};
  auto facts = facts_about<pipeline::SyncHeldFacts>(list);
  facts.counts = outcome.counts;
  facts.decision = outcome.decision;
  facts.limits = list.sync.limits;
  for (std::size_t at = 0; at < std::min(kSources, list.sync.sources.size()); ++at)
    facts.sources.push_back(sources::name_of(list.sync.sources[at]));
  facts.remarks.assign(
      outcome.remarks.begin(),
      outcome.remarks.begin() + static_cast<std::ptrdiff_t>(std::min(kSources, outcome.remarks.size())));
  for (std::size_t at = 0; at < std::min(kNamed, outcome.first_added.size()); ++at)
    facts.joining.push_back(outcome.first_added[at].mailbox);
  for (std::size_t at = 0; at < std::min(kNamed, outcome.first_removed.size()); ++at)
    facts.leaving.push_back(outcome.first_removed[at]);
  last.told_plan = plan;
  last.told = job.now;
  StoreDirectory directory(job.db, job.running);
  auto owners = directory.asked_about_list(list);
  if (!owners) return owners.error();
  for (const mail::Address& owner : *owners) {
    const std::string token = new_token();
    facts.to = owner.mailbox;
    facts.command_address = list.sub_address("request+" + token);
    facts.until = job.now + kModeratorsTime;
    auto kept =
        store::add_sync_offer(job.db,
                              {token_digest(token), job.running.lists.at(list.address()).id, owner.key, plan,
                               facts.counts.added, facts.counts.removed, facts.until},
                              job.now);
    if (!kept) return kept;
    auto audience = directory.people({owner});
    if (!audience) return audience.error();
    auto posted =
        post_own(job, pipeline::sync_held_letter(facts, job.running.config->templates, list.language),
                 *audience, list, store::PostingKind::notice, "a sync of the list is held");
    if (!posted) return posted.error();
  }
  return {};
}

Result<void> tell_of_failure(WriteJob& job, const lists::List& list, store::LastSync& last,
                             const std::string& source) {
  // Of one that fails every other time nobody wants to read each time.
  if (last.failing || lately(last.failure_told, job.now)) return {};
  auto facts = facts_about<pipeline::SyncFailedFacts>(list);
  facts.source = source.empty() ? "this server itself" : source;
  facts.error = last.reason;
  facts.last = last.succeeded.value_or(Instant{});
  facts.retried = !list.sync.by_hand_only();
  last.failing = last.failure_told = job.now;
  return post_to_owners(job, list,
                        pipeline::sync_failed_letter(facts, job.running.config->templates, list.language),
                        "a sync of the list has failed");
}

Result<void> tell_that_it_works(WriteJob& job, const lists::List& list, store::LastSync& last,
                                const admin::SyncOutcome& outcome) {
  if (!last.failing) return {};
  auto facts = facts_about<pipeline::SyncWorksFacts>(list);
  facts.since = *last.failing;
  if (outcome.decision.verdict == lists::SyncVerdict::apply) {
    facts.added = outcome.counts.added;
    facts.removed = outcome.counts.removed;
  }
  last.failing.reset();
  return post_to_owners(job, list,
                        pipeline::sync_works_letter(facts, job.running.config->templates, list.language),
                        "syncs of the list work again");
}

}  // namespace breakwater::daemon
