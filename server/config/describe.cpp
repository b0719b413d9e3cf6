#include <string>

#include "config/config.h"
#include "config/fields.h"
#include "config/problems.h"

namespace breakwater::config {
namespace {

constexpr const char* introduction = R"(# Configuration

<!-- Written by `breakwater config describe --markdown` from the table of fields; do not edit. -->

Settings are files: `breakwater.toml`, and one file a list in the folder `lists/` beside it. Members and what
happens at run time are in the database. `breakwater check` names every problem at once, with file, line and
column; `breakwater reload` (or SIGHUP) takes new settings, all or, when one is wrong, none.

- **Durations** are texts with a unit: `"500ms"`, `"90s"`, `"5m"`, `"1h30m"`, `"5d"`.
- **Sizes** are texts with a unit, `"10MiB"`, `"500kB"`, or a number of bytes.
- **Paths** that do not begin with `/` begin at the folder of `breakwater.toml`.
- A **list** of one may be written without its brackets.
)";

// A cell of a table: no line ends, no bars.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(const std::string& text) { return "`" + text + "`"; }

// Which kinds of its section a key is for; empty: all.
std::string kinds_text(const Field& field) {
  if (field.kinds.empty()) return {};
  std::vector<std::string> quoted;
  for (const std::string& kind : field.kinds) quoted.push_back("\"" + kind + "\"");
  return "kind = " + listed(quoted, "or");
}

std::string meaning_cell(const Field& field) {
  std::vector<std::string> kinds;
  for (const std::string& kind : field.kinds) kinds.push_back(code(kind));
  return (kinds.empty() ? "" : listed(kinds, "and") + ": ") + cell(field.doc);
}

std::string default_cell(const Section& in, const Field& field) {
  if (field.required) return "**required**";
  const std::string text = default_text(in, field);
  const bool is_toml = field.default_text.empty() || text.front() == '"';
  return is_toml ? code(text) : text;
}

std::string title(const Section& in) {
  switch (in.shape) {
    case Shape::top: return "breakwater.toml";
    case Shape::list_file: return "lists/NAME.toml";
    case Shape::table:
    case Shape::list_table:
    case Shape::list_tables:
    case Shape::tables: return code(in.heading());
  }
  return {};
}

std::string name_in(const Section& in, const Field& field) {
  return in.name.empty() ? field.key : in.name + "." + field.key;
}

std::string describe_field(const Section& in, const Field& field) {
  std::string out = name_in(in, field) + "\n";
  out += "    " + field.doc + "\n";
  if (const std::string kinds = kinds_text(field); !kinds.empty()) out += "    with:    " + kinds + "\n";
  out += "    type:    " + type_text(field) + "\n";
  out += "    default: " + (field.required ? "none, it must be set" : default_text(in, field)) + "\n";
  if (const std::string limits = limits_text(field); !limits.empty()) out += "    limits:  " + limits + "\n";
  return out;
}

}  // namespace

std::string describe_markdown() {
  std::string out = introduction;
  for (const Section& in : sections()) {
    const bool file = in.shape == Shape::top || in.shape == Shape::list_file;
    out += "\n" + std::string(file ? "## " : "### ") + title(in) + "\n\n" + in.doc + "\n";
    if (!in.same_as.empty()) continue;
    out += "\n| key | type | default | limits | meaning |\n|---|---|---|---|---|\n";
    for (const Field& field : in.fields) {
      out += "| " + code(field.key) + " | " + cell(type_text(field)) + " | " + cell(default_cell(in, field)) +
             " | " + cell(limits_text(field)) + " | " + meaning_cell(field) + " |\n";
    }
  }
  return out;
}

std::string describe_text(const std::string& key) {
  std::string out;
  std::vector<std::string> known;
  for (const Section& in : sections()) {
    for (const Field& field : in.fields) {
      known.push_back(name_in(in, field));
      if (!in.same_as.empty() && (key.empty() || key == field.key)) continue;
      if (key.empty() || key == known.back() || key == field.key || key == in.name) {
        out += (out.empty() ? "" : "\n") + describe_field(in, field);
      }
    }
  }
  if (!out.empty()) return out;
  const std::string meant = nearest(key, known);
  return "unknown key " + in_quotes(key) + (meant.empty() ? "" : "; did you mean '" + meant + "'?") + "\n";
}

}  // namespace breakwater::config
