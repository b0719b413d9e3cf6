#include "sources/csv.h"

#include <algorithm>
#include <utility>

namespace breakwater::sources {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF", kUtf16Little = "\xFF\xFE", kUtf16Big = "\xFE\xFF";

}  // namespace

void CsvReader::feed(std::string_view bytes, const Each& each) {
  for (const char c : bytes) {
    if (begins_ && take_mark(c, each)) continue;
    if (foreign_) return;
    take(c, each);
  }
}

// Whether the byte is part of a mark, or may turn out to be.
bool CsvReader::take_mark(char c, const Each& each) {
  begun_ += c;
  if (begun_ == kUtf16Little || begun_ == kUtf16Big) {
    begins_ = false;
    foreign_ = true;
    each(
        {1, {}, "the file is in UTF-16; save it as \"CSV UTF-8\", or turn it with iconv -f UTF-16 -t UTF-8"});
    return true;
  }
  for (const std::string_view mark : {kByteOrderMark, kUtf16Little, kUtf16Big}) {
    begins_ = mark != begun_;
    if (mark.starts_with(begun_)) return true;
  }
  begins_ = false;
  begun_.pop_back();
  for (const char one : std::exchange(begun_, {})) take(one, each);
  return false;
}

void CsvReader::take(char c, const Each& each) {
  if (raw_.empty()) record_.line = line_;
  raw_.push_back(c);
  if (c == '\n') ++line_;
  if (raw_.size() > kMaxRecord) {
    if (state_ == State::quoted || state_ == State::quote_in_quoted) return give_up_quote(each);
    if (state_ != State::broken) record_.trouble = "the line is longer than 8192 bytes";
    state_ = State::broken;
    raw_.resize(1);  // enough to know that a record is under way
  }
  if (state_ == State::quoted) {
    if (c == '"')
      state_ = State::quote_in_quoted;
    else
      field_.push_back(c);
    return;
  }
  if (state_ == State::quote_in_quoted && c == '"') {  // RFC 4180 2.7: doubled, it stands for itself
    field_.push_back('"');
    state_ = State::quoted;
    return;
  }
  if (c == '\n') {
    if (field_.ends_with('\r') && state_ == State::plain) field_.pop_back();
    return end_record(each);
  }
  if (state_ == State::broken) return;
  if (separator_ == 0 && (c == ',' || c == ';' || c == '\t')) separator_ = c;
  if (c == separator_ && separator_ != 0) return end_field();
  if (state_ == State::quote_in_quoted) {
    if (c == '\r') return;  // of the line's end
    record_.trouble = "text behind a closing quote";
    if (raw_.find('\n') != std::string::npos)
      return give_up_quote(each);  // it was closed by another line's quote
    state_ = State::broken;
    return;
  }
  if (c == '\0') {  // every other byte of UTF-16 without a mark
    record_.trouble = "a NUL byte is in it; is the file in UTF-16? Save it as \"CSV UTF-8\"";
    state_ = State::broken;
    return;
  }
  if (state_ == State::field_start && c == '"') {
    state_ = State::quoted;
    return;
  }
  state_ = State::plain;
  field_.push_back(c);
}

void CsvReader::end_field() {
  record_.fields.push_back(std::exchange(field_, {}));
  state_ = State::field_start;
}

void CsvReader::end_record(const Each& each) {
  end_field();
  const bool blank = record_.trouble.empty() && record_.fields.size() == 1 && record_.fields[0].empty();
  if (!blank) each(record_);
  record_ = {};
  raw_.clear();
}

// The quote swallowed what are lines of their own: the first is reported, the others are read again.
void CsvReader::give_up_quote(const Each& each) {
  const std::string swallowed = std::exchange(raw_, {});
  record_.trouble = "a quote is opened and not closed";
  record_.fields.clear();
  each(record_);
  const std::size_t first_end = swallowed.find('\n');
  const std::size_t begun = record_.line;
  record_ = {};
  field_.clear();
  state_ = State::field_start;
  if (first_end == std::string::npos) {
    state_ = State::broken;  // the rest of this one line is nothing either, but it has been reported
    line_ = begun;
    raw_ = "\"";
    return;
  }
  line_ = begun + 1;
  for (const char c : std::string_view(swallowed).substr(first_end + 1)) take(c, each);
}

void CsvReader::finish(const Each& each) {
  if (foreign_) return;
  if (std::exchange(begins_, false)) {
    for (const char c : std::exchange(begun_, {})) take(c, each);
  }
  while (state_ == State::quoted) give_up_quote(each);
  if (raw_.empty()) return;
  record_.open = state_ == State::plain && !field_.ends_with('\r');
  if (field_.ends_with('\r') && state_ == State::plain) field_.pop_back();
  end_record(each);
}

}  // namespace breakwater::sources
