#include "opponents/sink.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <vector>

#include "opponents/sink_dialogue.h"

namespace breakwater::opponents {
namespace {

constexpr std::size_t kReadBlock = 512 * 1024;
constexpr std::uint64_t kListener = ~0ULL, kWake = ~0ULL - 1;
using Clock = std::chrono::steady_clock;
using Next = SinkDialogue::Next;

struct Connection {
  Connection(Fd socket, std::uint64_t serial, const SinkRules& rules, SinkTally& tally)
      : fd(std::move(socket)), number(serial), dialogue(rules, tally) {}
  Fd fd;
  std::uint64_t number;  // tells a slot's tenants apart
  SinkDialogue dialogue;
  std::string unread;    // what the dialogue could not use yet
  std::string unsent;    // what the peer did not take yet
  bool waiting = false;  // for the latency to pass
  bool closing = false;
  std::uint32_t interest = EPOLLIN;
};

struct Delayed {
  Clock::time_point due;
  std::size_t slot;
  std::uint64_t number;
};

}  // namespace

struct Sink::State {
  SinkOptions options;
  SinkTally tally;
  Fd listener, epoll, wake;
  std::atomic<bool> stopping{false};
  std::vector<std::unique_ptr<Connection>> slots;
  std::vector<std::size_t> free_slots;
  std::uint64_t next_number = 1;
  std::deque<Delayed> delayed;  // all wait equally long: in order of their time
  std::string block = std::string(kReadBlock, '\0');
  std::string out;
  std::chrono::milliseconds period{0};
  std::function<void()> tick;
  Clock::time_point next_tick{};

  void watch(int fd, std::uint64_t name, std::uint32_t events, int how) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = name;
    epoll_ctl(epoll.get(), how, fd, &event);
  }
  void accept_all();
  void on_event(std::size_t slot, std::uint32_t events);
  void read_from(std::size_t slot);
  void digest(std::size_t slot, std::string_view in);
  void go_on(std::size_t slot);
  void follow(std::size_t slot, Next next);
  void send(std::size_t slot);
  void interest(std::size_t slot, std::uint32_t events);
  void drop(std::size_t slot);
  int until_next() const;
  void on_time();
};

void Sink::State::accept_all() {
  for (;;) {
    Fd fd(accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) return;
    if (slots.size() - free_slots.size() >= options.max_connections) {
      static constexpr char kFull[] = "421 4.3.2 too many connections\r\n";
      (void)::send(fd.get(), kFull, sizeof kFull - 1, MSG_NOSIGNAL);
      tally.turned_away();
      continue;
    }
    disable_nagle(fd);
    tally.connected();
    std::size_t slot = slots.size();
    if (free_slots.empty()) {
      slots.emplace_back();
    } else {
      slot = free_slots.back();
      free_slots.pop_back();
    }
    watch(fd.get(), slot, EPOLLIN, EPOLL_CTL_ADD);
    slots[slot] = std::make_unique<Connection>(std::move(fd), next_number++, options.rules, tally);
    out.clear();
    follow(slot, slots[slot]->dialogue.greet(out));
  }
}

void Sink::State::on_event(std::size_t slot, std::uint32_t events) {
  if (slots[slot] == nullptr) return;
  // Who waits or hangs reads nothing: any event but room to write says that the peer has gone.
  const bool deaf = (slots[slot]->interest & (EPOLLIN | EPOLLOUT)) == 0;
  if ((events & EPOLLERR) != 0 || deaf) return drop(slot);
  if ((events & EPOLLOUT) != 0) {
    out.clear();
    send(slot);
    if (slots[slot] != nullptr && slots[slot]->unsent.empty()) go_on(slot);
    return;
  }
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) read_from(slot);
}

