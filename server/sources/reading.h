// What every kind of source does with its rows: white space, limits, the time, the stop, and errors that say
// where. One reading, one thread.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>

#include "sources/source.h"

namespace breakwater::sources {

class Reading {
 public:
  Reading(std::string source, const SourceLimits& limits, const Source::Each& each, std::stop_token stop)
      : source_(std::move(source)),
        limits_(limits),
        each_(each),
        stop_(std::move(stop)),
        end_(std::chrono::steady_clock::now() + limits.time) {}

  // One row; `where` is copied. Bytes that are no UTF-8 in `name` are taken for Latin-1.
  Result<void> take(std::string_view where, std::string_view address, std::string_view name);
  void remark(std::string what);

  // Until the time is up, at least 0 and at most `most`: for poll() and its kin, so that a stop is seen.
  int wait_ms(int most = 200) const;
  bool over() const;  // stopped, or too slow; any thread may ask
  // Fault::unavailable when it is over.
  Result<void> may_go_on() const;
  Error failed(Fault fault, std::string_view what) const;  // with the source in front

  Result<SourceReport> done();

 private:
  std::string source_;
  SourceLimits limits_;
  const Source::Each& each_;
  std::stop_token stop_;
  std::chrono::steady_clock::time_point end_;
  SourceReport report_;
  SourceRow row_;  // its memory is used again
};

std::string_view stripped(std::string_view text);

}  // namespace breakwater::sources
