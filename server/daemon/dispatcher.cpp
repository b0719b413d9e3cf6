#include "daemon/dispatcher.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/clock.h"
#include "log/log.h"
#include "store/hold.h"

namespace breakwater::daemon {
namespace {

using pipeline::Ticket;
constexpr std::chrono::milliseconds kWriteAgainAfter{500};
constexpr Duration kReadAgainAfter = std::chrono::minutes{1};
constexpr Duration kPoll{5};

queue::RetrySchedule schedule_of(const Running& running, const std::string& destination) {
  queue::RetrySchedule schedule = running.config->retry;
  const auto* route = running.config->routes.by_name(queue::split_destination(destination).first);
  if (route && !route->retry_waits.empty()) schedule.waits = route->retry_waits;
  return schedule;
}

std::uint32_t connections_of(const Running& running, const std::string& destination) {
  const auto* route = running.config->routes.by_name(queue::split_destination(destination).first);
  return route ? route->connections : 1;
}

// No route fits the domain (RFC 3463 X.4.4), or the route's name is gone since the slice was made; then a
// reload is about to give the slice a new one.
queue::Report no_route(const Ticket& ticket, Instant now) {
  queue::Report report;
  report.key = ticket.key;
  report.base = now;
  report.finished = true;
  report.rest = ticket.destination.empty() ? queue::Outcome::failed : queue::Outcome::deferred;
  report.trouble = ticket.destination.empty()
                       ? "550 5.4.4 no route in the configuration fits the recipient's domain"
                       : "451 4.3.5 the configuration has no route of this name any more";
  return report;
}

lists::List list_without_file(const store::Posting& posting) {
  const std::size_t at = posting.list_address.rfind('@');
  lists::List gone;
  gone.name = posting.list_address.substr(0, at);
  gone.domain = posting.list_address.substr(at + 1);
  return gone;
}

}  // namespace

Dispatcher::Dispatcher(store::Store& store, const InForce& in_force, delivery::Carrier& courier,
                       pipeline::Mac bounce_mac, lists::Mac unsubscribe_mac, std::uint64_t entropy)
    : store_(store),
      in_force_(in_force),
      courier_(courier),
      bounce_mac_(std::move(bounce_mac)),
      unsubscribe_mac_(std::move(unsubscribe_mac)),
      entropy_(entropy),
      dispatch_(
          {.connections = in_force.get()->config->delivery.connections},
          [this](const std::string& destination) { return connections_of(*in_force_.get(), destination); }) {}

Dispatcher::~Dispatcher() { end(); }

void Dispatcher::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  something_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::unique_lock lock(mutex_);
  something_.wait(lock, [this] { return unanswered_ == 0; });
}

Result<void> Dispatcher::start() {
  auto reading = store_.read();
  auto left = store::open_postings(reading.connection());
  if (!left) return left.error();
  auto frozen = store::frozen_postings(reading.connection());
  if (!frozen) return frozen.error();
  for (const PostingId id : *left) {
    if (std::binary_search(frozen->begin(), frozen->end(), id)) continue;
    auto posting = store::posting(reading.connection(), id);
    if (!posting) return posting.error();
    if (*posting) dispatch_.open(id, (*posting)->recipients);
  }
  if (!left->empty()) log::event(log::Level::info, "resumed", {{"postings", left->size()}});
  thread_ = std::thread([this] { run(); });
  return {};
}

void Dispatcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  something_.notify_one();
}

void Dispatcher::opened(PostingId posting, std::int64_t recipients) { post(Opened{posting, recipients}); }
void Dispatcher::stopped(PostingId posting) { post(Stopped{posting}); }
void Dispatcher::look_again() { post(LookAgain{}); }
std::size_t Dispatcher::in_hand() const { return in_hand_count_; }

