// storm.status: what is frozen, open and held, list by list.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>
#include <map>

#include "admin/answers.h"
#include "admin/request.h"
#include "mail/address.h"
#include "store/directory.h"
#include "store/hold.h"
#include "store/moderation.h"
#include "store/store.h"
#include "store/storm_memory.h"
#include "storm/breaker.h"
#include "storm/breaker_record.h"

namespace breakwater::admin {
namespace {

using storm::BreakerReport;
using storm::BreakerState;

constexpr std::size_t kRecords = 20'000;  // of one kind, newest first: an open breaker is written often

struct ListState {
  std::optional<store::Freeze> freeze;
  std::optional<store::HoldAll> hold_all;
  std::vector<BreakerReport> breakers;  // the list's own first
  std::vector<store::HeldCount> held;
};

double rounded(double value) { return std::round(value * 100) / 100; }

boost::json::object shown(const BreakerReport& one) {
  boost::json::array evidence;
  for (const std::string& line : one.evidence) evidence.emplace_back(line);
  return {{"thread", one.key},
          {"subject", one.subject},
          {"state", storm::name_of(one.state)},
          {"score", rounded(one.score)},
          {"limit", rounded(one.limit)},
          {"reproduction", rounded(one.reproduction)},
          {"opened", one.opened_at ? iso_time(*one.opened_at) : std::string()},
          {"probe", one.probe_at ? iso_time(*one.probe_at) : std::string()},
          {"openings", one.openings},
          {"held", one.held},
          {"spared", one.spared},
          {"evidence", std::move(evidence)}};
}

// The states by list address, read from one snapshot.
class Survey {
 public:
  Survey(store::Connection& db, const config::Config& config, bool closed_too, Instant now)
      : db_(db), config_(config), closed_too_(closed_too), now_(now) {}

  Result<std::map<std::string, ListState>> run() {
    if (auto done = know_lists(); !done) return done.error();
    if (auto done = read_frozen(); !done) return done.error();
    if (auto done = read_held_all(); !done) return done.error();
    for (const storm::Kind kind : {storm::Kind::list, storm::Kind::thread}) {
      if (auto done = read_breakers(kind); !done) return done.error();
    }
    const auto counts = store::held_counts(db_);
    if (!counts) return counts.error();
    for (const store::HeldCount& count : *counts) states_[count.list_address].held.push_back(count);
    return std::move(states_);
  }

 private:
  Result<void> know_lists() {
    for (const auto& [address, list] : config_.lists) {
      const auto key = mail::parse_address(address);
      if (!key) return key.error();
      const auto id = store::find_list(db_, key->key);
      if (!id) return id.error();
      if (*id) lists_[**id] = &list;
    }
    return {};
  }

  Result<void> read_frozen() {
    auto frozen = store::frozen_lists(db_);
    if (!frozen) return frozen.error();
    for (store::Freeze& one : *frozen) {
      const auto list = lists_.find(one.list);  // without a file it is frozen all the same
      const std::string address = list != lists_.end() ? list->second->address() : one.list_address;
      if (!address.empty()) states_[address].freeze = std::move(one);
    }
    return {};
  }

  Result<void> read_held_all() {
    auto held = store::hold_alls(db_);
    if (!held) return held.error();
    for (store::HoldAll& one : *held) {
      const std::string address = one.list ? one.list_address : std::string("all lists");
      if (!address.empty()) states_[address].hold_all = std::move(one);
    }
    return {};
  }

