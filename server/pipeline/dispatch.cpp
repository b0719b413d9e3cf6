#include "pipeline/dispatch.h"

#include <algorithm>
#include <utility>

#include "terms/invariant.h"

namespace breakwater::pipeline {
namespace {

constexpr std::uint32_t kSmallTurns = 4;  // in a row, when a large posting waits

// What large postings may hold of `limit` connections: four fifths, but one at least.
std::uint32_t large_share(std::uint32_t limit) {
  return limit <= 1 ? limit : limit - std::max(1U, limit / 5);
}

}  // namespace

void Dispatch::open(PostingId id, std::int64_t recipients) {
  const auto [found, is_new] = postings_.try_emplace(id);
  if (is_new)
    found->second.lane = recipients <= static_cast<std::int64_t>(options_.small_posting) ? kSmall : kLarge;
  sweep_anew(id, found->second);
}

void Dispatch::sweep_anew(PostingId id, Posting& posting) {
  posting.cursor = 0;
  posting.swept = false;
  set_due(id, posting, std::nullopt);
  want(id, posting);
}

// A posting wants a window when it has not been swept to its end and has used up half of the last one.
void Dispatch::want(PostingId id, const Posting& posting) {
  if (!posting.swept && posting.tickets < options_.window / 2) wanting_[posting.lane].insert(id);
}

void Dispatch::set_due(PostingId id, Posting& posting, std::optional<Instant> due) {
  if (posting.due) due_.erase({*posting.due, id});
  posting.due = due;
  if (due) due_.insert({*due, id});
}

void Dispatch::close(PostingId id) {
  const auto found = postings_.find(id);
  if (found == postings_.end()) return;
  const std::size_t lane_at = found->second.lane;
  for (auto at = destinations_.begin(); at != destinations_.end();) {
    auto& [name, destination] = *at++;  // refresh may erase it
    Lane& lane = destination.lanes[lane_at];
    const auto line = lane.lines.find(id);
    if (line == lane.lines.end()) continue;
    lane.turns.erase({line->second.mark, id});
    lane.lines.erase(line);
    refresh(name, destination);
  }
  tickets_[lane_at] -= found->second.tickets;
  wanting_[lane_at].erase(id);
  set_due(id, found->second, std::nullopt);
  postings_.erase(found);
}

std::optional<Dispatch::Fetch> Dispatch::fetch(Instant now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const PostingId id = due_.begin()->second;
    Posting& posting = postings_.at(id);
    if (posting.swept) {
      sweep_anew(id, posting);
    } else {  // the sweep that is under way will come to it, or to its end
      set_due(id, posting, std::nullopt);
      posting.again = true;
    }
  }
  for (const std::size_t lane : {kSmall, kLarge}) {
    if (wanting_[lane].empty() || tickets_[lane] >= options_.tickets) continue;
    const PostingId id = *wanting_[lane].begin();
    return Fetch{id, postings_.at(id).cursor, options_.window};
  }
  return std::nullopt;
}

void Dispatch::fetched(const Fetch& window, const std::vector<Ticket>& slices, Instant now) {
  const auto found = postings_.find(window.posting);
  if (found == postings_.end()) return;
  Posting& posting = found->second;
  wanting_[posting.lane].erase(window.posting);
  for (const Ticket& ticket : slices) {
    if (posting.known.contains(ticket.key.number)) continue;
    if (ticket.due <= now) {
      add(posting, ticket);
    } else if (!posting.due || ticket.due < *posting.due) {
      set_due(window.posting, posting, ticket.due);
    }
  }
  posting.swept = slices.size() < window.limit;
  posting.cursor = slices.empty() ? window.from : slices.back().key.number + 1;
  if (posting.swept && std::exchange(posting.again, false)) sweep_anew(window.posting, posting);
  want(window.posting, posting);
}

void Dispatch::add(Posting& posting, const Ticket& ticket) {
  posting.known.insert(ticket.key.number);
  ++posting.tickets;
  ++tickets_[posting.lane];
  Destination& destination = use(ticket.destination);
  Lane& lane = destination.lanes[posting.lane];
  auto [line, is_new] = lane.lines.try_emplace(ticket.key.posting);
  if (is_new) {
    line->second.mark = lane.mark;
    lane.turns.insert({lane.mark, ticket.key.posting});
  }
  line->second.tickets.push_back(ticket);
  destination.earliest = std::min(destination.earliest, ticket.expires);
  refresh(ticket.destination, destination);
}

