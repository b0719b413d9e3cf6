// Whatever a file or a program holds, in whatever pieces it comes: the same rows, each with an address, or
// the same error with the line in it.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail/utf8.h"
#include "sources/csv_rows.h"
#include "terms/invariant.h"

using namespace breakwater;

namespace {

struct Outcome {
  std::vector<std::string> rows;
  std::string error;
};

Outcome read(std::string_view text, std::size_t piece, bool named) {
  Outcome out;
  const sources::Source::Each each = [&](const sources::SourceRow& row) -> Result<void> {
    BREAKWATER_ASSERT(!row.address.empty() && mail::valid_utf8(row.name));
    BREAKWATER_ASSERT(row.where.starts_with("line "));
    out.rows.push_back(row.where + "|" + row.address + "|" + row.name);
    return {};
  };
  sources::SourceLimits limits;
  limits.time = std::chrono::hours(1);
  sources::Reading reading("a file", limits, each, {});
  sources::CsvRows rows(reading, named ? "mail" : "", "");
  Result<void> fed;
  for (std::size_t at = 0; at < text.size() && fed; at += piece) fed = rows.feed(text.substr(at, piece));
  if (fed) fed = rows.finish();
  if (!fed) out.error = fed.error().what;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool named = data[0] % 2 == 1;
  const Outcome whole = read(text, text.size() + 1, named);
  const Outcome pieces = read(text, 1 + data[0] % 64U, named);
  BREAKWATER_ASSERT(whole.rows == pieces.rows && whole.error == pieces.error);
  BREAKWATER_ASSERT(whole.error.empty() || whole.error.find("line ") != std::string::npos);
  return 0;
}
