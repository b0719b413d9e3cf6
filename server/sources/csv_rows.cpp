#include "sources/csv_rows.h"

#include <algorithm>

#include "mail/ascii.h"

namespace breakwater::sources {
namespace {

std::optional<std::size_t> column_of(const CsvRecord& header, const std::vector<std::string>& names) {
  for (std::size_t at = 0; at < header.fields.size(); ++at) {
    const std::string shown = mail::lower(stripped(header.fields[at]));
    if (std::find(names.begin(), names.end(), shown) != names.end()) return at;
  }
  return std::nullopt;
}

std::vector<std::string> names_of(const std::string& configured, std::vector<std::string> usual) {
  return configured.empty() ? std::move(usual) : std::vector<std::string>{mail::lower(configured)};
}

std::string place(const CsvRecord& record) { return "line " + std::to_string(record.line); }

}  // namespace

Result<void> CsvRows::feed(std::string_view bytes) {
  reader_.feed(bytes, [&](const CsvRecord& record) {
    if (failed_) return;
    if (const auto taken = take(record); !taken) failed_ = taken.error();
  });
  if (failed_) return *failed_;
  return reading_.may_go_on();
}

Result<void> CsvRows::finish() {
  reader_.finish([&](const CsvRecord& record) {
    if (failed_) return;
    if (const auto taken = take(record); !taken) failed_ = taken.error();
  });
  if (failed_) return *failed_;
  return {};
}

Result<void> CsvRows::take(const CsvRecord& record) {
  if (!record.trouble.empty()) {
    const bool says_what_to_do = record.trouble.find(';') != std::string::npos;
    return reading_.failed(
        Fault::invalid, place(record) + ": " + record.trouble + (says_what_to_do ? "" : "; mend the line"));
  }
  if (columns_ == 0) {
    columns_ = record.fields.size();
    const auto header = take_header(record);
    if (!header) return header.error();
    if (*header) return {};
  }
  if (record.fields.size() < columns_) {
    return reading_.failed(Fault::invalid, place(record) + " has " + std::to_string(record.fields.size()) +
                                               " of the first line's " + std::to_string(columns_) +
                                               " columns; was it cut off?");
  }
  if (record.fields.size() > columns_) {
    return reading_.failed(Fault::invalid, place(record) + " has " + std::to_string(record.fields.size()) +
                                               " columns, the first line " + std::to_string(columns_) +
                                               "; is a comma in a name not quoted?");
  }
  if (record.open && address_at_ + 1 == columns_) {  // "jo@example.ne" is somebody else
    return reading_.failed(Fault::invalid,
                           place(record) +
                               ", the last, ends with its address and has no line end; was it cut off? "
                               "Whole, it ends with a line break");
  }
  const bool named = name_at_ && *name_at_ < record.fields.size();
  return reading_.take(place(record), record.fields[address_at_],
                       named ? std::string_view(record.fields[*name_at_]) : std::string_view());
}

// True: the first record names the columns. Without names for them, a record with an address is a row.
Result<bool> CsvRows::take_header(const CsvRecord& first) {
  const auto address = column_of(first, names_of(address_, {"address", "email", "e-mail", "mail"}));
  const auto name = column_of(first, names_of(name_, {"name", "display name", "full name", "displayname"}));
  if (!address && !address_.empty()) {
    return reading_.failed(
        Fault::invalid, place(first) + " names no column \"" + address_ + "\"; put 'address_column' right");
  }
  if (address && !name && !name_.empty()) {
    return reading_.failed(Fault::invalid,
                           place(first) + " names no column \"" + name_ + "\"; put 'name_column' right");
  }
  if (!address && first.fields[0].find('@') == std::string::npos) {
    return reading_.failed(Fault::invalid,
                           place(first) +
                               " is neither an address nor a header with a column \"address\"; "
                               "say which column it is");
  }
  if (!address) return false;
  address_at_ = *address;
  name_at_ = name;
  return true;
}

}  // namespace breakwater::sources
