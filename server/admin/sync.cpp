// list.sync, and what list.show says of syncs.
#include "admin/sync.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdio>

#include "admin/answers.h"
#include "admin/request.h"
#include "config/units.h"
#include "mail/ascii.h"
#include "mail/utf8.h"
#include "sources/configured.h"
#include "store/directory.h"
#include "store/sync_rows.h"

namespace breakwater::admin {
namespace {

using lists::SyncVerdict;

constexpr std::size_t kMaxReason = 500;

std::string_view verdict_name(SyncVerdict verdict) {
  switch (verdict) {
    case SyncVerdict::nothing: return "in step";
    case SyncVerdict::apply: return "applied";
    case SyncVerdict::hold: return "held";
    case SyncVerdict::refuse: break;
  }
  return "refused";
}

std::string_view result_name(store::SyncResult result) {
  switch (result) {
    case store::SyncResult::in_step: return "in step";
    case store::SyncResult::applied: return "applied";
    case store::SyncResult::held: return "held";
    case store::SyncResult::failed: return "failed";
    case store::SyncResult::applying: return "being applied";
  }
  return "unknown";
}

std::string schedule_text(const lists::ListSync& sync) {
  if (sync.every != Duration{0}) return "every " + config::format_duration(sync.every.count());
  if (!sync.daily_at) return "by hand only";
  char text[32];
  std::snprintf(text, sizeof text, "daily at %02d:%02d UTC", static_cast<int>(sync.daily_at->count() / 60),
                static_cast<int>(sync.daily_at->count() % 60));
  return text;
}

boost::json::array names_of(const std::vector<lists::SourceSettings>& sources) {
  boost::json::array names;
  for (const auto& source : sources) names.emplace_back(sources::name_of(source));
  return names;
}

Result<std::string> confirmation(const boost::json::object& request) {
  const auto given = optional_text(request, "confirm");
  if (!given) return given.error();
  if (!*given) return std::string();
  std::string reason(mail::trimmed(mail::printable(**given, kMaxReason)));
  if (reason.empty()) {
    return error(Fault::invalid,
                 "say why these numbers are right, for those who read the audit trail tomorrow: "
                 "--confirm \"...\"");
  }
  return reason;
}

void tell_changes(const Question& question, const SyncOutcome& outcome) {
  for (const lists::SyncRow& row : outcome.first_added) {
    if (!question.row({{"change", "add"}, {"address", row.mailbox}, {"name", row.name}})) return;
  }
  for (const std::string& key : outcome.first_removed) {
    if (!question.row({{"change", "remove"}, {"address", key}, {"name", ""}})) return;
  }
  for (const lists::SyncRow& row : outcome.first_renamed) {
    if (!question.row({{"change", "rename"}, {"address", row.mailbox}, {"name", row.name}})) return;
  }
}

}  // namespace

std::string sync_sentence(const SyncOrder& order, const SyncOutcome& outcome) {
  const lists::SyncCounts& counts = outcome.counts;
  const std::string added = std::to_string(counts.added), removed = std::to_string(counts.removed);
  const std::string renamed = std::to_string(counts.renamed);
  const bool renames = counts.renamed > 0;
  const std::string on = order.list_address + ": ";
  switch (outcome.decision.verdict) {
    case SyncVerdict::nothing: return on + "in step with its sources, nothing to do";
    case SyncVerdict::apply:
      return on + (order.dry_run ? "would add " + added + " and remove " + removed +
                                       (renames ? ", and rename " + renamed : "") + "; nothing is changed"
                                 : added + " added, " + removed + " removed" +
                                       (renames ? ", " + renamed + " renamed" : ""));
    case SyncVerdict::hold:
      return on + (order.dry_run ? "would be held: " : "held, nothing is changed: ") +
             outcome.decision.reason + "; where that is right: breakwater list sync " + order.list_address +
             " --confirm \"REASON\"";
    case SyncVerdict::refuse: break;
  }
  return on + outcome.decision.reason;
}

Answer list_sync(const Question& question) {
  if (question.desk.syncs == nullptr) {
    return error(Fault::unavailable, "not available here: start the server and give the command again");
  }
  const auto config = question.desk.config();
  const auto list = named_list(*config, question.request);
  if (!list) return list.error();
  const auto dry_run = flag(question.request, "dry_run");
  if (!dry_run) return dry_run.error();
  auto confirm = confirmation(question.request);
  if (!confirm) return confirm.error();
  const SyncOrder order{(*list)->address(), *dry_run, std::move(*confirm), question.actor};
  const auto done = question.desk.syncs->sync(order);
  if (!done) return done.error();
  tell_changes(question, *done);
  const lists::SyncCounts& counts = done->counts;
  boost::json::array remarks;
  for (const std::string& remark : done->remarks) remarks.emplace_back(remark);
  return boost::json::object{{"list", order.list_address},
                             {"result", verdict_name(done->decision.verdict)},
                             {"dry_run", order.dry_run},
                             {"reason", done->decision.reason},
                             {"before", counts.before},
                             {"added", counts.added},
                             {"removed", counts.removed},
                             {"renamed", counts.renamed},
                             {"after", counts.after()},
                             {"manual", counts.manual},
                             {"manual_named", counts.manual_named},
                             {"excluded", counts.excluded},
                             {"duplicates", counts.duplicates},
                             {"invalid", counts.invalid},
                             {"remarks", std::move(remarks)},
                             {"message", sync_sentence(order, *done)}};
}

Result<void> add_sync_facts(store::Connection& db, const lists::List& list, boost::json::object& out) {
  out["sources"] = names_of(list.sync.sources);
  if (list.sync.sources.empty()) return {};
  out["exclusions"] = names_of(list.sync.exclusions);
  out["synced_when"] = schedule_text(list.sync);
  const auto key = mail::parse_address(list.address());
  if (!key) return key.error();
  const auto id = store::find_list(db, key->key);
  if (!id) return id.error();
  if (!*id) return {};
  const auto synced = store::count_synced(db, **id);
  if (!synced) return synced.error();
  out["synced_members"] = *synced;
  const auto last = store::last_sync(db, **id);
  if (!last) return last.error();
  out["last_sync"] = *last ? iso_time((*last)->at) : std::string();
  if (!*last) return {};
  out["last_sync_result"] = result_name((*last)->result);
  out["last_sync_reason"] = (*last)->reason;
  // Of one that failed they would be those of the sync before it, or of a part; the reason says of that.
  if ((*last)->result != store::SyncResult::failed) {
    out["last_sync_added"] = (*last)->added;
    out["last_sync_removed"] = (*last)->removed;
    out["last_sync_renamed"] = (*last)->renamed;
  }
  out["last_sync_success"] = (*last)->succeeded ? iso_time(*(*last)->succeeded) : std::string();
  return {};
}

}  // namespace breakwater::admin
