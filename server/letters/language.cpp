#include "letters/language.h"

#include <array>
#include <chrono>

#include "mail/message.h"

namespace breakwater::letters {
namespace {

std::string two_digits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string german_date(std::chrono::sys_days day) {
  constexpr std::array<std::string_view, 7> kDays = {"Sonntag",    "Montag",  "Dienstag", "Mittwoch",
                                                     "Donnerstag", "Freitag", "Samstag"};
  constexpr std::array<std::string_view, 12> kMonths = {"Januar",    "Februar", "M\xC3\xA4rz", "April",
                                                        "Mai",       "Juni",    "Juli",        "August",
                                                        "September", "Oktober", "November",    "Dezember"};
  const std::chrono::year_month_day date{day};
  std::string out(kDays[std::chrono::weekday{day}.c_encoding()]);
  out += ", " + std::to_string(static_cast<unsigned>(date.day())) + ". ";
  out += kMonths[static_cast<unsigned>(date.month()) - 1];
  return out + ' ' + std::to_string(static_cast<int>(date.year()));
}

}  // namespace

std::string number_text(std::int64_t number, std::string_view language) {
  const std::string_view separator = language == "en" ? "," : language == "de" ? "." : "\xC2\xA0";
  std::string out = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = out.size(); at > first + 3; at -= 3) out.insert(at - 3, separator);
  return out;
}

std::string time_text(Instant at, std::string_view language) {
  if (language == "en") {
    const std::string date = mail::format_date(at);  // "Sun, 22 Nov 2026 16:01:10 +0000"
    return date.substr(0, date.size() - std::string_view(":10 +0000").size()) + " UTC";
  }
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::hh_mm_ss time{at - day};
  const std::string clock = two_digits(time.hours().count()) + ':' + two_digits(time.minutes().count());
  if (language == "de") return german_date(day) + ", " + clock + " Uhr (UTC)";
  const std::chrono::year_month_day date{day};
  return std::to_string(static_cast<int>(date.year())) + '-' +
         two_digits(static_cast<unsigned>(date.month())) + '-' +
         two_digits(static_cast<unsigned>(date.day())) + ' ' + clock + " UTC";
}

}  // namespace breakwater::letters
