// Comma-separated values (RFC 4180) as people's programs write them: with or without a byte order mark, CRLF
// or LF, quoted or not, separated by ',' ';' or tabs (the first of them that stands outside quotes decides).
// Pure; fed in pieces of any size, so that a file of any size takes no memory.
//
// A record that is broken (a quote that is never closed, text behind a closing quote) costs its own line, not
// what follows: reading goes on with the next line. A file in UTF-16, as Excel's "Unicode text" is, is one
// broken record as a whole.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::sources {

struct CsvRecord {
  std::size_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
  std::string trouble;  // what is wrong with it; empty: nothing
  bool open = false;    // the text ends with it, with no line end or quote behind: there may have been more
};

class CsvReader {
 public:
  using Each = std::function<void(const CsvRecord&)>;
  static constexpr std::size_t kMaxRecord = 8192;  // bytes; longer is taken for a quote that is not closed

  void feed(std::string_view bytes, const Each& each);
  void finish(const Each& each);  // the last line may lack its end

 private:
  enum class State { field_start, plain, quoted, quote_in_quoted, broken };
  bool take_mark(char c, const Each& each);
  void take(char c, const Each& each);
  void end_field();
  void end_record(const Each& each);
  void give_up_quote(const Each& each);

  State state_ = State::field_start;
  char separator_ = 0;  // 0: not known yet
  std::size_t line_ = 1;
  std::string begun_;  // the first bytes, as long as they may be a byte order mark
  bool begins_ = true, foreign_ = false;
  std::string raw_, field_;  // the record as it came; the field so far
  CsvRecord record_;
};

}  // namespace breakwater::sources
