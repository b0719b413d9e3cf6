#include "net/deadline.h"

#include <utility>

namespace breakwater::net {

Deadline::Deadline(const boost::asio::any_io_executor& executor, std::function<void()> on_due)
    : state_(std::make_shared<State>(executor)) {
  state_->on_due = std::move(on_due);
}

Deadline::~Deadline() {
  state_->on_due = nullptr;
  state_->timer.cancel();
}

void Deadline::extend(std::chrono::milliseconds duration) {
  state_->due = Clock::now() + duration;
  state_->passed = false;
  if (!state_->armed || state_->due < state_->fires) arm(state_);
}

void Deadline::arm(const std::shared_ptr<State>& state) {
  state->fires = state->due;
  state->armed = true;
  state->timer.expires_at(state->fires);  // aborts the wait that was under way
  state->timer.async_wait([state](const boost::system::error_code& error) {
    if (error || !state->on_due) return;
    if (Clock::now() < state->due) return arm(state);
    state->armed = false;
    state->passed = true;
    state->on_due();
  });
}

}  // namespace breakwater::net