  Result<void> read_breakers(storm::Kind kind) {
    const auto records = store::storm_records(db_, kind, now_, kRecords);
    if (!records) return records.error();
    for (const store::StormRecord& record : *records) {
      const auto list = lists_.find(record.list);
      if (list == lists_.end()) continue;  // its file is gone: nothing can be posted there
      auto told = storm::report(kind, record.key, record.value, list->second->guard.breaker, now_);
      if (kind == storm::Kind::list && record.key.empty())
        all_closed_[record.list] = storm::ListState::decode(record.value).all_closed;
      if (told && kind == storm::Kind::thread && is_closed_by_hand(record.list, *told)) {
        told = BreakerReport{.key = told->key, .subject = told->subject, .limit = told->limit};
      }
      if (!told || (told->state == BreakerState::closed && !closed_too_)) continue;
      states_[list->second->address()].breakers.push_back(std::move(*told));
    }
    return {};
  }

  // Who closes a list's breaker closes those of its threads with it; their records learn of it by their next
  // posting.
  bool is_closed_by_hand(ListId list, const BreakerReport& thread) const {
    const auto closed = all_closed_.find(list);
    return closed != all_closed_.end() && closed->second && thread.opened_at &&
           *thread.opened_at <= *closed->second;
  }

  store::Connection& db_;
  const config::Config& config_;
  bool closed_too_;
  Instant now_;
  std::map<ListId, const lists::List*> lists_;
  std::map<ListId, std::optional<Instant>> all_closed_;
  std::map<std::string, ListState> states_;
};

struct Totals {
  std::int64_t open = 0, frozen = 0, held = 0, spared = 0;
};

boost::json::object shown(const std::string& address, const ListState& state, Totals& totals) {
  boost::json::object out{{"list", address}, {"frozen", state.freeze.has_value()}};
  if (state.freeze) {
    ++totals.frozen;
    out["frozen_since"] = iso_time(state.freeze->since);
    out["frozen_by"] = state.freeze->actor;
    out["frozen_reason"] = state.freeze->reason;
  }
  if (state.hold_all) {
    out["held_all_since"] = iso_time(state.hold_all->since);
    out["held_all_by"] = state.hold_all->actor;
    out["held_all_reason"] = state.hold_all->reason;
  }
  std::int64_t held = 0, spared = 0;
  boost::json::array verdicts;
  for (const store::HeldCount& one : state.held) {
    held += one.postings;
    spared += one.spared;
    verdicts.push_back(
        boost::json::object{{"verdict", one.verdict}, {"postings", one.postings}, {"spared", one.spared}});
  }
  totals.held += held;
  totals.spared += spared;
  out["held"] = held;
  out["spared"] = spared;
  out["held_by_verdict"] = std::move(verdicts);
  std::optional<Instant> probe;
  boost::json::array breakers;
  for (const BreakerReport& one : state.breakers) {
    if (one.state != BreakerState::closed) ++totals.open;
    if (one.probe_at && one.state == BreakerState::open && (!probe || *one.probe_at < *probe)) {
      probe = one.probe_at;
    }
    breakers.push_back(shown(one));
  }
  out["next_probe"] = probe ? iso_time(*probe) : std::string();
  out["breakers"] = std::move(breakers);
  return out;
}

}  // namespace

Answer storm_status(const Question& question) {
  const auto config = question.desk.config();
  const auto name = optional_text(question.request, "list");
  const auto all = flag(question.request, "all");
  if (!name) return name.error();
  if (!all) return all.error();
  std::string only;
  if (*name) {
    const auto list = find_configured(*config, **name);
    if (!list) return list.error();
    only = (*list)->address();
  }
  auto reading = question.desk.store->read();
  const Instant now = question.desk.now();
  const auto states = Survey(reading.connection(), *config, *all, now).run();
  if (!states) return states.error();
  Totals totals;
  std::int64_t lists = 0;
  for (const auto& [address, state] : *states) {
    if (!only.empty() && address != only && address != "all lists") continue;
    ++lists;
    if (!question.row(shown(address, state, totals))) break;
  }
  return boost::json::object{{"at", iso_time(now)},     {"lists", lists},      {"open", totals.open},
                             {"frozen", totals.frozen}, {"held", totals.held}, {"spared", totals.spared}};
}

}  // namespace breakwater::admin