bool Dispatcher::hold(std::chrono::milliseconds limit) {
  held_ = true;
  called_back_ = false;
  post(CallBack{});
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!called_back_ || unsettled() > 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

void Dispatcher::release() { post(Release{}); }

void Dispatcher::post(Event event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  something_.notify_one();
}

void Dispatcher::run() {
  hand_over(clock_now());  // what the last run left; no event tells of it
  std::deque<Event> events;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      const auto ready = [this] { return ended_ || !events_.empty(); };
      const auto wake = dispatch_.wake();
      // Waited for in steps of a minute at most: a wall clock that is set must not make anything wait longer.
      // Held or stalled, what is due cannot be done: no need to hurry.
      const bool idle = stopping_ || held_ || stalled_;
      const Duration wait =
          wake ? std::clamp<Duration>(*wake - clock_now(), Duration{idle ? 100 : 1}, std::chrono::minutes{1})
               : std::chrono::minutes{1};
      something_.wait_for(lock, wait, ready);
      if (ended_) return;
      events.swap(events_);
    }
    const Instant now = clock_now();
    const log::Together lines;
    for (Event& event : events) handle(event, now);
    events.clear();
    hand_over(now);
    in_hand_count_ = in_hand_.size();
  }
}

void Dispatcher::handle(Event& event, Instant now) {
  if (const auto* open = std::get_if<Opened>(&event)) {
    this->open(*open);
  } else if (const auto* drop = std::get_if<Stopped>(&event)) {
    stop(drop->posting);
  } else if (std::holds_alternative<LookAgain>(event)) {
    dispatch_.look_again();
  } else if (std::holds_alternative<CallBack>(event)) {
    for (const auto& [key, in_hand] : in_hand_) *in_hand.stop = true;
    called_back_ = true;
  } else if (std::holds_alternative<Release>(event)) {
    stops_.clear();
    for (auto& [key, in_hand] : in_hand_) {
      if (*in_hand.stop && !std::exchange(in_hand.stayed, true)) ++stayed_;
    }
    held_ = false;
    dispatch_.look_again();
  } else if (const auto* report = std::get_if<queue::Report>(&event)) {
    on_report(*report, now);
  } else if (const auto* committed = std::get_if<Committed>(&event)) {
    on_committed(*committed);
  } else if (auto* failed = std::get_if<NotCommitted>(&event)) {
    // The disk is full: what is known is kept and written again; nothing new is handed over meanwhile, since
    // what cannot be recorded would be sent twice after a restart.
    stalled_ = true;
    std::this_thread::sleep_for(kWriteAgainAfter);
    failed->record.again = true;
    commit(std::move(failed->record));
    --records_under_way_;  // counted once more by commit()
  }
}

bool Dispatcher::is_out(PostingId posting) const {
  const auto first = out_.lower_bound({posting, 0});
  return first != out_.end() && first->posting == posting;
}

void Dispatcher::open(const Opened& opened) {
  if (const auto resting = winding_down_.find(opened.posting); resting != winding_down_.end()) {
    resting->second = opened;
  } else {
    dispatch_.open(opened.posting, opened.recipients);
  }
}

void Dispatcher::stop(PostingId posting) {
  dispatch_.close(posting);
  copies_.forget(posting);
  for (auto at = in_hand_.lower_bound({posting, 0}); at != in_hand_.end() && at->first.posting == posting;
       ++at) {
    *at->second.stop = true;
  }
  stops_.erase(posting);  // what comes later is not to be stopped
  if (is_out(posting)) winding_down_[posting].reset();
}

// The slice is not in hand any more, and the store says what became of it.
void Dispatcher::ended(queue::SliceKey key, std::optional<Instant> due) {
  out_.erase(key);
  given_up_.erase(key);
  dispatch_.committed(key, due);
  const auto resting = winding_down_.find(key.posting);
  if (resting == winding_down_.end() || is_out(key.posting)) return;
  const auto wanted = resting->second;
  winding_down_.erase(resting);
  if (wanted) dispatch_.open(wanted->posting, wanted->recipients);
}

