// Numbers for monitoring: counters, gauges and histograms, each one of a family that has a name, a help line
// and labels; and their text as Prometheus reads it (text format 0.0.4).
//
// Any thread may count, set and read at any time. Counting on a child that is in hand is one atomic addition;
// finding a child by its labels takes a short lock, so that is for once a posting or a report, never for a
// recipient. Children live as long as their family. The registry owns the families and must outlive all who
// count.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::web {

class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Observations in buckets, each up to its bound, that included; what is above the last one is counted as
// well.
class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds);  // ascending
  void observe(double value);                          // below zero, or no number: counts as zero

  struct Reading {
    std::vector<std::uint64_t> up_to;  // of each bound, cumulated; the last: of all
    double sum = 0;
  };
  Reading read() const;
  const std::vector<double>& bounds() const { return bounds_; }

 private:
  std::vector<double> bounds_;
  std::deque<std::atomic<std::uint64_t>> counts_;  // one more than bounds
  std::atomic<double> sum_{0};
};

using Labels = std::vector<std::string>;  // values, in the order of the family's label names

// What a family says of itself. Names are ours: snake_case, with a unit, counters end in _total.
struct Description {
  std::string name, help;
  std::vector<std::string> labels;
};

class Family {
 public:
  virtual ~Family() = default;
  virtual void append_to(std::string& out) const = 0;
  const Description& description() const { return description_; }

 protected:
  explicit Family(Description description) : description_(std::move(description)) {}

 private:
  Description description_;
};

// A family keeps this many children; what comes later with other labels is counted together, each label
// "other": a flood of names from outside must not become a flood of series.
inline constexpr std::size_t max_children = 2000;

class Counters : public Family {
 public:
  explicit Counters(Description description);
  Counter& at(const Labels& labels = {});
  void append_to(std::string& out) const override;

 private:
  mutable std::mutex lock_;
  std::map<Labels, Counter> children_;
};

class Gauges : public Family {
 public:
  explicit Gauges(Description description);
  struct Value {
    Labels labels;
    double value = 0;
  };
  void set(double value);                     // of a family without labels
  void replace(std::vector<Value> children);  // those that are not among them are no more
  void append_to(std::string& out) const override;

 private:
  mutable std::mutex lock_;
  std::map<Labels, double> children_;
};

class Timings : public Family {  // one histogram, without labels
 public:
  Timings(Description description, std::span<const double> bounds);
  void observe(double value) { histogram_.observe(value); }
  const Histogram& histogram() const { return histogram_; }
  void append_to(std::string& out) const override;

 private:
  Histogram histogram_;
};

class Registry {
 public:
  Counters& counters(Description description);
  Gauges& gauges(Description description);
  Timings& timings(Description description, std::span<const double> bounds);

  std::string text() const;  // all families, in the order in which they were made
  std::vector<const Description*> descriptions() const;

 private:
  template <class Kind, class... More>
  Kind& add(Description description, More&&... more);

  mutable std::mutex lock_;
  std::vector<std::unique_ptr<Family>> families_;
};

// For label values: \ " and line ends escaped, other controls a space, what is no UTF-8 replaced, since one
// bad byte would make the reader throw the whole page away.
std::string escaped_label(std::string_view value);
std::string number_text(double value);  // shortest that reads back the same; "+Inf", "NaN"

}  // namespace breakwater::web
