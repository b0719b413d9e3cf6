#include "config/value.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "config/units.h"

namespace breakwater::config {
namespace {

std::string wanted(const Field& field) {
  switch (field.type) {
    case Type::flag: return "true or false";
    case Type::count: return "a whole number";
    case Type::size: return "a size such as \"10MiB\"";
    case Type::duration: return "a duration such as \"5m\"";
    case Type::durations: return "an array of durations such as [\"1m\", \"1h\"]";
    case Type::choice: return limits_text(field);
    case Type::text: return "a text in quotes";
    case Type::texts: return "an array of texts in quotes";
  }
  return {};
}

std::string in_key(const Field& field) { return "'" + field.key + "'"; }

bool is_duration(const Field& field) { return field.type == Type::duration || field.type == Type::durations; }

std::string range_of(const Field& field) {
  if (!is_duration(field)) return limits_text(field);
  return format_duration(field.least) + " to " + format_duration(field.most);
}

// A line break here would become one in a header or in a reply.
bool has_control(std::string_view text, bool multiline) {
  return std::any_of(text.begin(), text.end(), [&](char c) {
    if (multiline && (c == '\n' || c == '\t' || c == '\r')) return false;
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

}  // namespace

std::string Disk::resolved(std::string_view path) const {
  if (path.empty()) return {};
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

bool ValueReader::refuse(Place at, std::string what) {
  problems_.add(file_, at, std::move(what));
  return false;
}

bool ValueReader::wrong_type(const Field& field, const Node& node) {
  std::string what = in_key(field) + " wants " + wanted(field) + ", not " + std::string(name_of(node.kind));
  if (field.type == Type::duration && node.kind == Node::Kind::integer) {
    what += "; write its unit, as in \"" + std::to_string(node.integer) + "s\"";
  }
  return refuse(node.at, std::move(what));
}

bool ValueReader::read(const Field& field, const Node& node, Value& value) {
  switch (field.type) {
    case Type::flag:
      if (node.kind != Node::Kind::flag) return wrong_type(field, node);
      value = node.flag;
      return true;
    case Type::count:
    case Type::size:
    case Type::duration: {
      std::int64_t number = 0;
      if (!read_number(field, node, number)) return false;
      value = number;
      return true;
    }
    case Type::choice:
    case Type::text: {
      std::string text;
      if (!read_text(field, node, text)) return false;
      value = std::move(text);
      return true;
    }
    case Type::durations:
    case Type::texts: return read_items(field, node, value);
  }
  return false;
}

bool ValueReader::read_number(const Field& field, const Node& node, std::int64_t& number) {
  std::string shown;
  if (node.kind == Node::Kind::integer && !is_duration(field)) {
    number = node.integer;
    shown = std::to_string(number);
  } else if (node.kind == Node::Kind::text && field.type != Type::count) {
    const auto parsed = is_duration(field) ? parse_duration(node.text) : parse_size(node.text);
    if (!parsed) {
      return refuse(
          node.at, in_key(field) + ": " + in_quotes(node.text) +
                       (is_duration(field)
                            ? " is no duration; write numbers with ms, s, m, h or d, as in \"90s\", \"1h30m\""
                            : " is no size; write a number with B, KiB, MiB or GiB, as in \"10MiB\""));
    }
    number = *parsed;
    shown = node.text;
  } else {
    return wrong_type(field, node);
  }
  if (number < field.least || number > field.most) {
    return refuse(node.at, in_key(field) + " is " + shown + "; it may be " + range_of(field));
  }
  if (number % field.step != 0)
    return refuse(node.at, in_key(field) + " is " + shown + "; it wants whole seconds");
  return true;
}

// Brings the text into its stored form, or says what is wrong with it.
std::string ValueReader::wrong_with(const Field& field, std::string& text) const {
  if (field.type == Type::choice) {
    if (std::find(field.choices.begin(), field.choices.end(), text) != field.choices.end()) return {};
    const std::string meant = nearest(text, field.choices);
    return "is none of " + limits_text(field) + (meant.empty() ? "" : "; did you mean \"" + meant + "\"?");
  }
  if (text.empty()) return field.may_be_empty ? "" : "is empty";
  if (field.type == Type::text && static_cast<std::int64_t>(text.size()) > field.most) {
    return "is longer than " + std::to_string(field.most) + " bytes";
  }
  if (has_control(text, field.multiline)) return "has a control character or a line break in it";
  if (field.check) {
    if (std::string wrong = field.check(text); !wrong.empty()) return wrong;
  }
  const bool is_path = field.paths == Paths::always ||
                       (field.paths == Paths::with_slash && text.find('/') != std::string::npos);
  if (is_path) text = disk_.resolved(text);
  if (field.readable && disk_.why_unreadable) {
    if (const std::string why = disk_.why_unreadable(text); !why.empty()) return "cannot be read: " + why;
  }
  if (field.private_file && disk_.why_no_secret) return disk_.why_no_secret(text);
  return {};
}

bool ValueReader::read_text(const Field& field, const Node& node, std::string& text) {
  if (node.kind != Node::Kind::text) return wrong_type(field, node);
  text = node.text;
  const std::string wrong = wrong_with(field, text);
  if (wrong.empty()) return true;
  const std::string shown = field.secret || node.text.empty() ? "" : ": " + in_quotes(node.text);
  return refuse(node.at, in_key(field) + shown + " " + wrong);
}

bool ValueReader::read_items(const Field& field, const Node& node, Value& value) {
  const bool is_texts = field.type == Type::texts;
  // owners = "ann@example.org" is an array of one: nobody means anything else by it.
  if (node.kind != Node::Kind::array && node.kind != Node::Kind::text) return wrong_type(field, node);
  const std::vector<Node> one = node.kind == Node::Kind::text ? std::vector<Node>{node} : std::vector<Node>{};
  const std::vector<Node>& items = node.kind == Node::Kind::text ? one : node.items;
  const std::int64_t least = is_texts ? field.least : (field.may_be_empty ? 0 : 1);
  const std::int64_t most = is_texts ? field.most : 50;
  const auto count = static_cast<std::int64_t>(items.size());
  if (count < least || count > most) {
    return refuse(node.at, in_key(field) +
                               (count == 0 ? " is empty" : " has " + std::to_string(count) + " elements") +
                               "; it may have " + std::to_string(least) + " to " + std::to_string(most));
  }
  std::vector<std::string> texts;
  std::vector<std::int64_t> numbers;
  bool good = true;
  for (const Node& item : items) {
    if (item.kind != Node::Kind::text) {
      good = refuse(item.at, "each element of " + in_key(field) + " is " +
                                 (is_texts ? "a text in quotes" : "a duration such as \"5m\"") + ", not " +
                                 std::string(name_of(item.kind)));
    } else if (is_texts) {
      good = read_text(field, item, texts.emplace_back()) && good;
    } else {
      good = read_number(field, item, numbers.emplace_back()) && good;
    }
  }
  if (is_texts) {
    value = std::move(texts);
  } else {
    value = std::move(numbers);
  }
  return good;
}

}  // namespace breakwater::config