void Dispatcher::on_report(const queue::Report& report, Instant now) {
  transactions_ += report.transactions;
  const auto found = in_hand_.find(report.key);
  if (found == in_hand_.end()) return;
  InHand& in_hand = found->second;
  const auto running = in_force_.get();
  const std::size_t named_before = in_hand.answered.count();
  const std::uint32_t attempts_before = in_hand.slice.attempts;
  const queue::RetrySchedule schedule = schedule_of(*running, in_hand.ticket.destination);
  const auto refusal = hear(in_hand, report, now);
  const bool spared = refusal && !refusal->dead;
  const bool given_back = spared && in_hand.put_off == 0 && now < in_hand.slice.expires;
  queue::Report said = report;
  // Its connection was one too many, or too soon. Whoever was not tried is not deferred: as soon as the pace
  // of its destination has room, the slice goes on with those that are left.
  if (given_back) said.finished = false;
  auto settled = pipeline::settle(in_hand.slice, in_hand.answered, said, schedule, now, entropy_++);
  if (!settled) {
    log::event(log::Level::error, "report_unreadable",
               {{"posting", format_id(report.key.posting)}, {"reason", settled.error().what}});
    if (!report.finished) return;
    if (!in_hand.given_up) dispatch_.back(in_hand.ticket, std::nullopt);
    no_longer_in_hand(found);
    ended(report.key, now + kReadAgainAfter);
    return;
  }
  in_hand.named +=
      static_cast<std::uint32_t>(report.log.empty() ? 0 : in_hand.answered.count() - named_before);
  const bool cut_short = report.finished && (given_back || was_called_back(in_hand));
  if (cut_short) {  // not by what the next server said of anybody: no try, and due as soon as it may go again
    in_hand.slice.attempts = attempts_before;
    in_hand.slice.due = now;
  }
  log_report(in_hand, said, *settled);
  if (watch_) watch_(in_hand.posting, *settled, now);
  Record record = record_of(in_hand, report, *settled);
  if (!report.finished) return commit(std::move(record));
  std::optional<Instant> pause;
  if (given_back) {
    if (refusal->rest > Duration::zero()) pause = now + refusal->rest;
  } else if (in_hand.named == 0 && !cut_short && !spared && report.rest == queue::Outcome::deferred) {
    // Not for as long as this slice has to wait: an old slice waits hours, and fresh mail must find out
    // sooner that the next server is back.
    pause = now + schedule.waits.front();
    if (!settled->finished) pause = std::min(in_hand.slice.due, *pause);
  }
  if (!in_hand.given_up) {
    if (pause) note_pause(in_hand.ticket.destination, *pause, report.trouble);
    dispatch_.back(in_hand.ticket, pause, !given_back);
  }
  const bool nothing_to_write = given_back && in_hand.named == 0;
  no_longer_in_hand(found);
  if (nothing_to_write) return ended(report.key, now);
  record.try_ended = true;
  commit(std::move(record));
}

void Dispatcher::no_longer_in_hand(std::map<queue::SliceKey, InHand>::iterator slice) {
  if (slice->second.stayed) --stayed_;
  in_hand_.erase(slice);
}

// What a report says of its destination. A refusal where it ends a try that was not called back.
std::optional<queue::Pace::Refusal> Dispatcher::hear(InHand& in_hand, const queue::Report& report,
                                                     Instant now) {
  const std::string& destination = in_hand.ticket.destination;
  dispatch_.heard(in_hand.ticket, report, now);
  if (report.taken > 0 && !paused_.empty()) {
    const std::lock_guard lock(mutex_);
    paused_.erase(destination);
  }
  in_hand.put_off += report.put_off;
  if (!report.finished || !report.refused || was_called_back(in_hand)) return std::nullopt;
  const auto refusal = dispatch_.refused(in_hand.ticket, now);
  log::event(log::Level::info, "refused",
             {{"route", destination},
              {"peer", report.peer},
              {"connections", refusal.dead ? 0 : dispatch_.connections(destination)},
              {"reply", report.trouble}});
  return refusal;
}

void Dispatcher::note_pause(const std::string& destination, Instant until, const std::string& reply) {
  const std::lock_guard lock(mutex_);
  std::erase_if(paused_, [&](const auto& one) { return one.second.until <= clock_now(); });
  paused_[destination] = {until, reply};
}

std::map<std::string, admin::Pause> Dispatcher::paused() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, admin::Pause> found = paused_;
  std::erase_if(found, [](const auto& one) { return one.second.until <= clock_now(); });
  return found;
}

std::optional<admin::Pause> Dispatcher::pause_of(const std::string& destination) const {
  const std::lock_guard lock(mutex_);
  const auto found = paused_.find(destination);
  if (found == paused_.end() || found->second.until <= clock_now()) return std::nullopt;
  return found->second;
}

bool Dispatcher::was_called_back(const InHand& in_hand) const { return stopping_ || held_ || *in_hand.stop; }

