#include "mail/bounce_parse.h"

#include <algorithm>

#include "mail/ascii.h"
#include "mail/bounce_source.h"
#include "mail/bounce_text.h"
#include "mail/bounce_words.h"
#include "mail/dsn.h"

namespace breakwater::mail {
namespace {

// RFC 3464 2.3.3. What the action leaves open, the codes say.
std::optional<bool> permanent_of(const ReportedRecipient& reported, const ReplyCodes& codes) {
  if (reported.action == "delayed") return false;
  if (const auto by_code = codes.permanent()) return by_code;
  if (const auto by_words = permanent_by_words(phrase_key(reported.diagnostic))) return by_words;
  if (reported.action.starts_with("fail")) return true;
  return std::nullopt;
}

bool is_success(const ReportedRecipient& reported) {
  for (const std::string_view action : {"delivered", "relayed", "expanded", "deliverable"}) {
    if (reported.action == action) return true;
  }
  return reported.action.empty() && reported.status.starts_with('2');
}

// The address that the sender knows, if it is one: some put names or X.400 there.
std::string address_of(const ReportedRecipient& reported) {
  for (const std::string* field : {&reported.recipient, &reported.final_recipient}) {
    const auto found = addresses_in(*field);
    if (!found.empty()) return found.front().address;
    // No domain name, but the server's own idea of one: "ann@mailhost", "ann@[192.0.2.1]".
    const auto at = field->find('@');
    if (at != std::string::npos && at > 0 && at + 1 < field->size() &&
        field->find(' ') == std::string::npos) {
      return *field;
    }
  }
  return {};
}

struct Report {
  std::vector<BouncedRecipient> recipients;
  bool final_word = false;  // it named the recipients' fates: nothing is to be guessed from the text
};

Report read_groups(std::string_view groups) {
  Report report;
  std::vector<std::string> keys;
  for (const ReportedRecipient& reported : read_status_groups(groups)) {
    if (is_success(reported)) {
      report.final_word = true;
      continue;
    }
    std::string address = address_of(reported);
    if (address.empty()) continue;
    std::string key = address_key(address);
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    keys.push_back(std::move(key));
    report.final_word = true;
    ReplyCodes codes = codes_in(reported.diagnostic);
    const bool vague = reported.status.empty() || reported.status.ends_with(".0.0");
    if (!vague || codes.status.empty() ||
        (!reported.status.empty() && reported.status.front() != codes.status.front())) {
      codes.status = reported.status;
    }
    if (codes.status.starts_with('2')) codes.status.clear();
    const auto permanent = permanent_of(reported, codes);
    report.recipients.push_back(
        {std::move(address), permanent, std::move(codes.status), reported.diagnostic});
  }
  return report;
}

// A machine wrote it, about a message that was not delivered. People ask about such messages too.
bool is_report(const BounceSource& source, std::string_view text) {
  const std::string key = phrase_key(text.substr(0, 3900));
  const bool fails = says(key, Phrases::failure) || says(key, Phrases::delay);
  const bool subject = begins_with(source.subject_key, Phrases::bounce_subject) ||
                       begins_with(source.subject_key, Phrases::delay_subject);
  if (says(source.from_key, Phrases::daemon)) {
    return subject || source.report || !source.failed_header.empty() || fails;
  }
  if (source.answer || source.from_list) return false;
  if (says(key, Phrases::vacation) || says(key, Phrases::challenge)) return false;
  if (source.report || !source.failed_header.empty()) return true;
  if (!says(key, Phrases::machine) || says(key, Phrases::person)) return false;
  const bool undelivered = says(key, Phrases::undelivered) || codes_in(key).permanent();
  const bool unasked = source.null_path || source.automatic;  // RFC 5321 4.5.5, RFC 3834
  // Who forwards a report may keep its subject, but not its sender.
  const std::string_view name = std::string_view(source.from_key).substr(0, source.from_key.find('<'));
  const bool impersonal = !source.from_named || says(name, Phrases::role);
  return fails && undelivered && (unasked || (subject && !source.in_reply && impersonal));
}

// What the subject says itself: behind "Undeliverable:" stands the subject of the original.
std::string_view own_subject(const BounceSource& source) {
  const std::string_view subject = source.subject_key;
  return begins_with(subject, Phrases::bounce_subject) ? subject.substr(0, subject.find(':')) : subject;
}

std::vector<BouncedRecipient> recipients_of(const BounceSource& source) {
  const bool daemon = says(source.from_key, Phrases::daemon);
  if (source.complaint) return {};
  // Some refuse mail by the form that is meant for receipts (RFC 8098): their daemon sends it then.
  if (source.receipt && !daemon) return {};
  const bool second_hand = !daemon && (source.answer || source.from_list);
  const std::string text = report_text(source);
  const bool delayed = says_delayed(source, text);
  if (source.status_groups && !second_hand) {
    Report report = read_groups(*source.status_groups);
    if (report.final_word) {
      explain_by_text(source, text, delayed, report.recipients);
      return std::move(report.recipients);
    }
  }
  if (second_hand || says(own_subject(source), Phrases::other_subject)) return {};
  if (!is_report(source, text)) return {};
  // The groups of a report that lost its form on the way.
  if (source.text.find("Final-Recipient:") != std::string::npos) {
    Report report = read_groups(text);
    if (report.final_word) return std::move(report.recipients);
  }
  if (!source.failed_header.empty()) {
    std::vector<BouncedRecipient> found;
    for (const std::string& address : source.failed_header) {
      const auto same = [&](const BouncedRecipient& one) { return one.address == address; };
      if (std::none_of(found.begin(), found.end(), same)) found.push_back({address, std::nullopt, "", ""});
    }
    explain_by_text(source, text, delayed, found);
    return found;
  }
  return read_bounce_text(source, text);
}

// A mail filter on the way packs the report that it was given into one of its own that names nobody. It has
// to have been sent to where this one came: what else is returned is the original, whose writer can make up
// much but not that address.
bool is_packed(const BounceSource& outer, const BounceSource& inner) {
  const auto came_here = [&](const std::string& to) {
    return std::find(outer.own.begin(), outer.own.end(), to) != outer.own.end();
  };
  return says(outer.from_key, Phrases::daemon) && says(inner.from_key, Phrases::daemon) && inner.report &&
         inner.status_groups && std::any_of(inner.to.begin(), inner.to.end(), came_here) &&
         addresses_in(report_text(outer)).empty();
}

}  // namespace

std::vector<BouncedRecipient> parse_bounce(std::string_view message) {
  const BounceSource source = read_bounce_source(message);
  auto found = recipients_of(source);
  if (!found.empty() || source.complaint || source.returned.empty()) return found;
  const BounceSource inner = read_bounce_source(source.returned);
  return is_packed(source, inner) ? recipients_of(inner) : std::vector<BouncedRecipient>();
}

}  // namespace breakwater::mail
