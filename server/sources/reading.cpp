#include "sources/reading.h"

#include <algorithm>
#include <utility>

#include "mail/charset.h"
#include "mail/utf8.h"

namespace breakwater::sources {
namespace {

constexpr std::size_t kRemarks = 10;

}  // namespace

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

Result<void> Reading::take(std::string_view where, std::string_view address, std::string_view name) {
  // A clock and a stop that are asked for every row would cost more than the row.
  if (report_.rows % 256 == 0) {
    if (const auto on = may_go_on(); !on) return on.error();
  }
  address = stripped(address);
  if (address.empty()) {
    if (report_.without_address++ == 0) report_.first_without = where;
    return {};
  }
  if (report_.rows >= limits_.rows) {
    return failed(Fault::full, "it has more than " + std::to_string(limits_.rows) +
                                   " rows, the limit for a source; is it the right one?");
  }
  row_.where = where;
  row_.address = address;
  row_.name = stripped(name);
  if (!mail::valid_utf8(row_.name)) row_.name = mail::to_utf8(row_.name, "iso-8859-1").value_or("");
  ++report_.rows;
  if (const auto taken = each_(row_); !taken) {
    return failed(taken.error().fault, row_.where + ": " + taken.error().what);
  }
  return {};
}

void Reading::remark(std::string what) {
  if (report_.remarks.size() < kRemarks) report_.remarks.push_back(std::move(what));
}

int Reading::wait_ms(int most) const {
  using std::chrono::milliseconds;
  const auto left =
      std::chrono::duration_cast<milliseconds>(end_ - std::chrono::steady_clock::now()) + milliseconds(1);
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, most));
}

bool Reading::over() const { return stop_.stop_requested() || std::chrono::steady_clock::now() >= end_; }

Result<void> Reading::may_go_on() const {
  if (!over()) return {};
  if (stop_.stop_requested()) return failed(Fault::unavailable, "the reading was stopped");
  const auto seconds = std::chrono::duration_cast<std::chrono::duration<double>>(limits_.time).count();
  std::string shown = std::to_string(seconds);
  shown.erase(shown.find('.') + 2);
  return failed(Fault::unavailable, "it took more than " + shown +
                                        " s, the limit for a source, and had given " +
                                        std::to_string(report_.rows) + " rows by then");
}

Error Reading::failed(Fault fault, std::string_view what) const {
  return error(fault, source_ + ": " + std::string(what));
}

Result<SourceReport> Reading::done() {
  if (report_.rows == 0) {
    std::string what = "it gave no address";
    if (report_.without_address > 0) {
      what = "it gave no address in " + std::to_string(report_.without_address) +
             " rows (the first: " + report_.first_without + ")";
    }
    return failed(Fault::not_found, what + "; an empty source is taken for a broken one");
  }
  return std::move(report_);
}

}  // namespace breakwater::sources