void Dispatcher::fetch_windows(Instant now) {
  while (const auto window = dispatch_.fetch(now)) {
    auto reading = store_.read();
    auto slices = store::open_slices(reading.connection(), window->posting, window->from, window->limit);
    if (!slices) {
      log::event(log::Level::error, "queue_unreadable",
                 {{"posting", format_id(window->posting)}, {"reason", slices.error().what}});
      // As if its only slice were due in a minute: then its sweep begins anew.
      dispatch_.fetched(*window, {{{window->posting, UINT32_MAX}, "", 0, now + kReadAgainAfter}}, now);
      continue;
    }
    std::vector<Ticket> tickets;
    tickets.reserve(slices->size());
    for (store::DueSlice& slice : *slices) {
      const Instant end = end_of(slice.route, slice.attempts, slice.due, slice.expires);
      tickets.push_back({slice.key, std::move(slice.route), slice.remaining, slice.due, end});
    }
    dispatch_.fetched(*window, tickets, now);
  }
}

void Dispatcher::hand_over(Instant now) {
  if (stopping_ || held_ || stalled_) return;
  fetch_windows(now);
  give_up_expired(now);
  while (!held_ && !stopping_) {
    const auto ticket = dispatch_.next(now);
    if (!ticket) return;
    out_.insert(ticket->key);
    if (auto handed = hand_over(*ticket, now); !handed) {
      dispatch_.back(*ticket, std::nullopt);
      not_handed_over(*ticket, handed.error(), now);
    }
    fetch_windows(now);
  }
}

void Dispatcher::not_handed_over(const Ticket& ticket, const Error& why, Instant now) {
  log::event(
      log::Level::error, "not_handed_over",
      {{"posting", format_id(ticket.key.posting)}, {"slice", ticket.key.number}, {"reason", why.what}});
  const bool gone = why.fault == Fault::not_found || why.fault == Fault::invalid;
  if (const auto found = in_hand_.find(ticket.key); found != in_hand_.end()) no_longer_in_hand(found);
  ended(ticket.key, gone ? std::nullopt : std::optional(now + kReadAgainAfter));
}

// The route's own time to give up counts from the first try: until then `due` is when the slice was accepted
// or released.
Instant Dispatcher::end_of(const std::string& destination, std::uint32_t attempts, Instant due,
                           Instant expires) const {
  if (attempts > 0) return expires;
  const auto running = in_force_.get();
  const queue::Route* route = running->config->routes.by_name(queue::split_destination(destination).first);
  return route != nullptr && route->give_up_after > Duration{0} ? due + route->give_up_after : expires;
}

Result<Dispatcher::InHand> Dispatcher::look_up(store::Connection& db, const Ticket& ticket) {
  auto slice = store::slice(db, ticket.key);
  if (!slice) return slice.error();
  auto posting = store::posting(db, ticket.key.posting);
  if (!posting) return posting.error();
  if (!*slice || !*posting || (*posting)->state != store::PostingState::pending) {
    return error(Fault::not_found, "the slice is gone from the store");
  }
  // A ticket can be older than a reload that gave its recipients another route.
  auto open = store::open_slices(db, ticket.key.posting, ticket.key.number, 1);
  if (!open) return open.error();
  if (open->empty() || open->front().key != ticket.key)
    return error(Fault::not_found, "the slice is not open any more");
  if (open->front().route != ticket.destination)
    return error(Fault::unavailable, "the slice has another route now");
  InHand in_hand{ticket, std::move(**slice), queue::Bitmap(0), std::move(**posting), 0, 0, nullptr};
  in_hand.stop = stop_of(ticket.key.posting);
  in_hand.answered = queue::Bitmap(in_hand.slice.settled.size());
  queue::Slice& found = in_hand.slice;  // its end is kept with its first try
  found.expires = end_of(ticket.destination, found.attempts, found.due, found.expires);
  return in_hand;
}

