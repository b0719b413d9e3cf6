#include "mail/message.h"

#include <array>
#include <chrono>

#include "mail/ascii.h"
#include "mail/encoded_word.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

std::string padded(unsigned value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

std::string base36(std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string text;
  do {
    text.insert(text.begin(), kDigits[value % 36]);
    value /= 36;
  } while (value > 0);
  return text;
}

}  // namespace

std::string format_date(Instant at) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(at - day)};
  std::string out(kDays[std::chrono::weekday{day}.c_encoding()]);
  out += ", " + std::to_string(static_cast<unsigned>(date.day())) + ' ';
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  out += ' ' + padded(static_cast<unsigned>(static_cast<int>(date.year())), 4) + ' ';
  out += padded(static_cast<unsigned>(time.hours().count()), 2) + ':';
  out += padded(static_cast<unsigned>(time.minutes().count()), 2) + ':';
  return out += padded(static_cast<unsigned>(time.seconds().count()), 2) + " +0000";
}

std::string make_message_id(Instant at, std::uint64_t entropy, std::string_view domain) {
  std::string id = "<" + base36(static_cast<std::uint64_t>(to_ms(at))) + '.' + base36(entropy) + '@';
  for (const char c : domain) {
    // The domain comes from the configuration; an id that others refuse would break every thread.
    const bool plain = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.';
    if (plain) id += c;
  }
  return id += '>';
}

std::string readable(std::string_view field_body, std::size_t max) {
  Field field;
  field.body = field_body;
  return std::string(trimmed(printable(decode_text(field.unfolded()), max)));
}

}  // namespace breakwater::mail
