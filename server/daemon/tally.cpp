#include "daemon/tally.h"

#include <algorithm>
#include <string>

#include "log/log.h"

namespace breakwater::daemon {
namespace {

using storm::Defence;
using storm::Verdict;

// Confirm and defer are a question and a delay, not a no.
bool spares(Verdict verdict) {
  return verdict == Verdict::hold || verdict == Verdict::divert || verdict == Verdict::refuse ||
         verdict == Verdict::discard;
}

bool is_posting(const pipeline::Planned& planned) {
  return planned.kind == lists::SubAddress::posting && planned.list != nullptr;
}

void count_verdict(web::Metrics& metrics, Verdict verdict, Defence defence) {
  metrics.postings.at({std::string(name_of(verdict)), std::string(name_of(defence))}).add();
}

}  // namespace

std::uint64_t spared_by(const pipeline::Decision& decision, const AudienceOf& audience) {
  std::uint64_t spared = 0;
  for (const pipeline::Planned& planned : decision.postings) {
    if (!is_posting(planned) || !spares(planned.judgement.verdict)) continue;
    const std::int64_t reached =
        planned.judgement.verdict == Verdict::divert ? planned.audience.recipients : 0;
    spared += static_cast<std::uint64_t>(std::max<std::int64_t>(0, audience(planned) - reached));
  }
  return spared;
}

void count_decision(web::Metrics& metrics, const pipeline::Decision& decision, std::uint64_t spared) {
  for (const pipeline::Planned& planned : decision.postings) {
    if (is_posting(planned)) count_verdict(metrics, planned.judgement.verdict, planned.judgement.defence);
  }
  for (const pipeline::Refused& refused : decision.refused) {
    if (!refused.discarded) metrics.refused.at().add();
    if (refused.by_machine_barrier) count_verdict(metrics, Verdict::refuse, Defence::machine);
  }
  for (std::int64_t count = 0; count < decision.discarded; ++count) {
    count_verdict(metrics, Verdict::discard, Defence::machine);
  }
  if (spared > 0) metrics.spared.at().add(spared);
}

void count_digests(web::Metrics& metrics, const Effects& effects) {
  for (const Effects::Digest& digest : effects.digests) {
    metrics.digests.at({digest.list_address}).add();
    log::event(log::Level::info, "digest",
               {{"posting", format_id(digest.posting)},
                {"list", digest.list_address},
                {"messages", digest.messages},
                {"recipients", digest.recipients},
                {"reason", digest.reason}});
  }
}

void count_report(web::Metrics& metrics, const store::Posting& posting, const pipeline::Settled& settled,
                  Instant now) {
  if (settled.delivered > 0) metrics.deliveries.at().add(settled.delivered);
  if (settled.failed > 0) metrics.failed.at().add(settled.failed);
  const bool own = posting.kind != store::PostingKind::list && posting.kind != store::PostingKind::owner;
  if (settled.delivered == 0 || own || posting.recipients > web::ordinary_recipients) {
    return;
  }
  // What was held waited for somebody's decision: that is not our doing.
  const Instant from = posting.released.value_or(posting.received);
  metrics.ordinary_mail.observe(std::chrono::duration<double>(now - from).count());
}

}  // namespace breakwater::daemon