Result<void> Dispatcher::hand_over(const Ticket& ticket, Instant now) {
  const auto running = in_force_.get();
  auto reading = store_.read();
  auto looked_up = look_up(reading.connection(), ticket);
  if (!looked_up) return looked_up.error();
  InHand& in_hand = *looked_up;
  const auto [name, domain] = queue::split_destination(ticket.destination);
  const queue::Route* route = running->config->routes.by_name(name);
  if (route == nullptr) {
    in_hand_.insert_or_assign(ticket.key, std::move(in_hand));
    post(no_route(ticket, now));
    return {};
  }
  auto copy = copies_.copy_of(reading.connection(), in_hand.posting, *running);
  if (!copy) return copy.error();
  auto consignment = consign(in_hand, *route, std::move(*copy), now);
  consignment.domain = domain;
  auto to = store::addressees(reading.connection(), in_hand.slice);
  if (!to) return to.error();
  consignment.to = std::move(*to);
  in_hand_.insert_or_assign(ticket.key, std::move(in_hand));
  in_hand_count_ = in_hand_.size();  // before its report can come: drain() waits for what is in hand
  courier_.deliver(std::move(consignment), [this](queue::Report report) { post(std::move(report)); });
  return {};
}

queue::Consignment Dispatcher::consign(const InHand& in_hand, const queue::Route& route, queue::Copy copy,
                                       Instant now) {
  const auto running = in_force_.get();
  queue::Consignment consignment;
  consignment.key = in_hand.ticket.key;
  consignment.route = route;
  consignment.copy = std::move(copy);
  consignment.stop = in_hand.stop;
  // What the server wrote itself, and mail for the postmaster, has the null reverse-path: a failure ends with
  // it.
  const store::Posting& posting = in_hand.posting;
  const auto list = running->lists_by_id.find(posting.list);
  // A copy may be older than a reload: it was made for one by one, so that is how it goes.
  add_own_head(consignment, posting.list);
  if (posting.kind == store::PostingKind::notice || !posting.list) return consignment;
  if (list == running->lists_by_id.end()) {  // its file is gone since: what was accepted still goes out
    consignment.reverse_path =
        pipeline::bounce_address(list_without_file(posting), posting.id, bounce_mac_, now);
    return consignment;
  }
  const lists::List& settings = *list->second;
  consignment.reverse_path = pipeline::bounce_address(settings, posting.id, bounce_mac_, now);
  consignment.individual =
      posting.kind == store::PostingKind::probe ||
      (posting.kind != store::PostingKind::owner && settings.fan_out == lists::FanOut::individual) ||
      consignment.individual;
  if (consignment.individual) {
    consignment.verp = [running, &settings, mac = bounce_mac_, id = posting.id, now](
                           const queue::Addressee& to, std::string& out) {
      pipeline::append_verp(settings, id, to.id, mac, now, out);
    };
  }
  return consignment;
}

void Dispatcher::add_own_head(queue::Consignment& consignment, ListId list) const {
  if (!consignment.copy.own) return;
  consignment.individual = true;
  consignment.own_head_size = consignment.copy.own->before.size() + lists::unsubscribe_token_size +
                              consignment.copy.own->behind.size();
  consignment.own_head = [own = consignment.copy.own, list, mac = unsubscribe_mac_](
                             const queue::Addressee& to, std::string& out) {
    out += own->before;
    lists::append_unsubscribe_token({list, to.id}, mac, out);
    out += own->behind;
  };
}

std::shared_ptr<std::atomic<bool>> Dispatcher::stop_of(PostingId posting) {
  auto& stop = stops_[posting];
  if (!stop) stop = std::make_shared<std::atomic<bool>>(false);
  return stop;
}

// One line a report, never one a recipient; `posting trace` has those.
void Dispatcher::log_report(const InHand& in_hand, const queue::Report& report,
                            const pipeline::Settled& settled) const {
  if (settled.delivered == 0 && settled.failed == 0 && !report.finished) return;
  const auto left = in_hand.slice.settled.size() - in_hand.slice.settled.count();
  std::string reply = report.trouble;
  (void)queue::read_handovers(report.base, report.log, [&](const queue::Handover& h) { reply = h.reply; });
  const char* name = settled.failed > 0 ? "failed" : report.finished && left > 0 ? "deferred" : "delivered";
  log::event(log::Level::info, name,
             {{"posting", format_id(report.key.posting)},
              {"list", in_hand.posting.list_address},
              {"slice", report.key.number},
              {"peer", report.peer},
              {"delivered", settled.delivered},
              {"failed", settled.failed},
              {"left", left},
              {"reply", reply}});
}

}  // namespace breakwater::daemon
