#include <algorithm>
#include <array>

#include "cli/import.h"
#include "mail/utf8.h"

namespace breakwater::cli {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"address", "name", "role", "delivery"};

std::string stripped(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string lower(std::string_view text) {
  std::string out = stripped(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  if (out == "email" || out == "e-mail" || out == "mail") out = "address";
  return out;
}

}  // namespace

bool ImportColumns::take_header(const sources::CsvRecord& first) {
  first_ = first.fields.size();
  std::vector<int> column(kNames.size(), -1);
  for (std::size_t at = 0; at < first.fields.size(); ++at) {
    const auto* name = std::find(kNames.begin(), kNames.end(), lower(first.fields[at]));
    if (name == kNames.end()) continue;
    int& where = column[static_cast<std::size_t>(name - kNames.begin())];
    if (where < 0) where = static_cast<int>(at);
  }
  if (column[0] < 0) return false;
  column_ = std::move(column);
  known_ = first.fields.size();
  return true;
}

Result<std::vector<std::string>> ImportColumns::read(const sources::CsvRecord& record) const {
  if (!record.trouble.empty()) return error(Fault::invalid, record.trouble);
  const std::size_t most = known_ != 0 ? known_ : kNames.size();
  if (record.fields.size() > most) {
    return error(Fault::invalid, std::to_string(record.fields.size()) + " columns where " +
                                     std::to_string(most) +
                                     " are expected (is a comma in a name not quoted?)");
  }
  if (record.open && record.fields.size() < first_) {
    return error(Fault::invalid, "the file ends in this line, before all its columns: was it cut off?");
  }
  std::vector<std::string> out(kNames.size());
  for (std::size_t at = 0; at < kNames.size(); ++at) {
    const int column = column_[at];
    if (column < 0 || static_cast<std::size_t>(column) >= record.fields.size()) continue;
    out[at] = stripped(record.fields[static_cast<std::size_t>(column)]);
    if (!mail::valid_utf8(out[at]))
      return error(Fault::invalid, "it is not UTF-8 text (save the file as UTF-8)");
  }
  if (out[0].empty()) return error(Fault::invalid, "the address is missing");
  return out;
}

}  // namespace breakwater::cli
