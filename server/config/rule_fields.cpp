// The tables [[rule]] of a list's file: which postings a moderator looks at, which are refused or discarded.
#include <string>

#include "config/field_kinds.h"
#include "config/field_tables.h"
#include "lists/moderation_rules.h"

namespace breakwater::config {
namespace {

using namespace kinds;
using lists::Rule;
using lists::RuleText;

// What is wrong with a rule that has this condition alone.
std::string wrong_with(RuleText condition) {
  condition.action = "hold";
  const auto compiled = Rule::compile(condition);
  if (compiled) return {};
  const std::string& what = compiled.error().what;  // "sender: ...": the key stands before it already
  const auto key = what.find(": ");
  return "is wrong: " + (what.starts_with("the ") || key == std::string::npos ? what : what.substr(key + 2));
}

std::string check_sender(std::string& text) {
  RuleText rule;
  rule.sender = text;
  return wrong_with(std::move(rule));
}

std::string check_attachment(std::string& text) {
  RuleText rule;
  rule.attachments = {text};
  return wrong_with(std::move(rule));
}

RuleText::HeaderTest header_test(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return {text, ""};
  const auto pattern = text.find_first_not_of(' ', colon + 1);
  return {text.substr(0, colon), pattern == std::string::npos ? "" : text.substr(pattern)};
}

std::string check_header(std::string& text) {
  if (text.find(':') == std::string::npos)
    return "has no colon: write the field's name, a colon and a pattern";
  RuleText rule;
  rule.headers = {header_test(text)};
  return wrong_with(std::move(rule));
}

std::string check_reason(std::string& text) {
  RuleText rule;
  rule.first_post = true;
  rule.reason = text;
  return wrong_with(std::move(rule));
}

Field limit(std::string key, Type type, std::optional<std::uint64_t> RuleText::*member, std::int64_t most,
            std::string example, std::string doc) {
  Field field;
  field.key = std::move(key);
  field.type = type;
  field.doc = std::move(doc);
  field.most = most;
  field.default_text = "not asked";
  field.example = std::move(example);
  field.store = [member](void* owner, const Value& value) {
    static_cast<RuleText*>(owner)->*member = static_cast<std::uint64_t>(std::get<std::int64_t>(value));
  };
  field.show = [member](const void* owner) {
    return Value(static_cast<std::int64_t>((static_cast<const RuleText*>(owner)->*member).value_or(0)));
  };
  return field;
}

Field headers() {
  Field field;
  field.key = "headers";
  field.type = Type::texts;
  field.doc =
      "Header fields, each as its name, a colon and a pattern (RE2) that is found in it, without regard to "
      "case. All of them must be there.";
  field.most = 20;
  field.shape = "field tests";
  field.example = R"(["Subject: \\b(offer|invoice)\\b"])";
  field.check = check_header;
  field.store = [](void* owner, const Value& value) {
    auto& tests = static_cast<RuleText*>(owner)->headers;
    tests.clear();
    for (const auto& each : std::get<std::vector<std::string>>(value)) tests.push_back(header_test(each));
  };
  field.show = [](const void* owner) {
    std::vector<std::string> shown;
    for (const auto& test : static_cast<const RuleText*>(owner)->headers)
      shown.push_back(test.field + ": " + test.pattern);
    return Value(std::move(shown));
  };
  return field;
}

Field action() {
  Field field =
      plain("action", Type::choice, &RuleText::action,
            "\"hold\": a moderator decides. \"refuse\": its sender's server is told no, with the reason. "
            "\"discard\": answered well, nobody gets it, and nobody is told.");
  field.choices = {"hold", "refuse", "discard"};
  return required(std::move(field), "\"hold\"");
}

}  // namespace

Section rule_section() {
  const std::int64_t most = std::int64_t{1} << 40;
  return section_of<RuleText>(
      "rule", Shape::list_tables,
      "A rule for postings, as many as you like; the first that matches counts, if all that it states is so. "
      "docs/moderation.md has examples.",
      {action(),
       with_example(
           shaped(text("sender", &RuleText::sender, 2000,
                       "A pattern (RE2), found anywhere in the address in From, without regard to case."),
                  "pattern", check_sender),
           R"("@example\\.com$")"),
       limit("larger_than", Type::size, &RuleText::larger_than, most, "\"2MiB\"",
             "Larger than this, as it came."),
       limit("more_recipients_than", Type::count, &RuleText::more_recipients_than, 1'000'000, "20",
             "More addresses than this in To and Cc together."),
       with_example(shaped(texts("attachments", &RuleText::attachments, 100,
                                 "A part of any of these types, or with a file name that ends so."),
                           "types or endings", check_attachment),
                    R"(["application/zip", "video/*", ".exe"])"),
       headers(),
       flag("first_post", &RuleText::first_post, "Nothing of its sender has gone to the list yet."),
       with_example(shaped(text("reason", &RuleText::reason, 200,
                                "One line: what the sender of a refused message and the moderators read."),
                           "line", check_reason),
                    R"("Send a link instead of the film.")")});
}

}  // namespace breakwater::config
