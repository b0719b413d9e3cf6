// Traces as files have them: one JSON object a line. What is read comes from outside: bounded, never trusted.
// Pure but for the memory that a TraceReader uses again for each line; one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "storm/replay.h"
#include "terms/result.h"

namespace breakwater::opponents {

constexpr std::size_t trace_line_bytes = 1024 * 1024;  // a longer line is a bad one

// The fields: t (seconds since 1970), from; and where they are there id, in_reply_to, references (a list),
// subject, body, auto. Others are passed over: `kind`, which some traces have, is the answer key.
class TraceReader {
 public:
  TraceReader();
  ~TraceReader();
  TraceReader(const TraceReader&) = delete;
  TraceReader& operator=(const TraceReader&) = delete;

  // Errors: Fault::invalid, saying what is wrong with the line.
  Result<storm::TraceRow> read(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

std::string trace_line(const storm::TraceRow& row);  // without its end; TraceReader reads it back

// Lines out of pieces of any size. A line over the limit is passed over and counts as one.
class TraceLines {
 public:
  // Calls each(line number from 1, line, whether it was too long and is therefore empty) for whole lines.
  template <class Each>
  void feed(std::string_view bytes, const Each& each) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      if (end != std::string_view::npos && pending_.empty() && !too_long_ &&
          part.size() <= trace_line_bytes) {
        each(++number_, part, false);  // without a copy: nearly every line
      } else {
        append(part);
        if (end != std::string_view::npos) finish_line(each);
      }
      bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
  }
  // The last line may lack its end.
  template <class Each>
  void finish(const Each& each) {
    if (!pending_.empty() || too_long_) finish_line(each);
  }

 private:
  void append(std::string_view part) {
    too_long_ = too_long_ || pending_.size() + part.size() > trace_line_bytes;
    if (too_long_) {
      pending_.clear();
    } else {
      pending_.append(part);
    }
  }
  template <class Each>
  void finish_line(const Each& each) {
    each(++number_, std::string_view(pending_), too_long_);
    pending_.clear();
    too_long_ = false;
  }

  std::size_t number_ = 0;
  std::string pending_;
  bool too_long_ = false;
};

}  // namespace breakwater::opponents
