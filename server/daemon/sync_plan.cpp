#include "daemon/sync_plan.h"

#include <unordered_set>
#include <utility>

#include "lists/ban.h"
#include "lists/service_address.h"
#include "mail/address.h"
#include "mail/utf8.h"
#include "sources/configured.h"
#include "sources/source.h"
#include "store/subscriptions.h"
#include "store/sync_stage.h"

namespace breakwater::daemon {
namespace {

constexpr std::size_t kNameBytes = 200;
constexpr std::size_t kShownInvalid = 3;  // of a source
constexpr std::size_t kBansKnown = 100'000;

// Streams of the stage.
constexpr int kMembers = 0, kLeft = 1, kBanned = 2, kFirstOfFile = 3;

// Errors of readers begin with what they read: with a label too, by which owners know it.
Error labelled(const lists::SourceSettings& settings, Error failure) {
  const std::string name = sources::name_of(settings);
  if (!failure.what.starts_with(name)) failure.what = name + ": " + failure.what;
  return failure;
}

// Reads what a list's file names into the stage.
class Intake {
 public:
  Intake(store::SyncStage& stage, const config::Config& config, std::stop_token stop)
      : stage_(stage), config_(config), stop_(std::move(stop)) {}

  // Before the sources; who is banned meanwhile is seen when the plan is carried out.
  Result<void> take_bans(store::Store& store, ListId list) {
    auto reading = store.read();
    auto bans = store::bans(reading.connection(), list, kBansKnown);
    if (!bans) return bans.error();
    for (store::Ban& ban : *bans) bans_.insert(std::move(ban.key));
    return {};
  }

  Result<void> take_members(store::Store& store, ListId list) {
    auto reading = store.read();
    auto staged = store::stage_members(reading.connection(), list, stage_, kMembers);
    return staged ? store::stage_left(reading.connection(), list, stage_, kLeft) : staged;
  }

  // A source's rows, as the next stream.
  Result<void> take(const lists::SourceSettings& settings) {
    auto source = sources::make_source(settings);
    if (!source) return labelled(settings, source.error());
    names_.push_back(sources::name_of(settings));
    std::int64_t valid = 0, bad = 0;
    std::string first_bad;
    const auto report = (*source)->read(
        [&](const sources::SourceRow& row) -> Result<void> {
          auto address = address_of(row.address);
          if (!address) {
            if (++bad <= static_cast<std::int64_t>(kShownInvalid)) {
              first_bad.append("; ").append(row.where).append(": \"");
              first_bad.append(mail::printable(row.address, 80)).append("\": ").append(address.error().what);
            }
            return {};
          }
          ++valid;
          return put(std::move(*address), row.name);
        },
        stop_);
    if (!report) return labelled(settings, report.error());
    if (bad > 0 && valid == 0) {
      return error(Fault::invalid, names_.back() + ": none of its " + std::to_string(bad) +
                                       " rows has a valid address" + first_bad);
    }
    invalid_ += bad;
    tell(*report, bad, first_bad);
    ++next_stream_;
    return {};
  }

  std::int64_t invalid() const { return invalid_; }
  const std::vector<std::string>& names() const { return names_; }
  std::vector<std::string> take_remarks() { return std::move(remarks_); }

 private:
  Result<void> put(mail::Address address, const std::string& name) {
    if (!bans_.empty()) {
      for (const std::string& key : lists::ban_keys(address)) {
        if (!bans_.contains(key)) continue;
        if (auto banned = stage_.put(kBanned, {address.key, {}, {}, false}); !banned) return banned;
        break;
      }
    }
    return stage_.put(next_stream_, {std::move(address.key), std::move(address.mailbox),
                                     mail::printable(name, kNameBytes), false});
  }

