// What the server counts for monitoring: postings when they are committed, copies when a next server has
// answered. A few atomic additions a posting and a report; any thread.
#pragma once

#include <cstdint>
#include <functional>

#include "daemon/write_job.h"
#include "pipeline/intake.h"
#include "pipeline/settle.h"
#include "store/spool.h"
#include "terms/instant.h"
#include "web/series.h"

namespace breakwater::daemon {

// `audience`: how many a diverted posting would have reached, had it gone to its whole list; its plan has
// only those whom it does reach.
using AudienceOf = std::function<std::int64_t(const pipeline::Planned& planned)>;
std::uint64_t spared_by(const pipeline::Decision& decision, const AudienceOf& audience);

// After the commit.
void count_decision(web::Metrics& metrics, const pipeline::Decision& decision, std::uint64_t spared);
void count_digests(web::Metrics& metrics, const Effects& effects);  // and logs them
void count_report(web::Metrics& metrics, const store::Posting& posting, const pipeline::Settled& settled,
                  Instant now);

}  // namespace breakwater::daemon