void Sink::State::read_from(std::size_t slot) {
  Connection& connection = *slots[slot];
  const std::size_t old = connection.unread.size();  // at most a command line
  std::memcpy(block.data(), connection.unread.data(), old);
  const ssize_t got = recv(connection.fd.get(), block.data() + old, block.size() - old, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(slot);
  if (options.rules.quick_ack) acknowledge_now(connection.fd);
  connection.unread.clear();
  digest(slot, std::string_view(block.data(), old + static_cast<std::size_t>(got)));
}

void Sink::State::digest(std::size_t slot, std::string_view in) {
  Connection& connection = *slots[slot];
  std::size_t used = 0;
  out.clear();
  const Next next = connection.dialogue.feed(in, used, out);
  connection.unread.assign(in.substr(used));
  follow(slot, next);
}

// After a pause: the input that came with what caused it.
void Sink::State::go_on(std::size_t slot) {
  if (slots[slot]->waiting || slots[slot]->closing) return;
  const std::string in = std::exchange(slots[slot]->unread, {});
  if (!in.empty()) digest(slot, in);
}

void Sink::State::follow(std::size_t slot, Next next) {
  Connection& connection = *slots[slot];
  switch (next) {
    case Next::read: break;
    case Next::hang:
      // Not even the replies before it: the peer sees silence at once. Its going is still noticed.
      connection.unread.clear();
      return interest(slot, EPOLLRDHUP);
    case Next::drop:  // who was taken before hears of it: only this one is in doubt
    case Next::close: connection.closing = true; break;
    case Next::wait:
      connection.waiting = true;
      delayed.push_back(
          {Clock::now() + std::chrono::milliseconds(options.rules.latency_ms), slot, connection.number});
      break;
  }
  send(slot);
}

void Sink::State::send(std::size_t slot) {
  Connection& connection = *slots[slot];
  if (!connection.unsent.empty()) {
    connection.unsent.append(out);
    out.swap(connection.unsent);
    connection.unsent.clear();
  }
  std::string_view left = out;
  while (!left.empty()) {
    const ssize_t sent = ::send(connection.fd.get(), left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return drop(slot);
    if (sent < 0) break;
    left.remove_prefix(static_cast<std::size_t>(sent));
  }
  if (!left.empty()) {
    connection.unsent.assign(left);  // nothing is read until the peer has taken its replies: bounded
    return interest(slot, EPOLLOUT);
  }
  if (connection.closing) return drop(slot);
  interest(slot, connection.waiting ? 0U : EPOLLIN);  // 0: errors and hang-ups are still told
}

void Sink::State::interest(std::size_t slot, std::uint32_t events) {
  Connection& connection = *slots[slot];
  if (connection.interest == events) return;
  connection.interest = events;
  watch(connection.fd.get(), slot, events, EPOLL_CTL_MOD);
}

void Sink::State::drop(std::size_t slot) {
  slots[slot].reset();  // closing takes it out of epoll
  free_slots.push_back(slot);
  tally.disconnected();
}

int Sink::State::until_next() const {
  Clock::time_point due = Clock::time_point::max();
  if (!delayed.empty()) due = delayed.front().due;
  if (tick) due = std::min(due, next_tick);
  if (due == Clock::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void Sink::State::on_time() {
  if (delayed.empty() && !tick) return;
  const auto now = Clock::now();
  while (!delayed.empty() && delayed.front().due <= now) {
    const Delayed one = delayed.front();
    delayed.pop_front();
    if (slots[one.slot] == nullptr || slots[one.slot]->number != one.number) continue;
    slots[one.slot]->waiting = false;
    out.clear();
    follow(one.slot, slots[one.slot]->dialogue.answer(out));
    if (slots[one.slot] != nullptr && slots[one.slot]->unsent.empty()) go_on(one.slot);
  }
  if (tick && now >= next_tick) {
    next_tick = now + period;
    tick();
  }
}

Result<std::unique_ptr<Sink>> Sink::open(SinkOptions options) {
  auto state = std::make_unique<State>();
  auto listener = listen_tcp(options.listen);
  if (!listener) return listener.error();
  state->listener = std::move(*listener);
  auto tally = SinkTally::open(state->tally, options.tally);
  if (!tally) return tally.error();
  state->options = std::move(options);
  state->epoll = Fd(epoll_create1(EPOLL_CLOEXEC));
  state->wake = Fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  state->watch(state->listener.get(), kListener, EPOLLIN, EPOLL_CTL_ADD);
  state->watch(state->wake.get(), kWake, EPOLLIN, EPOLL_CTL_ADD);
  return std::unique_ptr<Sink>(new Sink(std::move(state)));
}

Sink::Sink(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sink::~Sink() = default;

std::uint16_t Sink::port() const { return local_port(state_->listener); }

void Sink::run() {
  epoll_event events[256];
  while (!state_->stopping) {
    const int count = epoll_wait(state_->epoll.get(), events, 256, state_->until_next());
    for (int at = 0; at < count; ++at) {
      if (events[at].data.u64 == kListener)
        state_->accept_all();
      else if (events[at].data.u64 != kWake)
        state_->on_event(events[at].data.u64, events[at].events);
    }
    state_->on_time();
    state_->tally.flush();
    if (state_->options.until != 0 && state_->tally.counts().recipients >= state_->options.until) break;
  }
}

void Sink::stop() {
  state_->stopping = true;
  const std::uint64_t one = 1;
  (void)!write(state_->wake.get(), &one, sizeof one);
}

SinkCounts Sink::counts() const { return state_->tally.counts(); }

void Sink::every(std::chrono::milliseconds period, std::function<void()> tick) {
  state_->period = period;
  state_->tick = std::move(tick);
}

}  // namespace breakwater::opponents