  void tell(const sources::SourceReport& report, std::int64_t bad, const std::string& first_bad) {
    const std::string& name = names_.back();
    if (bad > 0) {
      remarks_.push_back(name + ": " + std::to_string(bad) +
                         (bad == 1 ? " row without a valid address is left out"
                                   : " rows without a valid address are left out") +
                         first_bad);
    }
    if (report.without_address > 0) {
      remarks_.push_back(name + ": rows without an address, left out: " +
                         std::to_string(report.without_address) + "; the first at " + report.first_without);
    }
    for (const std::string& remark : report.remarks) remarks_.push_back(name + ": " + remark);
  }

  // Errors: Fault::invalid, and why it is nobody's.
  Result<mail::Address> address_of(const std::string& text) const {
    auto address = mail::parse_address(text);
    if (address && lists::is_service_address(config_.lists, config_.hostname, *address))
      return error(Fault::invalid, std::string(lists::kServiceAddress));
    return address;
  }

  store::SyncStage& stage_;
  const config::Config& config_;
  std::stop_token stop_;
  std::unordered_set<std::string> bans_;
  int next_stream_ = kFirstOfFile;
  std::int64_t invalid_ = 0;
  std::vector<std::string> names_, remarks_;
};

// A stream of the stage with the name that errors give it, and what owns its cursor.
struct Streams {
  std::vector<std::unique_ptr<lists::SyncCursor>> cursors;
  std::vector<lists::SyncSource> sources;

  Result<void> add(store::SyncStage& stage, int stream, std::string name) {
    auto cursor = stage.read(stream);
    if (!cursor) return cursor.error();
    sources.push_back({std::move(name), cursor->get()});
    cursors.push_back(std::move(*cursor));
    return {};
  }
};

Result<PlannedSync> plan_staged(store::SyncStage& stage, const lists::ListSync& sync, Intake& intake,
                                std::unique_ptr<store::SyncPlanFile> plan, bool confirmed) {
  auto members = stage.read(kMembers);
  if (!members) return members.error();
  Streams sources, exclusions;
  for (std::size_t at = 0; at < intake.names().size(); ++at) {
    Streams& side = at < sync.sources.size() ? sources : exclusions;
    auto added = side.add(stage, kFirstOfFile + static_cast<int>(at), intake.names()[at]);
    if (!added) return added.error();
  }
  if (auto added = exclusions.add(stage, kLeft, "who left the list"); !added) return added.error();
  if (auto added = exclusions.add(stage, kBanned, "who is banned"); !added) return added.error();
  auto counts = lists::plan_sync(**members, sources.sources, exclusions.sources, *plan);
  if (!counts) return counts.error();
  counts->invalid = intake.invalid();
  PlannedSync planned;
  planned.decision = lists::judge_sync(*counts, sources.sources, sync.limits, confirmed);
  planned.counts = std::move(*counts);
  planned.remarks = intake.take_remarks();
  planned.plan = std::move(plan);
  return planned;
}

}  // namespace

Result<PlannedSync> plan_list(const lists::ListSync& sync, store::Store& store, ListId list,
                              const config::Config& config, const std::string& directory, bool confirmed,
                              std::stop_token stop, std::string& failed_source) {
  auto stage = store::SyncStage::make(store::sync_file(directory, list, "stage"));
  if (!stage) return stage.error();
  Intake intake(**stage, config, std::move(stop));
  if (auto taken = intake.take_bans(store, list); !taken) return taken.error();
  for (const auto* side : {&sync.sources, &sync.exclusions}) {
    for (const lists::SourceSettings& settings : *side) {
      failed_source = sources::name_of(settings);
      if (auto taken = intake.take(settings); !taken) return taken.error();
    }
  }
  failed_source.clear();
  // Last, so that the members are those of now, however long the sources took.
  if (auto taken = intake.take_members(store, list); !taken) return taken.error();
  auto plan = store::SyncPlanFile::make(store::sync_file(directory, list, "plan"));
  if (!plan) return plan.error();
  return plan_staged(**stage, sync, intake, std::move(*plan), confirmed);
}

}  // namespace breakwater::daemon
