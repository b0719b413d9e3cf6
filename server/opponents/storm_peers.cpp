#include "opponents/storm_peers.h"

#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace breakwater::opponents {
namespace {

using std::chrono::hours;

constexpr Duration kFreedAfter = hours(24);

class NoGuard : public PeerRule {
 public:
  explicit NoGuard(std::int64_t members) : PeerRule(members) {}
  std::string_view name() const override { return "no guard"; }
  std::string_view rule() const override { return "every message goes to everybody"; }

 private:
  bool passes(const storm::TraceRow&) override { return true; }
};

// Set-TransportConfig, ReplyAllStorm...: 10 reply-alls within a sliding hour to 2,500 recipients or more;
// what follows in the thread is refused for 6 hours.
class ExchangeOnline : public PeerRule {
 public:
  explicit ExchangeOnline(std::int64_t members) : PeerRule(members) {}
  std::string_view name() const override { return "Exchange Online"; }
  std::string_view rule() const override {
    return "10 reply-alls within an hour to 2,500 or more: the thread is blocked for 6 h, the rest refused";
  }

 private:
  struct Thread {
    std::deque<Instant> replies;  // of the last hour
    Instant blocked_until{};
  };

  bool passes(const storm::TraceRow& row) override {
    const bool reply = !row.in_reply_to.empty() || !row.references.empty() || is_reply(row.subject);
    const std::string key = thread_of(row);
    remember(row.id, key);
    if (!reply || members() < kRecipients) return true;
    Thread& thread = threads_[key];
    if (row.at < thread.blocked_until) return false;
    while (!thread.replies.empty() && row.at - thread.replies.front() >= hours(1)) thread.replies.pop_front();
    thread.replies.push_back(row.at);
    if (thread.replies.size() < kReplies) return true;
    thread.replies.clear();
    thread.blocked_until = row.at + hours(6);
    opened();
    return true;  // the tenth is still sent
  }

  static bool is_reply(std::string_view subject) { return base_of(subject) != subject; }
  // Up to three markers of up to four letters are taken off: "Re: ", "AW: ".
  static std::string_view base_of(std::string_view subject) {
    for (int marker = 0; marker < 3; ++marker) {
      const std::size_t colon = subject.find(':');
      if (colon == std::string_view::npos || colon == 0 || colon > 4) break;
      if (colon + 1 >= subject.size() || subject[colon + 1] != ' ') break;
      subject.remove_prefix(colon + 2);
    }
    return subject;
  }
  std::string thread_of(const storm::TraceRow& row) const {
    if (const auto known = thread_of_message_.find(row.in_reply_to); known != thread_of_message_.end())
      return known->second;
    for (const std::string& id : row.references) {
      if (const auto known = thread_of_message_.find(id); known != thread_of_message_.end())
        return known->second;
    }
    return std::string(base_of(row.subject));
  }
  void remember(const std::string& id, const std::string& thread) {
    if (thread_of_message_.insert_or_assign(id, thread).second) ids_.push_back(id);
    if (ids_.size() <= kRemembered) return;
    thread_of_message_.erase(ids_.front());
    ids_.pop_front();
    if (threads_.size() > kRemembered) threads_.clear();
  }

  static constexpr std::int64_t kRecipients = 2500;
  static constexpr std::size_t kReplies = 10, kRemembered = 100'000;
  std::unordered_map<std::string, Thread> threads_;
  std::unordered_map<std::string, std::string> thread_of_message_;
  std::deque<std::string> ids_;
};

// A number of messages in a period; then the list is held until somebody frees it.
class HeldList : public PeerRule {
 public:
  using PeerRule::PeerRule;

 protected:
  bool within(Instant at, Instant period, std::int64_t most) {
    if (at < freed_) return false;
    if (period != period_) {
      period_ = period;
      count_ = 0;
    }
    if (++count_ >= most) {
      opened();
      freed_ = at + kFreedAfter;
      count_ = 0;
    }
    return true;
  }
  Instant period() const { return period_; }

 private:
  Instant period_{}, freed_{};
  std::int64_t count_ = 0;
};

// Daily-Threshold= 50, midnight to midnight; the owner's FREE ends it.
class Listserv : public HeldList {
 public:
  explicit Listserv(std::int64_t members) : HeldList(members) {}
  std::string_view name() const override { return "LISTSERV"; }
  std::string_view rule() const override { return "after 50 postings a day the list is held until freed"; }

 private:
  bool passes(const storm::TraceRow& row) override {
    return within(row.at, std::chrono::floor<std::chrono::days>(row.at), 50);
  }
};

// ezmlm-limit: 30 messages in an hour from the first of them on; then every message waits for a moderator,
// until somebody removes the file by hand.
class Ezmlm : public HeldList {
 public:
  explicit Ezmlm(std::int64_t members) : HeldList(members) {}
  std::string_view name() const override { return "ezmlm"; }
  std::string_view rule() const override {
    return "after 30 postings an hour the list is moderated until freed";
  }

 private:
  bool passes(const storm::TraceRow& row) override {
    return within(row.at, row.at - period() < hours(1) ? period() : row.at, 30);
  }
};

}  // namespace

void PeerRule::take(const storm::TraceRow& row) {
  tally_.came(row.at);
  if (passes(row)) {
    tally_.sent(row.at);
  } else {
    ++tally_.held;
  }
  if (std::exchange(opening_, false)) tally_.opened(row.at);
}

std::vector<std::unique_ptr<PeerRule>> peer_rules(std::int64_t members) {
  std::vector<std::unique_ptr<PeerRule>> rules;
  rules.push_back(std::make_unique<NoGuard>(members));
  rules.push_back(std::make_unique<ExchangeOnline>(members));
  rules.push_back(std::make_unique<Listserv>(members));
  rules.push_back(std::make_unique<Ezmlm>(members));
  return rules;
}

}  // namespace breakwater::opponents
