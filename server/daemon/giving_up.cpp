// The dispatcher's part for what is past its time at a destination where nobody answers: its recipients are
// given up without a connection.
#include "daemon/clock.h"
#include "daemon/dispatcher.h"

namespace breakwater::daemon {
namespace {

// Slices at once. Giving up writes a bounce a recipient: mail that comes in must not wait behind many of
// them.
constexpr std::size_t kAtOnce = 2;

}  // namespace

void Dispatcher::give_up_expired(Instant now) {
  if (given_up_.size() >= kAtOnce) return;
  for (const pipeline::Ticket& ticket : dispatch_.expired(now, kAtOnce - given_up_.size())) {
    out_.insert(ticket.key);
    given_up_.insert(ticket.key);
    if (auto given_up = give_up(ticket, now); !given_up) not_handed_over(ticket, given_up.error(), now);
  }
}

Result<void> Dispatcher::give_up(const pipeline::Ticket& ticket, Instant now) {
  auto in_hand = look_up(store_.read().connection(), ticket);
  if (!in_hand) return in_hand.error();
  if (now < in_hand->slice.expires) return error(Fault::unavailable, "the slice has more time now");
  in_hand->given_up = true;
  in_hand_.insert_or_assign(ticket.key, std::move(*in_hand));
  queue::Report report;
  report.key = ticket.key;
  report.base = now;
  report.finished = true;
  report.rest = queue::Outcome::deferred;  // and past its time
  const auto pause = pause_of(ticket.destination);
  report.trouble = pause ? pause->reply : "451 4.4.1 nobody answers there";
  on_report(report, now);
  return {};
}

}  // namespace breakwater::daemon
