#include "web/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "mail/utf8.h"
#include "terms/invariant.h"

namespace breakwater::web {
namespace {

constexpr std::size_t kLabelBytes = 200;

void append_head(std::string& out, const Description& description, std::string_view type) {
  out += "# HELP " + description.name + " ";
  for (const char c : description.help) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  out += "\n# TYPE " + description.name + " ";
  out += type;
  out += '\n';
}

void append_line(std::string& out, const Description& description, const Labels& labels,
                 std::string_view value) {
  out += description.name;
  for (std::size_t at = 0; at < labels.size(); ++at) {
    out += at == 0 ? '{' : ',';
    out += description.labels[at] + "=\"" + escaped_label(labels[at]) + "\"";
  }
  if (!labels.empty()) out += '}';
  out += ' ';
  out += value;
  out += '\n';
}

// The child of these labels, made when it is new; the common one when there is no more room.
template <class Child>
Child& child_of(std::map<Labels, Child>& children, const Description& description, const Labels& labels) {
  BREAKWATER_ASSERT(labels.size() == description.labels.size());
  if (const auto known = children.find(labels); known != children.end()) return known->second;
  if (children.size() < max_children) return children[labels];
  return children[Labels(labels.size(), "other")];
}

}  // namespace

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {
  BREAKWATER_ASSERT(std::is_sorted(bounds_.begin(), bounds_.end()));
}

void Histogram::observe(double value) {
  if (!(value > 0)) value = 0;  // a clock that was set back, or NaN
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const {
  Reading reading;
  std::uint64_t total = 0;
  // The count of all is the sum of what was read, not a number of its own: it fits the buckets even while
  // others observe.
  for (const auto& count : counts_) {
    total += count.load(std::memory_order_relaxed);
    reading.up_to.push_back(total);
  }
  reading.sum = sum_.load(std::memory_order_relaxed);
  return reading;
}

Counters::Counters(Description description) : Family(std::move(description)) {
  if (this->description().labels.empty()) children_[{}];  // it is there from the start, as zero
}

Counter& Counters::at(const Labels& labels) {
  const std::lock_guard guard(lock_);
  return child_of(children_, description(), labels);
}

void Counters::append_to(std::string& out) const {
  append_head(out, description(), "counter");
  const std::lock_guard guard(lock_);
  for (const auto& [labels, counter] : children_) {
    append_line(out, description(), labels, std::to_string(counter.value()));
  }
}

Gauges::Gauges(Description description) : Family(std::move(description)) {}

void Gauges::set(double value) { replace({{{}, value}}); }

void Gauges::replace(std::vector<Value> children) {
  std::map<Labels, double> replaced;
  for (const Value& child : children) child_of(replaced, description(), child.labels) = child.value;
  const std::lock_guard guard(lock_);
  children_.swap(replaced);
}

void Gauges::append_to(std::string& out) const {
  append_head(out, description(), "gauge");
  const std::lock_guard guard(lock_);
  for (const auto& [labels, value] : children_) {
    append_line(out, description(), labels, number_text(value));
  }
}

Timings::Timings(Description description, std::span<const double> bounds)
    : Family(std::move(description)), histogram_(bounds) {
  BREAKWATER_ASSERT(this->description().labels.empty());
}

void Timings::append_to(std::string& out) const {
  const std::string& name = description().name;
  append_head(out, description(), "histogram");
  const Histogram::Reading reading = histogram_.read();
  for (std::size_t at = 0; at < reading.up_to.size(); ++at) {
    const auto& bounds = histogram_.bounds();
    const std::string bound = at < bounds.size() ? number_text(bounds[at]) : "+Inf";
    out += name + "_bucket{le=\"" + bound + "\"} " + std::to_string(reading.up_to[at]) + "\n";
  }
  out += name + "_sum " + number_text(reading.sum) + "\n";
  out += name + "_count " + std::to_string(reading.up_to.back()) + "\n";
}

template <class Kind, class... More>
Kind& Registry::add(Description description, More&&... more) {
  auto family = std::make_unique<Kind>(std::move(description), std::forward<More>(more)...);
  Kind& added = *family;
  const std::lock_guard guard(lock_);
  families_.push_back(std::move(family));
  return added;
}

Counters& Registry::counters(Description description) { return add<Counters>(std::move(description)); }

Gauges& Registry::gauges(Description description) { return add<Gauges>(std::move(description)); }

Timings& Registry::timings(Description description, std::span<const double> bounds) {
  return add<Timings>(std::move(description), bounds);
}

std::string Registry::text() const {
  std::string out;
  const std::lock_guard guard(lock_);
  for (const auto& family : families_) family->append_to(out);
  return out;
}

std::vector<const Description*> Registry::descriptions() const {
  std::vector<const Description*> found;
  const std::lock_guard guard(lock_);
  for (const auto& family : families_) found.push_back(&family->description());
  return found;
}

std::string escaped_label(std::string_view value) {
  std::string out;
  // Line by line: printable() would make a line end a space, and the format has an escape for it.
  for (std::size_t from = 0;;) {
    const std::size_t end = std::min(value.find('\n', from), value.size());
    for (const char c : mail::printable(value.substr(from, end - from), kLabelBytes)) {
      if (c == '\\' || c == '"') out += '\\';
      out += c;
    }
    if (end == value.size() || out.size() >= kLabelBytes) return out;
    out += "\\n";
    from = end + 1;
  }
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char digits[32];
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, written.ptr};
}

}  // namespace breakwater::web
