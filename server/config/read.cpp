#include "config/read.h"

#include <filesystem>
#include <utility>

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
    case Type::choice: return "a text: " + limits_text(field);
    case Type::text: return "a text in quotes";
    case Type::texts: return "an array of texts in quotes";
  }
  return {};
}

std::string in_key(const Field& field) { return "'" + field.key + "'"; }

// Behind [[listener]] every further key is the listener's: a key that is known elsewhere has slipped down, or
// is in the wrong section.
std::string elsewhere(const Section& in, const std::string& key) {
  std::vector<std::string> homes;
  for (const Section& other : sections()) {
    const bool same_file = (other.shape == Shape::list_file) == (in.shape == Shape::list_file);
    if (same_file && &other != &in && other.find(key) != nullptr) homes.push_back(other.heading());
  }
  if (homes.empty()) return {};
  if (homes.front() == "the top") return "it belongs at the top, above the first section";
  return "it belongs under " + listed(homes, "or");
}

}  // namespace

std::string Disk::resolved(std::string_view path) const {
  if (path.empty()) return {};
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

void Places::set(const std::string& key, const Node& value) {
  std::vector<Place>& all = at_[key];
  all = {value.at};
  if (value.kind != Node::Kind::array) return;
  all.clear();
  for (const Node& item : value.items) all.push_back(item.at);
  if (all.empty()) all.push_back(value.at);
}

Place Places::of(const std::string& key, std::size_t item) const {
  const auto found = at_.find(key);
  if (found == at_.end()) return section;
  return found->second[item < found->second.size() ? item : 0];
}

Places Reader::read(const Section& as, const Node& table, void* owner) {
  Places places;
  places.section = table.at;
  for (const Entry& entry : table.entries) {
    const Field* field = as.find(entry.key);
    if (field == nullptr) {
      unknown(as, entry);
      continue;
    }
    places.set(field->key, entry.value);
    Value value;
    if (read_value(*field, entry.value, value)) field->store(owner, value);
  }
  for (const Field& field : as.fields) {
    if (!field.required || places.has(field.key)) continue;
    const std::string first = field.doc.substr(0, field.doc.find(". "));
    problem(table.at, "missing key " + in_key(field) + (as.name.empty() ? "" : " in " + as.heading()) + ": " +
                          (first.ends_with('.') ? first.substr(0, first.size() - 1) : first));
  }
  return places;
}

void Reader::unknown(const Section& in, const Entry& entry) {
  std::vector<std::string> known;
  for (const Field& field : in.fields) known.push_back(field.key);
  std::string what = "unknown key " + in_quotes(entry.key);
  if (!in.name.empty()) what += " in " + in.heading();
  if (const std::string home = elsewhere(in, entry.key); !home.empty()) {
    what += "; " + home;
  } else if (const std::string meant = nearest(entry.key, known); !meant.empty()) {
    what += "; did you mean '" + meant + "'?";
  } else {
    what += "; known are " + listed(known, "and");
  }
  problem(entry.at, std::move(what));
}

void Reader::wrong_type(const Field& field, const Node& node) {
  std::string what = in_key(field) + " wants " + wanted(field) + ", not " + std::string(name_of(node.kind));
  if (field.type == Type::duration && node.kind == Node::Kind::integer) {
    what += "; write its unit, as in \"" + std::to_string(node.integer) + "s\"";
  }
  problem(node.at, std::move(what));
}

bool Reader::read_value(const Field& field, const Node& node, Value& value) {
  switch (field.type) {
    case Type::flag:
      if (node.kind != Node::Kind::flag) break;
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
  wrong_type(field, node);
  return false;
}

bool Reader::read_number(const Field& field, const Node& node, std::int64_t& number) {
  const bool is_duration = field.type == Type::duration || field.type == Type::durations;
  std::string shown;
  if (node.kind == Node::Kind::integer && !is_duration) {
    number = node.integer;
    shown = std::to_string(number);
  } else if (node.kind == Node::Kind::text && field.type != Type::count) {
    const auto parsed = is_duration ? parse_duration(node.text) : parse_size(node.text);
    if (!parsed) {
      problem(
          node.at,
          in_key(field) + ": " + in_quotes(node.text) +
              (is_duration ? " is no duration; write a number with ms, s, m, h or d, as in \"90s\", \"1h30m\""
                           : " is no size; write a number with B, KiB, MiB, GiB, as in \"10MiB\""));
      return false;
    }
    number = *parsed;
    shown = node.text;
  } else {
    wrong_type(field, node);
    return false;
  }
  if (number < field.least || number > field.most) {
    const std::string range = is_duration
                                  ? format_duration(field.least) + " to " + format_duration(field.most)
                                  : limits_text(field);
    problem(node.at, in_key(field) + " is " + shown + "; it may be " + range);
    return false;
  }
  if (number % field.step != 0) {
    problem(node.at, in_key(field) + " is " + shown + "; it wants whole seconds");
    return false;
  }
  return true;
}

bool Reader::read_text(const Field& field, const Node& node, std::string& text) {
  if (node.kind != Node::Kind::text) {
    wrong_type(field, node);
    return false;
  }
  text = node.text;
  std::string wrong;
  if (field.type == Type::choice) {
    for (const std::string& word : field.choices) {
      if (word == text) return true;
    }
    const std::string meant = nearest(text, field.choices);
    wrong = "is none of " + limits_text(field) + (meant.empty() ? "" : "; did you mean \"" + meant + "\"?");
  } else if (field.type == Type::text && static_cast<std::int64_t>(text.size()) > field.most) {
    wrong = "is longer than " + std::to_string(field.most) + " bytes";
  }
  for (const char c : text) {
    // A line break here would become one in a header or in a reply.
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    const bool allowed = field.multiline && (c == '\n' || c == '\t' || c == '\r');
    if (control && !allowed && wrong.empty()) wrong = "has a control character or a line break in it";
  }
  if (wrong.empty() && text.empty() && field.required) wrong = "is empty";
  if (wrong.empty() && field.check && !(text.empty() && !field.required)) wrong = field.check(text);
  if (wrong.empty() && field.readable && !text.empty() && disk_.why_unreadable) {
    const std::string why = disk_.why_unreadable(disk_.resolved(text));
    if (!why.empty()) wrong = "cannot be read: " + why;
  }
  if (!wrong.empty()) {
    problem(node.at, in_key(field) + ": " + in_quotes(node.text) + " " + wrong);
    return false;
  }
  if (field.paths == Paths::always ||
      (field.paths == Paths::with_slash && text.find('/') != std::string::npos)) {
    text = disk_.resolved(text);
  }
  return true;
}

bool Reader::read_items(const Field& field, const Node& node, Value& value) {
  const bool is_texts = field.type == Type::texts;
  Node one;  // owners = "ann@example.org": an array of one, nobody means anything else by it
  if (node.kind == Node::Kind::text) {
    one.items = {node};
  } else if (node.kind != Node::Kind::array) {
    wrong_type(field, node);
    return false;
  }
  const Node& array = node.kind == Node::Kind::array ? node : one;
  const std::int64_t least = is_texts ? field.least : 1;
  const std::int64_t most = is_texts ? field.most : 50;
  const auto count = static_cast<std::int64_t>(array.items.size());
  if (count < least || count > most) {
    problem(node.at, in_key(field) +
                         (count == 0 ? " is empty" : " has " + std::to_string(count) + " elements") +
                         "; it may have " + std::to_string(least) + " to " + std::to_string(most));
    return false;
  }
  std::vector<std::string> texts;
  std::vector<std::int64_t> numbers;
  bool good = true;
  for (const Node& item : array.items) {
    if (item.kind != Node::Kind::text) {
      problem(item.at, "each element of " + in_key(field) + " is " +
                           (is_texts ? "a text in quotes" : "a duration") + ", not " +
                           std::string(name_of(item.kind)));
      good = false;
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
