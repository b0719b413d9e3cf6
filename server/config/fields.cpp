#include "config/fields.h"

#include "config/field_tables.h"
#include "config/problems.h"
#include "config/units.h"
#include "terms/invariant.h"

namespace breakwater::config {
namespace {

std::string toml_text(const std::string& text) {
  if (text.find('\n') != std::string::npos) return "'''\n" + text + "'''";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

template <class Items, class Show>
std::string toml_array(const Items& items, Show show) {
  std::string out = "[";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i > 0 ? ", " : "") + show(items[i]);
  return out + "]";
}

std::string quoted_duration(std::int64_t ms) { return "\"" + format_duration(ms) + "\""; }

}  // namespace

const Field* Section::find(std::string_view key) const {
  for (const Field& field : fields) {
    if (field.key == key) return &field;
  }
  return nullptr;
}

std::string Section::heading() const {
  switch (shape) {
    case Shape::top: return "the top";
    case Shape::table:
    case Shape::list_table: return "[" + name + "]";
    case Shape::tables:
    case Shape::list_tables: return "[[" + name + "]]";
    case Shape::list_file: return "a list's file";
  }
  return {};
}

const std::vector<Section>& sections() {
  static const std::vector<Section> all = [] {
    std::vector<Section> made = server_sections();
    made.push_back(list_section());
    made.push_back(guard_section());
    made.push_back(bounces_section());
    made.push_back(digest_section());
    made.push_back(sync_section());
    made.push_back(rule_section());
    made.push_back(source_section());
    made.push_back(exclude_section());
    return made;
  }();
  return all;
}

const Section& section(std::string_view name) {
  for (const Section& each : sections()) {
    if (each.name == name) return each;
  }
  BREAKWATER_ASSERT(false);
}

std::string as_toml(const Field& field, const Value& value) {
  switch (field.type) {
    case Type::flag: return std::get<bool>(value) ? "true" : "false";
    case Type::count: return std::to_string(std::get<std::int64_t>(value));
    case Type::size: return "\"" + format_size(std::get<std::int64_t>(value)) + "\"";
    case Type::duration: return quoted_duration(std::get<std::int64_t>(value));
    case Type::durations: return toml_array(std::get<std::vector<std::int64_t>>(value), quoted_duration);
    case Type::texts: return toml_array(std::get<std::vector<std::string>>(value), toml_text);
    case Type::text:
    case Type::choice: return toml_text(std::get<std::string>(value));
  }
  return {};
}

std::string default_text(const Section& in, const Field& field) {
  if (!field.default_text.empty()) return field.default_text;
  return as_toml(field, in.default_of(field));
}

std::string type_text(const Field& field) {
  switch (field.type) {
    case Type::flag: return "true or false";
    case Type::count: return "whole number";
    case Type::size: return "size";
    case Type::duration: return "duration";
    case Type::durations: return "list of durations";
    case Type::choice: return "word";
    case Type::text: return field.shape.empty() ? "text" : field.shape;
    case Type::texts: return "list of " + (field.shape.empty() ? "texts" : field.shape);
  }
  return {};
}

std::string limits_text(const Field& field) {
  switch (field.type) {
    case Type::flag: return {};
    case Type::count: return std::to_string(field.least) + " to " + std::to_string(field.most);
    case Type::size: return format_size(field.least) + " to " + format_size(field.most);
    case Type::duration: return format_duration(field.least) + " to " + format_duration(field.most);
    case Type::durations:
      return "1 to 50 of them, each " + format_duration(field.least) + " to " + format_duration(field.most);
    case Type::choice: {
      std::vector<std::string> words;
      for (const std::string& word : field.choices) words.push_back("\"" + word + "\"");
      return listed(words, "or");
    }
    case Type::text: return "at most " + std::to_string(field.most) + " bytes";
    case Type::texts:
      return (field.least > 0 ? "1 to " : "at most ") + std::to_string(field.most) + " of them";
  }
  return {};
}

}  // namespace breakwater::config
