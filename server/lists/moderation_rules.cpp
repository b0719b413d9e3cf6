#include "lists/moderation_rules.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "mail/address.h"
#include "mail/ascii.h"
#include "mail/message.h"
#include "mail/utf8.h"

namespace breakwater::lists {
namespace {

constexpr std::int64_t kPatternMemory = 1 << 20;  // bytes, for the program and what it caches of its states
constexpr std::size_t kMaxPattern = 2000;
constexpr std::size_t kMaxReason = 200;
constexpr std::size_t kHeaderLooked = std::size_t{8} * 1024;

Error invalid(std::string what) { return error(Fault::invalid, std::move(what)); }

std::string quoted(std::string_view text) { return "\"" + mail::printable(text, 100) + "\""; }

// One type under several names: Windows calls a zip file by the second.
std::string_view usual_name(std::string_view type) {
  if (type == "application/x-zip-compressed" || type == "application/x-zip") return "application/zip";
  return type;
}

// "type/subtype", "type/*", ".extension", in lower case; empty: none of them.
std::string attachment_condition(std::string_view text) {
  std::string condition = mail::folded(text);
  const auto slash = condition.find('/');
  const bool extension = condition.starts_with('.') && condition.size() > 1 && slash == std::string::npos;
  const bool type = slash != std::string::npos && slash > 0 && slash + 1 < condition.size() &&
                    condition.find('/', slash + 1) == std::string::npos;
  const bool odd = condition.find_first_of(" \t;,\"") != std::string::npos;
  return (extension || type) && !odd ? condition : std::string();
}

bool is_of(const mail::PartFacts& part, const std::string& condition) {
  if (condition.front() == '.') {
    return std::any_of(part.names.begin(), part.names.end(),
                       [&](const std::string& name) { return name.ends_with(condition); });
  }
  if (!condition.ends_with("/*")) return usual_name(part.type) == usual_name(condition);
  return std::string_view(part.type).starts_with(std::string_view(condition).substr(0, condition.size() - 1));
}

bool carries_any(const mail::MessageParts& parts, const std::vector<std::string>& conditions) {
  if (!parts.whole) return true;
  return std::any_of(parts.parts.begin(), parts.parts.end(), [&](const mail::PartFacts& part) {
    return std::any_of(conditions.begin(), conditions.end(),
                       [&](const std::string& condition) { return is_of(part, condition); });
  });
}

bool field_has(const mail::HeaderBlock& block, const std::string& name, const Pattern& pattern) {
  return std::any_of(block.fields().begin(), block.fields().end(), [&](const mail::Field& field) {
    return field.is(name) &&
           pattern.found_in(mail::readable(field.body.substr(0, kHeaderLooked), kHeaderLooked));
  });
}

std::optional<RuleAction> action_named(std::string_view text) {
  constexpr auto kActions = std::to_array<std::pair<std::string_view, RuleAction>>(
      {{"hold", RuleAction::hold}, {"refuse", RuleAction::refuse}, {"discard", RuleAction::discard}});
  for (const auto& [name, action] : kActions) {
    if (name == text) return action;
  }
  return std::nullopt;
}

std::string made_reason(RuleAction action) {
  switch (action) {
    case RuleAction::hold: return "a moderator of the list looks at such messages first";
    case RuleAction::refuse: return "the list does not take such messages";
    case RuleAction::discard: return "a rule of the list discards such messages";
  }
  return {};
}

// By whom it is, whatever is in it; empty: it need not wait.
std::string reason_to_hold(const ModerationState& state) {
  if (state.sender == SenderModeration::always) {
    return "a moderator looks at what this sender writes to the list first";
  }
  if (state.sender == SenderModeration::never) return {};
  switch (state.by_default) {
    case Moderate::nobody: break;
    case Moderate::newcomers:
      if (state.newcomer)
        return "nothing of its sender has gone to the list yet: a moderator looks at it first";
      break;
    case Moderate::members:
      if (!state.staff) return "a moderator looks at everything that members send to this list first";
      break;
    case Moderate::everybody: return "a moderator looks at everything that is sent to this list first";
  }
  return {};
}

// RFC 5322 2.2
bool is_field_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
}

}  // namespace

Result<Pattern> Pattern::compile(std::string_view text) {
  if (text.size() > kMaxPattern) {
    return invalid("the pattern " + quoted(text) + " has more than " + std::to_string(kMaxPattern) +
                   " bytes");
  }
  re2::RE2::Options options;
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  auto compiled = std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!compiled->ok()) return invalid("the pattern " + quoted(text) + " is none: " + compiled->error());
  Pattern pattern;
  pattern.compiled_ = std::move(compiled);
  return pattern;
}

