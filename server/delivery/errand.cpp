#include "delivery/errand.h"

#include <algorithm>
#include <utility>

#include "terms/invariant.h"

namespace breakwater::delivery {
namespace {

// What a kill -9 makes members get twice is what was taken and not yet reported: small, but a report is a
// commit.
constexpr std::uint32_t kReportRecipients = 1000;
constexpr auto kReportAfter = std::chrono::milliseconds{100};

Instant wall_now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

queue::Outcome outcome_of(smtp::Settled how) {
  switch (how) {
    case smtp::Settled::delivered: return queue::Outcome::delivered;
    case smtp::Settled::deferred: return queue::Outcome::deferred;
    case smtp::Settled::failed: break;
  }
  return queue::Outcome::failed;
}

}  // namespace

Errand::Errand(queue::Consignment consignment, Progress progress,
               std::shared_ptr<const smtp::Content> content)
    : consignment_(std::move(consignment)),
      progress_(std::move(progress)),
      content_(std::move(content)),
      todo_(static_cast<std::uint32_t>(consignment_.to.size())),
      log_(wall_now()),
      reported_(Clock::now()) {}

std::uint32_t Errand::batch() const {
  return consignment_.individual ? 1 : std::max(consignment_.route.recipients, 1U);
}

void Errand::set_peer(const std::string& peer) {
  if (peer_ == peer) return;
  if (waiting_ > 0) report(false, queue::Outcome::deferred, {});
  peer_ = peer;
}

void Errand::reverse_path(std::uint32_t at, std::string& out) {
  if (consignment_.individual && consignment_.verp) {
    consignment_.verp(consignment_.to[at], out);
  } else {
    out.append(consignment_.reverse_path);
  }
}

bool Errand::stopped() const {
  return stopped_ || (consignment_.stop && consignment_.stop->load(std::memory_order_relaxed));
}

void Errand::settle(smtp::Settled how, std::string_view reply, const std::uint32_t* at, std::size_t count) {
  if (count == 0) return;
  taken_ += how == smtp::Settled::delivered;
  put_off_ += how == smtp::Settled::deferred;
  const queue::Outcome outcome = outcome_of(how);
  const std::uint32_t first = consignment_.to[at[0]].index;
  const bool same = !indices_.empty() && outcome == outcome_ && reply == reply_ && first > indices_.back();
  if (!same) {
    close_record();
    outcome_ = outcome;
    reply_.assign(reply);
    at_ = wall_now();
  }
  for (std::size_t i = 0; i < count; ++i) indices_.push_back(consignment_.to[at[i]].index);
  waiting_ += static_cast<std::uint32_t>(count);
  if (waiting_ >= kReportRecipients) report(false, queue::Outcome::deferred, {});
}

void Errand::close_record() {
  if (indices_.empty()) return;
  // Whoever reads the log expects text; what a peer says may be any bytes.
  std::string_view text = reply_;
  const auto odd = [](char c) { return static_cast<unsigned char>(c) > 0x7E; };
  if (std::any_of(reply_.begin(), reply_.end(), odd)) {
    std::string clean = reply_;
    std::replace_if(clean.begin(), clean.end(), odd, '?');
    log_.append(at_, outcome_, clean, indices_.data(), indices_.size());
  } else {
    log_.append(at_, outcome_, text, indices_.data(), indices_.size());
  }
  indices_.clear();
}

void Errand::tick() {
  if (waiting_ > 0 && Clock::now() - reported_ >= kReportAfter) report(false, queue::Outcome::deferred, {});
}

void Errand::finish(queue::Outcome rest, std::string trouble) {
  BREAKWATER_ASSERT(!finished_);
  finished_ = true;
  report(true, rest, std::move(trouble));
}

void Errand::report(bool finished, queue::Outcome rest, std::string trouble) {
  close_record();
  queue::Report report;
  report.key = consignment_.key;
  report.peer = peer_;
  report.base = log_.base();
  report.log = log_.take(wall_now());
  report.transactions = std::exchange(transactions_, 0);
  report.taken = std::exchange(taken_, 0);
  report.put_off = std::exchange(put_off_, 0);
  report.opened = std::exchange(opened_, 0);
  report.refused = finished && refused_;
  report.finished = finished;
  report.rest = rest;
  report.trouble = std::move(trouble);
  std::replace_if(
      report.trouble.begin(), report.trouble.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E; },
      '?');
  waiting_ = 0;
  reported_ = Clock::now();
  progress_(std::move(report));
}

}  // namespace breakwater::delivery