Dispatch::Destination& Dispatch::use(const std::string& name) {
  auto found = destinations_.find(name);
  if (found == destinations_.end()) {
    found = destinations_.try_emplace(name, limit_of_(name)).first;
    // It waits from now on: at 0 a stream of fresh destinations would go before those that wait already.
    for (Lane& lane : found->second.lanes) lane.last_turn = turn_;
  }
  return found->second;
}

bool Dispatch::may_take(const Destination& destination, std::size_t lane) const {
  if (destination.lanes[lane].turns.empty() || destination.paused_until) return false;
  if (destination.probing && destination.in_hand > 0) return false;
  const std::uint32_t allowed = destination.pace.allowed();
  if (destination.in_hand >= allowed) return false;
  return lane == kSmall || destination.large_in_hand < large_share(allowed);
}

// Puts the destination where it belongs in ready_; forgets it when it has nothing left.
void Dispatch::refresh(const std::string& name, Destination& destination) {
  for (const std::size_t at : {kSmall, kLarge}) {
    Lane& lane = destination.lanes[at];
    const bool ready = may_take(destination, at);
    if (lane.ready) ready_[at].erase({lane.last_turn, name});
    if (ready) ready_[at].insert({lane.last_turn, name});
    lane.ready = ready;
  }
  const bool none = destination.lanes[kSmall].turns.empty() && destination.lanes[kLarge].turns.empty();
  const bool dead = destination.dead && destination.paused_until && !none;
  const auto dying = dead ? std::optional(destination.earliest) : std::nullopt;
  if (dying != destination.dying) {
    if (destination.dying) dying_.erase({*destination.dying, name});
    if (dying) dying_.insert({*dying, name});
    destination.dying = dying;
  }
  const bool idle = destination.in_hand == 0 && !destination.paused_until && !destination.probing && none;
  if (idle) destinations_.erase(std::string(name));  // a copy: `name` may be the key itself
}

void Dispatch::resume(Instant now) {
  while (!paused_.empty() && paused_.begin()->first <= now) {
    const std::string name = paused_.begin()->second;
    paused_.erase(paused_.begin());
    const auto found = destinations_.find(name);
    if (found == destinations_.end()) continue;
    found->second.paused_until.reset();
    if (found->second.lanes[kSmall].turns.empty() && found->second.lanes[kLarge].turns.empty()) {
      found->second.probing = false;  // nothing to probe with: it starts anew when it is used again
    }
    refresh(name, found->second);
  }
}

bool Dispatch::has_room(std::size_t lane) const {
  if (ready_[lane].empty() || in_hand_ >= options_.connections) return false;
  return lane == kSmall || large_in_hand_ < large_share(options_.connections);
}

std::optional<Ticket> Dispatch::next(Instant now) {
  resume(now);
  const bool small = has_room(kSmall);
  const bool large = has_room(kLarge);
  if (!small && !large) return std::nullopt;
  const bool take_large = large && (!small || small_in_a_row_ >= kSmallTurns);
  small_in_a_row_ = take_large ? 0 : small_in_a_row_ + 1;
  return take(take_large ? kLarge : kSmall);
}

Ticket Dispatch::take(std::size_t at) {
  const std::string name = ready_[at].begin()->second;
  Destination& destination = destinations_.at(name);
  Lane& lane = destination.lanes[at];
  ready_[at].erase(ready_[at].begin());
  lane.ready = false;
  lane.last_turn = ++turn_;

  const auto [mark, id] = *lane.turns.begin();
  lane.turns.erase(lane.turns.begin());
  Line& line = lane.lines.at(id);
  Ticket ticket = std::move(line.tickets.front());
  line.tickets.pop_front();
  line.mark = mark + std::max(1U, ticket.remaining);
  // Newcomers start between this slice and the posting's next: before that, but each of them a little later
  // than the last, or an endless stream of them would keep it waiting for good.
  lane.mark = std::max(lane.mark, mark + std::max(1U, ticket.remaining / 2));
  if (line.tickets.empty()) {
    lane.lines.erase(id);
  } else {
    lane.turns.insert({line.mark, id});
  }
  ++in_hand_;
  ++destination.in_hand;
  ticket.large = at == kLarge;
  if (ticket.large) {
    ++large_in_hand_;
    ++destination.large_in_hand;
  }
  Posting& posting = postings_.at(id);
  --posting.tickets;
  --tickets_[at];
  want(id, posting);
  refresh(name, destination);
  return ticket;
}

