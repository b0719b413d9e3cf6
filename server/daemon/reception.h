// Reception: what has come in is decided and committed by one write job, then answered. The 250 goes out
// after the commit, and the dispatcher hears of new postings then.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "daemon/running.h"
#include "daemon/write_job.h"
#include "net/smtp_server.h"
#include "pipeline/intake.h"
#include "store/ledger.h"
#include "store/spool.h"
#include "store/store.h"
#include "web/series.h"

namespace breakwater::daemon {

class Reception : public net::Receiver {
 public:
  // What was committed; called on the writer's thread.
  using Tell = std::function<void(const Effects& effects)>;

  // `sizes` and `entropy` are of the writer's thread. All must outlive the reception, which must outlive the
  // jobs it gave to the store.
  Reception(store::Store& store, const InForce& in_force, pipeline::Mac bounce_mac, AudienceSizes& sizes,
            std::uint64_t& entropy, web::Metrics& metrics, Tell tell)
      : store_(store),
        in_force_(in_force),
        bounce_mac_(std::move(bounce_mac)),
        sizes_(sizes),
        entropy_(entropy),
        metrics_(metrics),
        tell_(std::move(tell)) {}

  void receive(smtp::ReceivedMessage message, Done done) override;

 private:
  struct Work;
  Result<void> decide_and_write(Work& work, store::Connection& db);
  Result<void> write_postings(Work& work, WriteJob& job);
  Result<void> tell_of_success(Work& work, store::Connection& db, const pipeline::Planned& planned,
                               const store::Posting& row, Instant now);
  Result<void> book_bounce(Work& work, store::Connection& db, const pipeline::ReportedBounce& reported,
                           Instant now);
  void answer(Work& work, const Result<void>& written);

  store::Store& store_;
  const InForce& in_force_;
  pipeline::Mac bounce_mac_;
  AudienceSizes& sizes_;
  std::uint64_t& entropy_;
  web::Metrics& metrics_;
  Tell tell_;
};

}  // namespace breakwater::daemon
