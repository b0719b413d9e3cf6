#include "pipeline/letters.h"

#include <algorithm>
#include <utility>

#include "letters/reasons.h"
#include "letters/text.h"
#include "mail/address.h"
#include "mail/ascii.h"
#include "mail/utf8.h"
#include "pipeline/orders.h"

namespace breakwater::pipeline {
namespace {

// One of the list's addresses, with the list's name before it.
std::string named(const std::string& list_address, const std::string& address) {
  const auto parsed = mail::parse_address(address);
  if (!parsed) return address;
  return mail::format_address({list_address.substr(0, list_address.rfind('@')) + " list", *parsed});
}

// An id that is none would make a broken field; the letter goes without.
bool is_message_id(std::string_view text) {
  if (text.size() < 3 || text.size() > 900 || text.front() != '<' || text.back() != '>') return false;
  for (const char c : text) {
    if (mail::is_control(c) || c == ' ' || (static_cast<unsigned char>(c) & 0x80) != 0) return false;
  }
  return true;
}

void add_unread(letters::Values& values, const std::vector<lists::UnreadLine>& unread) {
  using lists::Unread;
  letters::Rows rows;
  for (const lists::UnreadLine& one : unread) {
    letters::Values& row = rows.emplace_back();
    row["line"] = one.line;
    row["subject"] = one.is_subject;
    row["unknown"] = one.why == Unread::unknown;
    row["bad_address"] = one.why == Unread::bad_address;
    row["bad_ban"] = one.why == Unread::bad_ban;
    row["bad_mode"] = one.why == Unread::bad_mode;
    row["bad_date"] = one.why == Unread::bad_date;
    row["superfluous"] = one.why == Unread::superfluous;
    row["too_many"] = one.why == Unread::too_many;
    row["too_long"] = one.why == Unread::too_long;
    row["other_list"] = one.why == Unread::other_list;
    row["elsewhere"] = one.elsewhere;
  }
  values["unread"] = std::move(rows);
  // A subject that is no command has no text below it.
  values["ended"] = !unread.empty() && lists::ends_reading(unread.back().why) && !unread.back().is_subject;
}

void add_results(letters::Values& values, const std::vector<OrderResult>& results,
                 std::string_view language) {
  letters::Rows rows;
  std::int64_t done = 0;
  for (const OrderResult& one : results) {
    letters::Values& row = rows.emplace_back();
    row["line"] = letters::command_text(one.order, language);
    row["done"] = one.done;
    row["outcome"] = letters::outcome_text(one.outcome, language);
    done += one.done ? 1 : 0;
  }
  const auto all = static_cast<std::int64_t>(results.size());
  values["results"] = std::move(rows);
  values["count"] = all;
  values["done"] = done;
  values["all_done"] = done == all;
  values["first"] = letters::command_text(results.front().order, language);
  values["more"] = all - 1;
}

// What stands between quotes, so that it cannot end them and go on in the server's words.
std::string quotable(const std::string& name) {
  constexpr std::size_t kMax = 80;
  std::string out = mail::printable(name, kMax);
  std::replace(out.begin(), out.end(), '"', '\'');
  return std::string(mail::trimmed(out));
}

letters::Rows order_rows(const LetterFacts& facts, std::string_view language) {
  using lists::DeliveryMode;
  letters::Rows rows;
  for (const std::string& order : facts.orders) {
    letters::Values& row = rows.emplace_back();
    row["line"] = letters::command_text(order, language);
    if (!facts.wish) continue;
    const bool digest = facts.wish->mode == DeliveryMode::digest,
               none = facts.wish->mode == DeliveryMode::none;
    const bool plain = facts.wish->form == lists::DigestForm::plain;
    row["each"] = facts.wish->mode == DeliveryMode::each;
    row["digest"] = digest && !plain;
    row["plain_digest"] = digest && plain;
    row["none"] = none && !facts.wish->until;
    row["paused"] = none && facts.wish->until.has_value();
    row["day"] = facts.wish->until.value_or(Instant{});
  }
  return rows;
}

void add_member_values(letters::Values& values, const LetterFacts& facts, std::string_view language) {
  values["description"] = facts.description;
  values["address"] = facts.address;
  values["closed"] = facts.closed;
  values["may_post"] = facts.may_post;
  values["added"] = facts.added;
  values["name"] = quotable(facts.name);
  add_unread(values, facts.unread);
  values["help"] = facts.info || facts.answers.empty() || !facts.unread.empty();
  values["moderator"] = facts.rank >= lists::Rank::moderator;
  values["owner"] = facts.rank >= lists::Rank::owner;
  values["apart"] = facts.apart;
  values["withdrawn"] = facts.withdrawn;
  values["count"] = facts.count;
  values["waiting"] = facts.waiting;
  values["used"] = facts.flaw == ReplyFlaw::used;
  values["expired"] = facts.flaw == ReplyFlaw::expired;
  values["no_word"] = facts.flaw == ReplyFlaw::no_word;
  values["by_another"] = facts.flaw == ReplyFlaw::by_another;
  letters::Rows answers, members;
  bool others_asked = false;
  values["orders"] = order_rows(facts, language);
  for (const CommandAnswer& answer : facts.answers) {
    using Outcome = CommandOutcome;
    letters::Values& row = answers.emplace_back();
    row["command"] = letters::command_text(answer.command, language);
    others_asked |= answer.outcome == Outcome::asked;
    row["each"] = answer.outcome == Outcome::each;
    row["digest"] = answer.outcome == Outcome::digest;
    row["plain_digest"] = answer.outcome == Outcome::plain_digest;
    row["none"] = answer.outcome == Outcome::none;
    row["paused"] = answer.outcome == Outcome::paused;
    row["until"] = answer.until;
    row["then_digest"] = answer.then_digest;
    row["past"] = answer.outcome == Outcome::past;
    row["too_far"] = answer.outcome == Outcome::too_far;
    row["refused"] = answer.outcome == Outcome::refused;
    row["asked"] = answer.outcome == Outcome::asked;
    row["not_open"] = answer.outcome == Outcome::not_open;
    row["not_a_member"] = answer.outcome == Outcome::not_a_member;
    row["not_offered"] = answer.outcome == Outcome::not_offered;
    row["listed"] = answer.outcome == Outcome::listed;
  }
  for (const std::string& member : facts.members) members.emplace_back()["address"] = member;
  values["more"] = facts.count - static_cast<std::int64_t>(facts.members.size());
  values["answers"] = std::move(answers);
  values["others_asked"] = others_asked;
  values["members"] = std::move(members);
  if (!facts.join_address.empty()) values["join_link"] = letters::mailto_link(facts.join_address, "join");
  if (!facts.leave_address.empty()) values["leave_link"] = letters::mailto_link(facts.leave_address, "leave");
  if (facts.command_address.empty()) return;
  for (const char* word : {"approve", "reject"})
    values[std::string(word) + "_link"] = letters::mailto_link(facts.command_address, word);
}

}  // namespace

std::string_view name_of(LetterKind kind) {
  switch (kind) {
    case LetterKind::confirm: return "confirm";
    case LetterKind::held: return "held";
    case LetterKind::moderation: return "moderation";
    case LetterKind::storm: return "storm";
    case LetterKind::drift: return "drift";
    case LetterKind::leave: return "leave";
  }
  return "";
}

std::string_view name_of(lists::LetterKind kind) {
  using Kind = lists::LetterKind;
  switch (kind) {
    case Kind::confirm_join: return "confirm_join";
    case Kind::confirm_leave: return "confirm_leave";
    case Kind::invitation: return "invitation";
    case Kind::awaiting_approval: return "awaiting_approval";
    case Kind::approval_request: return "approval_request";
    case Kind::welcome: return "welcome";
    case Kind::goodbye: return "goodbye";
    case Kind::removed: return "removed";
    case Kind::rejected: return "join_rejected";
    case Kind::already_member: return "already_member";
    case Kind::not_a_member: return "not_a_member";
    case Kind::not_open: return "not_open";
  }
  return "";
}

mail::Notice from_owners(letters::Rendered words, const std::string& list_address,
                         const std::string& owner_address, std::string to) {
  mail::Notice notice;
  notice.from = named(list_address, owner_address);
  notice.to = std::move(to);
  notice.subject = std::move(words.subject);
  notice.text = std::move(words.text);
  return notice;
}

letters::Values values_of(const LetterFacts& facts, std::string_view language) {
  letters::Values values;
  values["list_address"] = facts.list_address;
  values["request_address"] = facts.request_address;
  values["owner_address"] = facts.owner_address;
  values["administrator_address"] = facts.administrator_address;
  values["author"] = facts.author;
  values["subject"] = facts.subject;
  values["posting"] = facts.posting;
  values["reason"] = facts.reason;
  values["outcome"] = facts.outcome;
  values["recipients"] = facts.recipients;
  values["domains"] = facts.domains;
  values["digest_readers"] = facts.digest_readers;
  values["held"] = facts.held;
  values["until"] = facts.until;
  letters::Rows excerpt, nested;
  for (std::string& line : letters::excerpt_lines(facts.excerpt)) {
    excerpt.emplace_back()["line"] = std::move(line);
  }
  for (const auto& [list, members] : facts.nested) {
    letters::Values& row = nested.emplace_back();
    row["list"] = list;
    row["members"] = members;
  }
  values["excerpt"] = std::move(excerpt);
  values["nested"] = std::move(nested);
  values["unsubscribe_link"] = letters::mailto_link(facts.leave_address, "unsubscribe");
  add_member_values(values, facts, language);
  if (facts.command_address.empty()) return values;
  for (const Word word :
       {Word::confirm, Word::cancel, Word::release, Word::discard, Word::divert, Word::freeze, Word::thaw}) {
    const std::string name(name_of(word));
    values[name + "_link"] = letters::mailto_link(facts.command_address, name);
  }
  return values;
}

mail::Notice write_letter(std::string_view name, const LetterFacts& facts,
                          const letters::Templates& templates, std::string_view language) {
  letters::Values values = values_of(facts, language);
  values["reason"] = letters::reason_text(facts.reason, language);
  values["outcome"] = letters::outcome_text(facts.outcome, language);
  if (!facts.results.empty()) add_results(values, facts.results, language);
  letters::Rendered words = templates.render(language, name, values);
  mail::Notice notice;
  notice.from = named(facts.list_address, facts.request_address);
  notice.to = facts.to;
  notice.reply_to = facts.command_address;
  notice.subject = std::move(words.subject);
  notice.text = std::move(words.text);
  if (!letters::letter(name).answer || facts.unasked) return notice;
  notice.auto_submitted = "auto-replied";  // RFC 3834 5
  if (is_message_id(facts.message_id)) notice.in_reply_to = facts.message_id;
  return notice;
}

}  // namespace breakwater::pipeline
