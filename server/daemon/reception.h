// Reception: what has come in is decided and committed by one write job, then answered. The 250 goes out
// after the commit, and the dispatcher hears of new postings then.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "daemon/running.h"
#include "net/smtp_server.h"
#include "pipeline/intake.h"
#include "store/ledger.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::daemon {

class Reception : public net::Receiver {
 public:
  // A posting was committed; called on the writer's thread.
  using Opened = std::function<void(PostingId posting, std::int64_t recipients)>;

  // `store` and `in_force` must outlive the reception, which must outlive the jobs it gave to the store.
  Reception(store::Store& store, const InForce& in_force, pipeline::Mac bounce_mac, std::uint64_t entropy,
            Opened opened)
      : store_(store),
        in_force_(in_force),
        bounce_mac_(std::move(bounce_mac)),
        entropy_(entropy),
        opened_(std::move(opened)) {}

  void receive(smtp::ReceivedMessage message, Done done) override;

 private:
  struct Work;
  Result<void> decide_and_write(Work& work, store::Connection& db);
  Result<void> tell_of_success(Work& work, store::Connection& db, const pipeline::Planned& planned,
                               const store::Posting& row, Instant now);
  Result<void> book_bounces(Work& work, store::Connection& db, const std::vector<store::Bounce>& bounces,
                            Instant now);
  void answer(Work& work, const Result<void>& written);

  store::Store& store_;
  const InForce& in_force_;
  pipeline::Mac bounce_mac_;
  std::uint64_t entropy_;  // of ids; the writer's thread only
  Opened opened_;
};

}  // namespace breakwater::daemon
