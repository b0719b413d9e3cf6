// How the breaker's records are written: a letter and a version, then numbers, then lines of text. Small,
// readable in a dump, and a reader never fails halfway: a record that is not whole reads as none. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "terms/instant.h"

namespace breakwater::storm {

class RecordWriter {
 public:
  RecordWriter(char kind, int version);
  RecordWriter& number(std::int64_t value);
  RecordWriter& instant(Instant at) { return number(to_ms(at)); }
  RecordWriter& real(double value);           // three decimals
  RecordWriter& line(std::string_view text);  // without a line end; numbers after it are not read
  std::string text() && { return std::move(text_); }
  std::string text() & { return text_; }

 private:
  std::string text_;
};

// Reads what RecordWriter wrote. What is missing, malformed or out of its limits reads as the lower limit,
// and ok() is false from then on. `value` must outlive it.
class RecordReader {
 public:
  RecordReader(std::string_view value, char kind, int version);
  std::int64_t number(std::int64_t least, std::int64_t most);
  Instant instant();
  double real(double least, double most);
  std::string_view line();
  bool more_lines() const { return ok_ && !rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace breakwater::storm
