#include "pipeline/bounce_letters.h"

#include <utility>

#include "pipeline/letters.h"

namespace breakwater::pipeline {
namespace {

// What came back: the words of the server that refused, or at least its status (RFC 3463).
const std::string& reason_of(const std::string& status, const std::string& diagnostic) {
  return diagnostic.empty() ? status : diagnostic;
}

}  // namespace

mail::Notice probe_letter(const ProbeFacts& facts, const letters::Templates& templates,
                          std::string_view language) {
  letters::Values values;
  values["list_address"] = facts.list_address;
  values["owner_address"] = facts.owner_address;
  values["address"] = facts.to;
  values["at"] = facts.at;
  values["reason"] = reason_of(facts.status, facts.diagnostic);
  values["wait_days"] = facts.wait_days;
  return from_owners(templates.render(language, "probe", values), facts.list_address, facts.owner_address,
                     facts.to);
}

mail::Notice bounce_letter(const BounceLetterFacts& facts, const letters::Templates& templates,
                           std::string_view language) {
  letters::Values values;
  values["list_address"] = facts.list_address;
  values["stopped"] = facts.all_stopped;
  values["more"] = facts.all_stopped - static_cast<std::int64_t>(facts.stopped.size());
  letters::Rows members, postings;
  for (const auto& one : facts.stopped) {
    letters::Values& row = members.emplace_back();
    row["address"] = one.mailbox;
    row["since"] = one.at;
    row["reason"] = reason_of(one.status, one.diagnostic);
  }
  for (const auto& one : facts.spiked) {
    letters::Values& row = postings.emplace_back();
    row["posting"] = one.posting;
    row["subject"] = one.subject;
    row["bounced"] = one.members;
    row["recipients"] = one.recipients;
  }
  values["members"] = std::move(members);
  values["postings"] = std::move(postings);
  return from_owners(templates.render(language, "bounces", values), facts.list_address, facts.owner_address,
                     facts.owner_address);
}

}  // namespace breakwater::pipeline
