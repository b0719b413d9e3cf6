#include "letters/language.h"
#include "letters/letter.h"

namespace breakwater::letters {
namespace {

std::string kind_text(Kind kind) {
  switch (kind) {
    case Kind::address: return "address";
    case Kind::line: return "line";
    case Kind::passage: return "passage";
    case Kind::link: return "link";
    case Kind::number: return "number";
    case Kind::time: return "time";
    case Kind::flag: return "yes or no";
    case Kind::rows: return "rows";
  }
  return "";
}

std::string sample_text(const Value& sample) {
  if (const auto* text = std::get_if<std::string>(&sample)) return "`" + *text + "`";
  if (const auto* number = std::get_if<std::int64_t>(&sample)) return "`" + number_text(*number, "en") + "`";
  if (const auto* at = std::get_if<Instant>(&sample)) return "`" + time_text(*at, "en") + "`";
  if (std::holds_alternative<Rows>(sample)) return "";
  return std::get<bool>(sample) ? "yes" : "no";
}

void add_rows(std::string& out, const std::vector<Variable>& variables, const std::string& of) {
  for (const Variable& each : variables) {
    out += "| `" + each.name + "` | " + kind_text(each.kind) + (of.empty() ? "" : ", in `" + of + "`") +
           " | " + each.doc + (each.required ? " **(needed)**" : "") + " | " + sample_text(each.sample) +
           " |\n";
    add_rows(out, each.columns, each.name);
  }
}

}  // namespace

std::string reference_markdown() {
  std::string out;
  for (const Letter& each : table()) {
    out += "### " + each.name + "\n" + each.doc +
           "\n\n| variable | kind | what it is | for example |\n|---|---|---|---|\n";
    add_rows(out, each.variables, "");
    out += '\n';
  }
  return out;
}

}  // namespace breakwater::letters
