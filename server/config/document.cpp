#include "config/document.h"

#include <toml++/toml.h>

#include <algorithm>
#include <optional>

namespace breakwater::config {
namespace {

Place place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

// "Error while parsing string: …" as the words of our other messages.
std::string worded(std::string_view description) {
  constexpr std::string_view opening = "Error while parsing ";
  if (!description.starts_with(opening)) return "not TOML: " + std::string(description);
  return "not TOML, in " + std::string(description.substr(opening.size()));
}

Node convert(const toml::node& from);

void convert_table(const toml::table& from, Node& to) {
  for (const auto& [key, value] : from) {
    to.entries.push_back({std::string(key.str()), place_of(key.source()), convert(value)});
  }
  std::sort(to.entries.begin(), to.entries.end(), [](const Entry& a, const Entry& b) {
    return a.at.line != b.at.line ? a.at.line < b.at.line : a.at.column < b.at.column;
  });
}

// Depth is bounded by toml++ (TOML_MAX_NESTED_VALUES).
Node convert(const toml::node& from) {
  Node to;
  to.at = place_of(from.source());
  switch (from.type()) {
    case toml::node_type::boolean:
      to.kind = Node::Kind::flag;
      to.flag = from.as_boolean()->get();
      break;
    case toml::node_type::integer:
      to.kind = Node::Kind::integer;
      to.integer = from.as_integer()->get();
      break;
    case toml::node_type::string:
      to.kind = Node::Kind::text;
      to.text = from.as_string()->get();
      break;
    case toml::node_type::floating_point: to.kind = Node::Kind::real; break;
    case toml::node_type::array:
      to.kind = Node::Kind::array;
      for (const toml::node& item : *from.as_array()) to.items.push_back(convert(item));
      break;
    case toml::node_type::table: convert_table(*from.as_table(), to); break;
    default: to.kind = Node::Kind::date;
  }
  return to;
}

}  // namespace

Document parse_document(std::string_view text) {
  Document document;
  try {
    const toml::table table = toml::parse(text);
    convert_table(table, document.root);
    document.root.at = {1, 1};
  } catch (const toml::parse_error& error) {
    document.root = Node{};
    document.trouble = worded(error.description());
    document.trouble_at = place_of(error.source());
  }
  return document;
}

std::string_view name_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::flag: return "true or false";
    case Node::Kind::integer: return "a whole number";
    case Node::Kind::real: return "a number with a fraction";
    case Node::Kind::text: return "a text";
    case Node::Kind::date: return "a date or time";
    case Node::Kind::array: return "an array";
    case Node::Kind::table: return "a section";
  }
  return "something else";
}

}  // namespace breakwater::config