bool Pattern::found_in(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

const std::string& Pattern::text() const { return compiled_->pattern(); }

Result<Rule> Rule::compile(const RuleText& text) {
  Rule rule;
  const auto action = action_named(text.action);
  if (!action) return invalid("the action " + quoted(text.action) + " is none of hold, refuse, discard");
  rule.action_ = *action;
  if (!text.sender.empty()) {
    auto pattern = Pattern::compile(text.sender);
    if (!pattern) return invalid("sender: " + pattern.error().what);
    rule.sender_ = std::move(*pattern);
  }
  for (const std::string& stated : text.attachments) {
    std::string condition = mail::valid_utf8(stated) ? attachment_condition(stated) : std::string();
    if (condition.empty()) {
      return invalid("attachments: " + quoted(stated) +
                     " is neither a type (application/zip, video/*) nor "
                     "the end of a file name (.exe)");
    }
    rule.attachments_.push_back(std::move(condition));
  }
  for (const RuleText::HeaderTest& test : text.headers) {
    if (!is_field_name(test.field)) return invalid("headers: " + quoted(test.field) + " is no field name");
    auto pattern = Pattern::compile(test.pattern);
    if (!pattern) return invalid("headers: " + test.field + ": " + pattern.error().what);
    rule.headers_.push_back({test.field, std::move(*pattern)});
  }
  rule.larger_than_ = text.larger_than;
  rule.more_recipients_than_ = text.more_recipients_than;
  rule.first_post_ = text.first_post;
  if (!rule.sender_ && !rule.larger_than_ && !rule.more_recipients_than_ && rule.attachments_.empty() &&
      rule.headers_.empty() && !rule.first_post_) {
    return invalid(
        "the rule states no condition, so that it would match everything: add sender, larger_than, "
        "more_recipients_than, attachments, headers or first_post; what should wait whoever writes it is "
        "moderate = \"everybody\"");
  }
  if (text.reason != mail::printable(text.reason, kMaxReason)) {
    return invalid("the reason is longer than " + std::to_string(kMaxReason) +
                   " bytes or not one line of text");
  }
  rule.reason_ = text.reason.empty() ? made_reason(rule.action_) : text.reason;
  return rule;
}

// The cheap conditions first.
bool Rule::matches(const MessageFacts& facts) const {
  if (first_post_ && !facts.first_post) return false;
  if (larger_than_ && facts.bytes <= *larger_than_) return false;
  if (more_recipients_than_ && facts.recipients <= *more_recipients_than_) return false;
  if (!attachments_.empty() && !carries_any(facts.parts, attachments_)) return false;
  if (sender_ && !sender_->found_in(facts.sender)) return false;
  return std::all_of(headers_.begin(), headers_.end(), [&](const HeaderPattern& test) {
    return facts.header != nullptr && field_has(*facts.header, test.field, test.pattern);
  });
}

std::uint64_t named_recipients(const mail::HeaderBlock& block) {
  std::uint64_t count = 0;
  for (const mail::Field& field : block.fields()) {
    if (!field.is("To") && !field.is("Cc")) continue;
    if (const auto list = mail::parse_address_list(field.body)) {
      count += list->size();
    } else {
      count += static_cast<std::uint64_t>(std::count(field.body.begin(), field.body.end(), '@'));
    }
  }
  return count;
}

bool asks_for_first_post(const std::vector<Rule>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const Rule& rule) { return rule.first_post_; });
}

MessageFacts facts_of(const std::vector<Rule>& rules, std::string_view message,
                      const mail::HeaderBlock& block, std::string sender, bool first_post) {
  const auto any = [&](const auto& asks) { return std::any_of(rules.begin(), rules.end(), asks); };
  MessageFacts facts;
  facts.sender = std::move(sender);
  facts.bytes = message.size();
  if (any([](const Rule& rule) { return rule.more_recipients_than_.has_value(); }))
    facts.recipients = named_recipients(block);
  if (any([](const Rule& rule) { return !rule.attachments_.empty(); })) facts.parts = mail::parts_of(message);
  facts.header = &block;
  facts.first_post = first_post;
  return facts;
}

std::optional<RuleMatch> evaluate(const std::vector<Rule>& rules, const MessageFacts& facts) {
  for (std::size_t at = 0; at < rules.size(); ++at) {
    if (rules[at].matches(facts)) return RuleMatch{rules[at].action_, rules[at].reason_, at};
  }
  return std::nullopt;
}

std::optional<RuleMatch> moderate(const std::vector<Rule>& rules, const MessageFacts& facts,
                                  const ModerationState& state) {
  auto match = evaluate(rules, facts);
  if (match && match->action != RuleAction::hold) return match;
  if (state.emergency) {
    return RuleMatch{RuleAction::hold,
                     "the list is under emergency moderation: everything waits for a moderator",
                     rules.size()};
  }
  if (match) return match;
  const std::string why = reason_to_hold(state);
  if (why.empty()) return std::nullopt;
  return RuleMatch{RuleAction::hold, why, rules.size()};
}

}  // namespace breakwater::lists
