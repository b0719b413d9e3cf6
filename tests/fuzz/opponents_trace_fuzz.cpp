// Traces from anywhere: lines in any pieces, each read or refused; what is read is written and read back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "opponents/storm_trace.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static opponents::TraceReader reader;
  opponents::TraceLines lines;
  std::size_t last = 0;
  const auto each = [&](std::size_t number, std::string_view line, bool too_long) {
    BREAKWATER_ASSERT(number == last + 1 && !too_long);
    last = number;
    const auto row = reader.read(line);
    if (!row) {
      BREAKWATER_ASSERT(!row.error().what.empty());
      return;
    }
    const auto back = reader.read(opponents::trace_line(*row));
    BREAKWATER_ASSERT(back.has_value() && back->id == row->id && back->references == row->references);
    BREAKWATER_ASSERT(back->at == row->at && back->body == row->body);
  };
  const std::size_t piece = size == 0 ? 1 : 1 + data[0];
  for (std::size_t at = 0; at < size; at += piece) lines.feed(text.substr(at, piece), each);
  lines.finish(each);
  return 0;
}