// A posting's slices mostly expire together, and a dead destination has few postings: what is walked in vain
// is walked once until the next of it expires.
void Dispatch::take_expired(const std::string& name, Instant now, std::size_t most,
                            std::vector<Ticket>& found) {
  Destination& destination = destinations_.at(name);
  Instant earliest = Instant::max();
  for (const std::size_t at : {kSmall, kLarge}) {
    Lane& lane = destination.lanes[at];
    for (auto next = lane.lines.begin(); next != lane.lines.end();) {
      const auto line = next++;
      auto& tickets = line->second.tickets;
      Posting& posting = postings_.at(line->first);
      for (auto ticket = tickets.begin(); ticket != tickets.end();) {
        const bool takes = ticket->expires <= now && found.size() < most;
        if (!takes) {
          earliest = std::min(earliest, (ticket++)->expires);
          continue;
        }
        found.push_back(std::move(*ticket));
        ticket = tickets.erase(ticket);
        --posting.tickets;
        --tickets_[at];
      }
      want(line->first, posting);
      if (!tickets.empty()) continue;
      lane.turns.erase({line->second.mark, line->first});
      lane.lines.erase(line);
    }
  }
  destination.earliest = earliest;
  refresh(name, destination);
}

std::vector<Ticket> Dispatch::expired(Instant now, std::size_t most) {
  resume(now);  // where the pause is over, one is tried first
  std::vector<Ticket> found;
  while (found.size() < most && !dying_.empty() && dying_.begin()->first <= now)
    take_expired(std::string(dying_.begin()->second), now, most, found);
  return found;
}

void Dispatch::heard(const Ticket& ticket, const queue::Report& report, Instant now) {
  if (report.opened + report.taken + report.put_off == 0) return;
  Destination& destination = use(ticket.destination);
  queue::Pace& pace = destination.pace;
  // A connection that was opened and of no use says nothing: some servers admit all and refuse MAIL.
  if (report.opened > 0 && report.taken > 0) pace.opened(destination.in_hand);
  if (report.taken > 0) {
    destination.probing = destination.dead = false;
    // Some steps ahead of what is in hand: reports of connections that began together come together.
    const bool used = destination.in_hand + queue::Pace::kFirst > large_share(pace.allowed());
    pace.taken(report.taken, used, now);
  } else if (report.put_off > 0) {
    pace.put_off(report.put_off, now);
  }
  refresh(ticket.destination, destination);
}

queue::Pace::Refusal Dispatch::refused(const Ticket& ticket, Instant now) {
  Destination& destination = use(ticket.destination);
  BREAKWATER_ASSERT(destination.in_hand > 0);
  return destination.pace.refused(destination.in_hand - 1, now);
}

std::uint32_t Dispatch::connections(const std::string& destination) const {
  const auto found = destinations_.find(destination);
  return found == destinations_.end() ? 0 : found->second.pace.allowed();
}

void Dispatch::back(const Ticket& ticket, std::optional<Instant> alone_until, bool dead) {
  BREAKWATER_ASSERT(in_hand_ > 0);
  --in_hand_;
  Destination& destination = use(ticket.destination);
  BREAKWATER_ASSERT(destination.in_hand > 0);
  --destination.in_hand;
  if (ticket.large) {
    --large_in_hand_;
    --destination.large_in_hand;
  }
  destination.probing = alone_until.has_value();
  destination.dead = alone_until && dead;
  if (alone_until) {
    if (destination.paused_until) paused_.erase({*destination.paused_until, ticket.destination});
    destination.paused_until = alone_until;
    paused_.insert({*alone_until, ticket.destination});
  }
  refresh(ticket.destination, destination);
}

void Dispatch::committed(queue::SliceKey key, std::optional<Instant> due) {
  const auto posting = postings_.find(key.posting);
  if (posting == postings_.end()) return;
  posting->second.known.erase(key.number);
  if (due && (!posting->second.due || *due < *posting->second.due))
    set_due(posting->first, posting->second, due);
}

void Dispatch::look_again() {
  for (const auto& [until, name] : std::exchange(paused_, {})) {
    const auto found = destinations_.find(name);
    if (found == destinations_.end()) continue;
    found->second.paused_until.reset();
    refresh(name, found->second);
  }
  for (auto& [id, posting] : postings_) sweep_anew(id, posting);
}

std::optional<Instant> Dispatch::wake() const {
  if (paused_.empty() && due_.empty()) return std::nullopt;
  if (paused_.empty()) return due_.begin()->first;
  if (due_.empty()) return paused_.begin()->first;
  return std::min(paused_.begin()->first, due_.begin()->first);
}

}  // namespace breakwater::pipeline
