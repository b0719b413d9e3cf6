#include "storm/record_text.h"

#include <charconv>
#include <cmath>

namespace breakwater::storm {
namespace {

constexpr double kParts = 1000;
// Up to the year 9999: sums with the longest durations do not overflow.
constexpr std::int64_t kLastMs = 253'402'300'799'999;

}  // namespace

RecordWriter::RecordWriter(char kind, int version) : text_(1, kind) { text_ += std::to_string(version); }

RecordWriter& RecordWriter::number(std::int64_t value) {
  text_ += ' ';
  text_ += std::to_string(value);
  return *this;
}

RecordWriter& RecordWriter::real(double value) {
  return number(static_cast<std::int64_t>(std::llround(value * kParts)));
}

RecordWriter& RecordWriter::line(std::string_view text) {
  text_ += '\n';
  text_ += text;
  return *this;
}

RecordReader::RecordReader(std::string_view value, char kind, int version) : rest_(value) {
  const std::string head = RecordWriter(kind, version).text();
  ok_ = rest_.starts_with(head);
  if (ok_) rest_.remove_prefix(head.size());
}

std::int64_t RecordReader::number(std::int64_t least, std::int64_t most) {
  std::int64_t value = least;
  if (ok_ && rest_.starts_with(' ')) {
    rest_.remove_prefix(1);
    const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    ok_ = read.ec == std::errc() && value >= least && value <= most;
    if (ok_) rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
  } else {
    ok_ = false;
  }
  return ok_ ? value : least;
}

Instant RecordReader::instant() { return from_ms(number(0, kLastMs)); }

double RecordReader::real(double least, double most) {
  return static_cast<double>(number(std::llround(least * kParts), std::llround(most * kParts))) / kParts;
}

std::string_view RecordReader::line() {
  if (!ok_ || !rest_.starts_with('\n')) {
    ok_ = false;
    return {};
  }
  rest_.remove_prefix(1);
  const std::string_view text = rest_.substr(0, rest_.find('\n'));
  rest_.remove_prefix(text.size());
  return text;
}

}  // namespace breakwater::storm
