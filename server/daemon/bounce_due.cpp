#include "daemon/bounce_due.h"

#include <chrono>
#include <utility>

#include "daemon/apart.h"
#include "daemon/letters.h"
#include "daemon/store_directory.h"
#include "log/log.h"
#include "pipeline/bounce_letters.h"
#include "store/bounces.h"
#include "store/directory.h"

namespace breakwater::daemon {
namespace {

using lists::Sign;
using lists::Stage;
using store::Membership;

constexpr std::size_t kAtOnce = 50;          // memberships a job: a long one holds up the mail that comes in
constexpr std::size_t kNamedInLetter = 200;  // members; more are counted
constexpr std::size_t kDaysRead = 366;

Result<void> write_probe(WriteJob& job, Membership who, const lists::List& list,
                         const store::MemberBounce& latest, store::BounceWatch watch) {
  auto member = store::address(job.db, who.address);
  if (!member) return member.error();
  if (!*member) return store::forget_bounces(job.db, who);
  pipeline::ProbeFacts facts;
  facts.list_address = list.address();
  facts.owner_address = list.sub_address("owner");
  facts.to = (*member)->mailbox;
  facts.status = latest.status;
  facts.diagnostic = latest.diagnostic;
  facts.at = latest.at;
  facts.wait_days = std::chrono::ceil<std::chrono::days>(list.bounces.probe_wait).count();
  auto audience = StoreDirectory(job.db, job.running).people({**member});
  if (!audience) return audience.error();
  auto posted =
      post_own(job, pipeline::probe_letter(facts, job.running.config->templates, list.language), *audience,
               list, store::PostingKind::probe, "mail to " + facts.to + " came back on several days");
  if (!posted) return posted.error();
  watch.stage = lists::next_stage(watch.stage, Sign::probe_sent);
  watch.probe = *posted;
  watch.due = job.now + list.bounces.probe_wait;
  return store::put_bounce_watch(job.db, who, watch);
}

// Since the score was reached, a spike may have taken some of it back, or the rules have changed.
Result<void> probe_or_not(WriteJob& job, Membership who, const lists::List& list, store::BounceWatch watch) {
  auto bounces = store::member_bounces(job.db, who, kDaysRead);
  if (!bounces) return bounces.error();
  std::vector<lists::BounceDay> days;
  const store::MemberBounce* latest = nullptr;
  for (const store::MemberBounce& one : *bounces) {
    days.push_back({one.at, one.kind});
    if (latest == nullptr && half_points(one.kind) > 0) latest = &one;
  }
  const int score = lists::half_score(days, watch.since, job.now, list.bounces);
  if (latest != nullptr && lists::reaches_threshold(score, list.bounces))
    return write_probe(job, who, list, *latest, std::move(watch));
  watch.stage = lists::next_stage(watch.stage, Sign::score_fell);
  watch.due.reset();
  return store::put_bounce_watch(job.db, who, watch);
}

Result<void> look_at(WriteJob& job, Membership who) {
  auto watch = store::bounce_watch(job.db, who);
  if (!watch) return watch.error();
  auto roles = store::roles_of(job.db, who.list, who.address);
  if (!roles) return roles.error();
  const auto list = job.running.lists_by_id.find(who.list);
  const bool is_member = !roles->empty() && roles->front() == lists::Role::member;
  if (!is_member) return store::forget_bounces(job.db, who);
  if (list == job.running.lists_by_id.end()) {  // its file may come back
    watch->due = job.now + kLookAgainAtBounces;
    return store::put_bounce_watch(job.db, who, *watch);
  }
  if (watch->stage == Stage::probe_wanted && list->second->bounces.enabled)
    return probe_or_not(job, who, *list->second, std::move(*watch));
  // The probe did not come back in time, or nobody is to be probed any more: all begins anew.
  const bool wanted = watch->stage == Stage::probe_wanted;
  watch->stage = lists::next_stage(watch->stage, wanted ? Sign::score_fell : Sign::time_passed);
  watch->since = job.now;
  watch->due.reset();
  return store::put_bounce_watch(job.db, who, *watch);
}

Result<void> write_letter(WriteJob& job, ListId id) {
  const auto found = job.running.lists_by_id.find(id);
  auto news = store::bounce_news(job.db, id, kNamedInLetter);
  if (!news) return news.error();
  const bool has_news = news->all_stopped > 0 || !news->spiked.empty();
  if (found != job.running.lists_by_id.end() && has_news) {
    const lists::List& list = *found->second;
    pipeline::BounceLetterFacts facts;
    facts.list_address = list.address();
    facts.owner_address = list.sub_address("owner");
    facts.all_stopped = news->all_stopped;
    for (store::Stopped& one : news->stopped) {
      facts.stopped.push_back(
          {std::move(one.mailbox), std::move(one.status), std::move(one.diagnostic), one.at});
    }
    for (store::Spiked& one : news->spiked) {
      facts.spiked.push_back({format_id(one.posting), std::move(one.subject), one.members, one.recipients});
    }
    auto owners = StoreDirectory(job.db, job.running).owners(list);
    if (!owners) return owners.error();
    if (owners->recipients > 0) {
      auto posted =
          post_own(job, pipeline::bounce_letter(facts, job.running.config->templates, list.language), *owners,
                   list, store::PostingKind::notice, "bounces on the list");
      if (!posted) return posted.error();
    }
  }
  return store::bounce_letter_done(job.db, id, job.now);
}

// One that cannot be acted on must not stand in the way of the others: it is looked at again in a day.
Result<void> look_at_or_set_aside(WriteJob& job, Membership who) {
  auto looked = apart(job, [&] { return look_at(job, who); });
  if (looked || !store::is_of_one(looked.error())) return looked;
  const auto list = job.running.lists_by_id.find(who.list);
  const auto member = store::address(job.db, who.address);
  log::event(log::Level::error, "bounces_set_aside",
             {{"list", list == job.running.lists_by_id.end() ? "" : list->second->address()},
              {"member", member && *member ? (*member)->mailbox : std::to_string(who.address.value)},
              {"reason", looked.error().what},
              {"advice", "tried again in a day; until then this member is neither probed nor stopped"}});
  return store::put_off_bounce_watch(job.db, who, job.now + kLookAgainAtBounces);
}

Result<void> write_letter_or_set_aside(WriteJob& job, ListId id) {
  auto written = apart(job, [&] { return write_letter(job, id); });
  if (written || !store::is_of_one(written.error())) return written;
  const auto list = job.running.lists_by_id.find(id);
  log::event(log::Level::error, "bounce_letter_set_aside",
             {{"list", list == job.running.lists_by_id.end() ? "" : list->second->address()},
              {"reason", written.error().what},
              {"advice", "tried again in a day; its owners are not told of stopped members until then"}});
  return store::put_off_bounce_letter(job.db, id, job.now + kLookAgainAtBounces);
}

}  // namespace

Result<bool> act_on_bounces_due(WriteJob& job) {
  auto letter = store::due_bounce_letter(job.db, job.now);
  if (!letter) return letter.error();
  if (*letter) {
    if (auto written = write_letter_or_set_aside(job, **letter); !written) return written.error();
    return true;
  }
  auto due = store::due_bounce_watches(job.db, job.now, kAtOnce);
  if (!due) return due.error();
  for (const Membership& who : *due) {
    if (auto looked = look_at_or_set_aside(job, who); !looked) return looked.error();
  }
  return !due->empty();
}

}  // namespace breakwater::daemon
