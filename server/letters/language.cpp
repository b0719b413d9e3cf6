#include "letters/language.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

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

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// The next word; empty: there is none.
std::string_view take_word(std::string_view& text) {
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  text.remove_prefix(begin);
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

// nullopt: it is none of so many digits at most.
std::optional<unsigned> digits_of(std::string_view text, std::size_t most) {
  unsigned number = 0;
  if (text.empty() || text.size() > most) return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ptr == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string message_date_text(std::string_view date, std::string_view language) {
  std::string_view rest = date;
  std::string_view word = take_word(rest);
  if (word.ends_with(',')) word = take_word(rest);
  const auto day = digits_of(word, 2);
  const auto month = std::find(kMonths.begin(), kMonths.end(), take_word(rest));
  const auto year = digits_of(take_word(rest), 4);
  const std::string_view clock = take_word(rest), zone = take_word(rest);
  const bool timed = clock.size() >= 5 && clock[2] == ':' && digits_of(clock.substr(0, 2), 2) &&
                     digits_of(clock.substr(3, 2), 2) && zone.size() == 5 &&
                     (zone[0] == '+' || zone[0] == '-') && digits_of(zone.substr(1), 4);
  if (language != "de" || !day || month == kMonths.end() || !year || *year < 1000 || !timed)
    return std::string(date);
  const std::chrono::year_month_day parsed{
      std::chrono::year(static_cast<int>(*year)),
      std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1), std::chrono::day(*day)};
  if (!parsed.ok()) return std::string(date);
  std::string out = german_date(std::chrono::sys_days{parsed}) + ", ";
  out.append(clock.substr(0, 5)).append(" Uhr (UTC");
  if (zone != "+0000") out.append(zone.substr(0, 3)).append(":").append(zone.substr(3));
  return out + ")";
}

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
