#include <algorithm>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/fields.h"

namespace breakwater::config {
namespace {

constexpr std::size_t widest = 100;

// Prose is "# text", a setting that is only shown "#key = value": taking away the '#' makes it one.
std::string comment(std::string_view text) {
  std::string out;
  std::string line = "#";
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    if (line.size() + 1 + word.size() > widest && line.size() > 1) {
      out += line + "\n";
      line = "#";
    }
    line += " ";
    line += word;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return out + line + "\n";
}

std::string setting(const Section& in, const Field& field) {
  const std::string limits = limits_text(field);
  const bool say_limits = !limits.empty() && field.type != Type::text && field.type != Type::texts;
  std::string out = comment(field.doc + (say_limits ? " (" + limits + ")" : ""));
  if (!field.sample.empty()) return out + field.key + " = " + field.sample + "\n";
  const bool worked_out = !field.default_text.empty();
  if (worked_out) out += comment("Default: " + field.default_text + ".");
  return out + "#" + field.key + " = " + (field.example.empty() ? default_text(in, field) : field.example) +
         "\n";
}

std::string alternatives(const Section& in) {
  std::string out;
  for (const Section::Alternative& other : in.alternatives) {
    out += "\n" + comment(other.title) + "#" + in.heading() + "\n";
    for (const auto& [key, value] : other.settings) out += "#" + key + " = " + value + "\n";
  }
  return out;
}

std::string commented_out(std::string shown, const Field& field) {
  return field.sample.empty() ? shown : shown.insert(shown.rfind(field.key + " = "), "#");
}

// Of which a list may have none.
std::string of_list_tables(const Section& in) {
  std::string out = "\n" + comment(in.doc);
  if (!in.same_as.empty()) {
    for (const Section::Alternative& one : in.alternatives) {
      out += "#" + in.heading() + "\n";
      for (const auto& [key, value] : one.settings) out += "#" + key + " = " + value + "\n";
    }
    return out;
  }
  out += "#" + in.heading() + "\n";
  for (const Field& field : in.fields) {
    if (field.kinds.empty() || field.kinds.front() == in.fields.front().choices.front())
      out += commented_out(setting(in, field), field);
  }
  return out;
}

// A table whose keys depend on its kind: one of each further kind.
std::string of_further_kinds(const Section& in) {
  std::string out;
  if (!in.same_as.empty()) return out;
  const Field& kind = in.fields.front();
  for (std::size_t at = 1; at < kind.choices.size(); ++at) {
    const std::string& chosen = kind.choices[at];
    std::string keys;
    for (Field field : in.fields) {
      if (std::find(field.kinds.begin(), field.kinds.end(), chosen) == field.kinds.end()) continue;
      if (const auto own = field.samples.find(chosen); own != field.samples.end()) field.sample = own->second;
      keys += commented_out(setting(in, field), field);
    }
    if (!keys.empty()) out += "\n#" + in.heading() + "\n#" + kind.key + " = \"" + chosen + "\"\n" + keys;
  }
  return out;
}

}  // namespace

std::string sample_server_toml() {
  std::string out = comment(
                        "Breakwater's configuration. Each key is explained in docs/configuration.md and by "
                        "`breakwater config describe`; a key that is commented out shows its default, or an "
                        "example where that is nothing.") +
                    comment("After a change: `breakwater check`, then `breakwater reload`.");
  for (const Section& in : sections()) {
    if (is_of_list(in.shape)) continue;
    if (in.shape != Shape::top) out += "\n" + comment(in.doc) + in.heading() + "\n";
    for (const Field& field : in.fields) out += (in.shape == Shape::top ? "\n" : "") + setting(in, field);
    out += alternatives(in);
  }
  return out;
}

std::string sample_list_toml() {
  const Section& in = section("list");
  std::string out = comment("One mailing list. " + in.doc);
  for (const Field& field : in.fields) out += "\n" + setting(in, field);
  for (const Section& table : sections()) {
    if (table.shape != Shape::list_table) continue;
    out += "\n" + comment(table.doc) + table.heading() + "\n";
    for (const Field& field : table.fields) out += setting(table, field);
  }
  for (const Section& tables : sections()) {
    if (tables.shape == Shape::list_tables) out += of_list_tables(tables) + of_further_kinds(tables);
  }
  return out;
}

}  // namespace breakwater::config
