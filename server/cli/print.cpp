#include "cli/print.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace breakwater::cli {
namespace {

constexpr std::size_t kHeldRows = 500;
constexpr std::size_t kMaxWidth = 60;

}  // namespace

std::string terminal_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const bool c1 = c == 0xC2 && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (c1) ++at;  // C1 controls, in UTF-8: some terminals obey them
    const bool control = (c < 0x20 && c != '\n') || c == 0x7F || c1;
    out.push_back(control ? '?' : text[at]);
  }
  return out;
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return with_commas(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string shown(const boost::json::value& value) {
  if (value.is_string()) {
    std::string text = terminal_text(std::string_view(value.get_string()));
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_null()) return {};
  if (!value.is_object()) return boost::json::serialize(value);
  std::string text;  // {"name":"mx","address":"[::]:25"} reads "mx [::]:25"
  for (const auto& field : value.get_object()) text += (text.empty() ? "" : " ") + shown(field.value());
  return text;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Table::Table(std::vector<Column> columns, std::FILE* out) : columns_(std::move(columns)), out_(out) {}

void Table::row(const boost::json::object& row) {
  std::vector<std::string> cells;
  cells.reserve(columns_.size());
  for (const Column& column : columns_) {
    const auto* value = row.if_contains(column.key);
    cells.push_back(value == nullptr ? std::string() : shown(*value));
  }
  if (streaming_) return print(cells);
  held_.push_back(std::move(cells));
  if (held_.size() >= kHeldRows) release();
}

void Table::release() {
  streaming_ = true;
  if (held_.empty()) return;
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.emplace_back(column.title);
  widths_.assign(columns_.size(), 0);
  for (std::size_t at = 0; at < columns_.size(); ++at) {
    widths_[at] = display_width(titles[at]);
    for (const auto& cells : held_) widths_[at] = std::max(widths_[at], display_width(cells[at]));
    widths_[at] = std::min(widths_[at], kMaxWidth);
  }
  print(titles);
  for (const auto& cells : held_) print(cells);
  held_.clear();
}

void Table::print(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t at = 0; at < cells.size(); ++at) {
    const std::size_t width = display_width(cells[at]);
    const std::string space(width < widths_[at] ? widths_[at] - width : 0, ' ');
    line += columns_[at].number ? space + cells[at] : cells[at] + space;
    line += "  ";
  }
  while (line.ends_with(' ')) line.pop_back();
  line.push_back('\n');
  std::fwrite(line.data(), 1, line.size(), out_);
}

void Table::end() {
  if (!streaming_) release();
}

void print_json(const boost::json::object& line) {
  const std::string text = boost::json::serialize(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_fields(const boost::json::object& fields) {
  std::size_t width = 0;
  for (const auto& field : fields) width = std::max(width, field.key().size());
  for (const auto& field : fields) {
    std::string name(field.key());
    std::replace(name.begin(), name.end(), '_', ' ');
    name.resize(width, ' ');
    if (!field.value().is_array()) {
      std::printf("%s  %s\n", name.c_str(), shown(field.value()).c_str());
      continue;
    }
    const auto& all = field.value().get_array();
    std::printf("%s  %s\n", name.c_str(), all.empty() ? "none" : shown(all[0]).c_str());
    for (std::size_t at = 1; at < all.size(); ++at) {
      std::printf("%s  %s\n", std::string(width, ' ').c_str(), shown(all[at]).c_str());
    }
  }
}

int fail(const Error& error) {
  std::fflush(stdout);
  std::fprintf(stderr, "breakwater: %s\n", terminal_text(error.what).c_str());
  return 1;
}

}  // namespace breakwater::cli
