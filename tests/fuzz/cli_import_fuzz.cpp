// Whatever the pieces a file is read in, the records are the same; lines count up; a record is small; what
// stands in its columns is text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/import.h"
#include "mail/utf8.h"
#include "sources/csv.h"
#include "terms/invariant.h"

using namespace breakwater;

namespace {

std::vector<sources::CsvRecord> records_of(std::string_view text, std::size_t piece) {
  std::vector<sources::CsvRecord> records;
  const sources::CsvReader::Each each = [&](const sources::CsvRecord& record) { records.push_back(record); };
  sources::CsvReader reader;
  for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece), each);
  reader.finish(each);
  return records;
}

void check_columns(const std::vector<sources::CsvRecord>& records) {
  cli::ImportColumns columns;
  bool first = true;
  for (const sources::CsvRecord& record : records) {
    if (std::exchange(first, false) && columns.take_header(record)) continue;
    const auto fields = columns.read(record);
    if (!fields) continue;
    BREAKWATER_ASSERT(record.trouble.empty() && fields->size() == 4 && !fields->front().empty());
    for (const std::string& field : *fields) BREAKWATER_ASSERT(mail::valid_utf8(field));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = records_of(text, text.size() + 1);
  const auto pieces = records_of(text, 1 + data[0] % 64U);
  BREAKWATER_ASSERT(whole.size() == pieces.size());
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  std::size_t line = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const sources::CsvRecord& record = whole[at];
    BREAKWATER_ASSERT(record.fields == pieces[at].fields && record.trouble == pieces[at].trouble);
    BREAKWATER_ASSERT(record.line == pieces[at].line && record.line > line && record.line <= lines);
    line = record.line;
    std::size_t length = 0;
    for (const std::string& field : record.fields) length += field.size();
    BREAKWATER_ASSERT(length <= sources::CsvReader::kMaxRecord);
    BREAKWATER_ASSERT(!record.fields.empty() || !record.trouble.empty());
  }
  check_columns(whole);
  return 0;
}
