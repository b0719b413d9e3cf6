#include "pipeline/facts.h"

#include <algorithm>
#include <utility>

#include "mail/message.h"
#include "mail/own_text.h"
#include "storm/machine.h"

namespace breakwater::pipeline {
namespace {

constexpr std::size_t kReferences = 20;  // the thread is found by the nearest; mail programs cut them too
constexpr std::size_t kLongestId = 995;  // a line of 998 with its brackets and a blank
constexpr std::size_t kSubjectBytes = 200;

}  // namespace

std::vector<std::string> message_ids(std::string_view body, std::size_t most) {
  std::vector<std::string> ids;
  for (std::size_t at = 0; (at = body.find('<', at)) != std::string_view::npos;) {
    const std::size_t end = body.find_first_of("<>", at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view id = body.substr(at, end + 1 - at);
    at = end;
    const bool plain =
        std::all_of(id.begin(), id.end(), [](unsigned char c) { return c > 0x20 && c != 0x7F; });
    if (body[end] != '>' || !plain || id.size() < 4 || id.size() > kLongestId) continue;
    if (ids.size() == most) ids.erase(ids.begin());
    ids.emplace_back(id);
  }
  return ids;
}

Reading read_facts(const mail::HeaderBlock& block, std::string sender, const Arrival& arrival) {
  Reading reading;
  storm::Facts& facts = reading.facts;
  facts.sender = std::move(sender);
  if (const auto* id = block.find("Message-ID")) facts.message_id = id->unfolded();
  if (const auto* parent = block.find("In-Reply-To")) {
    auto ids = message_ids(parent->body, 1);
    if (!ids.empty()) facts.in_reply_to = std::move(ids.front());
  }
  if (const auto* line = block.find("References")) facts.references = message_ids(line->body, kReferences);
  if (const auto* subject = block.find("Subject")) {
    facts.subject = mail::readable(subject->body, kSubjectBytes);
  }
  facts.body = mail::own_text(block, storm::own_text_bytes);
  auto sign =
      storm::machine_sign(block, arrival.null_reverse_path, arrival.announcer, facts.subject, facts.body);
  if (!sign) return reading;
  facts.automatic = sign->certain;
  (sign->certain ? reading.machine_reason : facts.suspect) = std::move(sign->reason);
  return reading;
}

}  // namespace breakwater::pipeline
