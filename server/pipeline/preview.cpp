#include "pipeline/preview.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lists/list_address.h"
#include "mail/address.h"
#include "mail/dsn.h"

namespace breakwater::pipeline {
namespace {

// Whom a bounce says it could not reach, for good. A report in the standard form says so itself, also of what
// expired with a 4.x.x status; in all other forms it is what the words and codes come to.
std::vector<mail::BouncedRecipient> failures_in(std::string_view message) {
  std::vector<mail::BouncedRecipient> failures;
  if (const auto reported = mail::parse_dsn(message)) {
    for (const mail::ReportedRecipient& one : *reported) {
      if (one.action == "failed") failures.push_back({one.recipient, true, one.status, one.diagnostic});
    }
  }
  if (!failures.empty()) return failures;
  failures = mail::parse_bounce(message);
  std::erase_if(failures, [](const auto& one) { return one.permanent != true; });
  return failures;
}

}  // namespace

Preview preview_of(const smtp::ReceivedMessage& message) {
  Preview preview;
  preview.block = mail::HeaderBlock::parse(message.bytes);
  const mail::HeaderBlock& block = preview.block;
  // One From with one address: on anything else two programs may read two authors.
  const auto* from = block.find("From");
  if (from == nullptr || block.count("From") != 1) {
    preview.from_problem =
        from == nullptr ? "the message has no From field" : "the message has more than one From field";
  } else if (auto authors = mail::parse_address_list(from->body); !authors || authors->size() != 1) {
    preview.from_problem =
        authors ? "its From field must have exactly one address" : "its From field: " + authors.error().what;
  } else {
    preview.senders.push_back(std::move(authors->front().address));
    preview.author_name = std::move(authors->front().name);
    preview.author = preview.senders.front().mailbox;
  }
  const std::string author = preview.senders.empty() ? std::string() : preview.senders.front().key;
  preview.reading = read_facts(block, author, {!message.envelope.reverse_path, false});
  if (const auto& path = message.envelope.reverse_path) {
    if (auto sender = mail::parse_address(path->text())) preview.senders.push_back(std::move(*sender));
  }
  const auto& to = message.envelope.recipients;
  const bool is_bounce = std::any_of(to.begin(), to.end(), [](const auto& recipient) {
    return lists::lower_case(recipient.mailbox.local).find("-bounces+") != std::string::npos;
  });
  if (is_bounce) preview.failures = failures_in(message.bytes);
  return preview;
}

}  // namespace breakwater::pipeline
