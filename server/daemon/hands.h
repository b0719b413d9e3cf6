// The hands (admin/hands.h) on the real store: what each does to held, running and finished postings, and to
// lists. carry_out() for the desk blocks; the same inside a write job is for orders that come by mail.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "admin/hands.h"
#include "daemon/running.h"
#include "daemon/write_job.h"
#include "store/spool.h"
#include "store/store.h"

namespace breakwater::daemon {

// Inside a write job. Writes the audit trail.
Result<admin::Outcome> carry_out(WriteJob& job, const admin::Order& order);

// Held -> on its way to the whole list, by the audience that was frozen with it or else by the one of now.
// Where that is not the audience it was held with (drift, above the ceiling), it is held anew with the new
// number: nobody has agreed to that one. Errors: Fault::busy, the list is frozen; Fault::not_found, the
// list's file is gone; Fault::invalid, it is not held.
struct Released {
  std::int64_t recipients = 0;
  std::string kept_because;  // empty: it went out
};
Result<Released> release_posting(WriteJob& job, const store::Posting& posting, const std::string& reason);

// What the breaker and the drift guard learn when a person lets go of a posting to so many.
Result<void> learn_of_release(WriteJob& job, const store::Posting& posting, std::int64_t recipients);

// A posting that a person released with others waits for its turn (held_due.h): the verdict of such a row.
constexpr std::string_view kReleased = "release";

class StoreHands : public admin::Hands {
 public:
  using Tell = std::function<void(const Effects&)>;  // called after the commit, on the writer's thread

  // All must outlive the hands.
  StoreHands(store::Store& store, const InForce& in_force, AudienceSizes& sizes, std::uint64_t& entropy,
             Tell tell)
      : store_(store), in_force_(in_force), sizes_(sizes), entropy_(entropy), tell_(std::move(tell)) {}

  Result<admin::Outcome> carry_out(const admin::Order& order) override;
  Result<std::string> change_membership(const admin::MemberOrder& order) override;
  Result<void> put_members(const std::string& list_address, const PutMembers& put) override;
  // Any other write job, with its effects told. Blocks on the store.
  Result<void> write(std::function<Result<void>(WriteJob&)> act);

 private:
  template <class Outcome>
  Result<Outcome> in_a_job(std::function<Result<Outcome>(WriteJob&)> act);

  store::Store& store_;
  const InForce& in_force_;
  AudienceSizes& sizes_;    // of the writer's thread
  std::uint64_t& entropy_;  // of the writer's thread
  Tell tell_;
};

}  // namespace breakwater::daemon
