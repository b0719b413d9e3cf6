#include "cli/ordinary_mail.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "mail/message.h"
#include "opponents/poster.h"
#include "opponents/storm_generator.h"

namespace breakwater::cli {
namespace {

constexpr std::string_view kId = "Message-ID: <ordinary-";
constexpr std::size_t kHeadBytes = 16 * 1024;

std::string message(std::size_t number, std::uint64_t writer, const std::string& list) {
  const std::string digits = std::to_string(number);
  return "Date: " + mail::format_date(from_ms(opponents::wall_clock_us() / 1000)) + "\r\nFrom: <" +
         opponents::storm_person(writer) + ">\r\nTo: <" + list + ">\r\nSubject: Delivery note " + digits +
         "\r\n" + std::string(kId) + digits +
         "@members.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
         "Order " +
         digits +
         " left the warehouse this morning with the first van and should be with the customer by noon.\r\n"
         "The second half follows tomorrow, as agreed with them on the telephone. Please file this note.\r\n";
}

}  // namespace

void OrdinaryMail::start(const opponents::Endpoint& to, const std::string& list, std::uint64_t members) {
  thread_ = std::thread([this, to, list, members] { run(to, list, members); });
}

void OrdinaryMail::run(const opponents::Endpoint& to, const std::string& list, std::uint64_t members) {
  std::int64_t due_us = opponents::wall_clock_us();
  for (std::size_t number = 0; !stopping_; ++number, due_us += kEveryMs * 1000) {
    const std::int64_t early_us = due_us - opponents::wall_clock_us();
    if (early_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(early_us));
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back({due_us, members, storm_});
      ++(storm_ ? seen_.during : seen_.before).posted;
    }
    const std::uint64_t writer = 1 + number % members;
    const auto posted =
        opponents::post(to, opponents::storm_person(writer), list, message(number, writer, list));
    if (posted) continue;
    const std::lock_guard lock(mutex_);
    ++seen_.refused;
    if (seen_.first_refusal.empty()) seen_.first_refusal = posted.error().what;
  }
}

void OrdinaryMail::storm_begins() {
  const std::lock_guard lock(mutex_);
  storm_ = true;
}

void OrdinaryMail::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

bool OrdinaryMail::take(const opponents::Taken& taken, std::int64_t taken_us) {
  const std::string_view head = taken.message.substr(0, kHeadBytes);
  const std::size_t at = head.find(kId);
  if (at == std::string_view::npos) return false;
  std::size_t number = 0;
  std::from_chars(head.data() + at + kId.size(), head.data() + head.size(), number);
  const std::lock_guard lock(mutex_);
  if (number >= messages_.size()) return false;
  Message& message = messages_[number];
  if (message.left == 0) return true;
  message.left -= std::min(message.left, taken.count);
  if (message.left != 0) return true;
  Phase& phase = message.during ? seen_.during : seen_.before;
  const std::int64_t took_us = std::max<std::int64_t>(taken_us - message.due_us, 0);
  ++phase.arrived;
  phase.delayed += took_us > kDelayedUs ? 1 : 0;
  phase.latency.add(static_cast<std::uint64_t>(took_us));
  return true;
}

OrdinaryMail::Seen OrdinaryMail::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace breakwater::cli
