#include "pipeline/sync_letters.h"

#include <utility>

#include "letters/reasons.h"
#include "letters/text.h"
#include "pipeline/letters.h"
#include "pipeline/orders.h"

namespace breakwater::pipeline {
namespace {

letters::Rows addresses(const std::vector<std::string>& mailboxes) {
  letters::Rows rows;
  for (const std::string& mailbox : mailboxes) rows.emplace_back()["address"] = mailbox;
  return rows;
}

// A source that has a label begins what it said with that.
std::string remark_text(const std::string& remark, const std::vector<std::string>& sources,
                        std::string_view language) {
  for (const std::string& name : sources) {
    if (!remark.starts_with(name + ": ")) continue;
    const std::string_view said = std::string_view(remark).substr(name.size() + 2);
    const std::string text = letters::source_error_text(said, language);
    if (text != said) return letters::source_error_text(name + ": ", language) + text;
  }
  return letters::source_error_text(remark, language);
}

std::int64_t more(std::int64_t all, const std::vector<std::string>& shown) {
  return all - static_cast<std::int64_t>(shown.size());
}

}  // namespace

mail::Notice sync_held_letter(const SyncHeldFacts& facts, const letters::Templates& templates,
                              std::string_view language) {
  using lists::SyncDrift;
  const SyncDrift drift = facts.decision.drift;
  letters::Values values;
  values["list_address"] = facts.list_address;
  values["before"] = facts.counts.before;
  values["added"] = facts.counts.added;
  values["removed"] = facts.counts.removed;
  values["removes_too_many"] = drift == SyncDrift::removed;
  values["adds_too_many"] = drift == SyncDrift::added;
  values["percent"] = drift == SyncDrift::removed ? facts.limits.percent_removed : facts.limits.percent_added;
  // The template says of a drift what the reason does, in its own language.
  if (drift == SyncDrift::none) {
    values["reason"] = letters::source_error_text(facts.decision.reason, language);
  }
  letters::Rows sources, remarks;
  for (const std::string& name : facts.sources) sources.emplace_back()["source"] = name;
  for (const std::string& remark : facts.remarks)
    remarks.emplace_back()["remark"] = remark_text(remark, facts.sources, language);
  values["sources"] = std::move(sources);
  values["remarks"] = std::move(remarks);
  values["joining"] = addresses(facts.joining);
  values["leaving"] = addresses(facts.leaving);
  values["more_joining"] = more(facts.counts.added, facts.joining);
  values["more_leaving"] = more(facts.counts.removed, facts.leaving);
  for (const Word word : {Word::confirm, Word::cancel}) {
    const std::string name(name_of(word));
    values[name + "_link"] = letters::mailto_link(facts.command_address, name);
  }
  values["until"] = facts.until;
  auto notice = from_owners(templates.render(language, "sync_held", values), facts.list_address,
                            facts.owner_address, facts.to);
  notice.reply_to = facts.command_address;
  return notice;
}

mail::Notice sync_failed_letter(const SyncFailedFacts& facts, const letters::Templates& templates,
                                std::string_view language) {
  letters::Values values;
  values["list_address"] = facts.list_address;
  values["source"] = facts.source;
  // Errors name their source; where that has no label it would stand there twice.
  const bool twice = facts.error.starts_with(facts.source + ": ");
  values["error"] =
      letters::source_error_text(twice ? facts.error.substr(facts.source.size() + 2) : facts.error, language);
  values["last"] = facts.last;
  values["retried"] = facts.retried;
  return from_owners(templates.render(language, "sync_failed", values), facts.list_address,
                     facts.owner_address, facts.owner_address);
}

mail::Notice sync_works_letter(const SyncWorksFacts& facts, const letters::Templates& templates,
                               std::string_view language) {
  letters::Values values;
  values["list_address"] = facts.list_address;
  values["since"] = facts.since;
  values["added"] = facts.added;
  values["removed"] = facts.removed;
  return from_owners(templates.render(language, "sync_works_again", values), facts.list_address,
                     facts.owner_address, facts.owner_address);
}

}  // namespace breakwater::pipeline
