#include "storm/evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "mail/ascii.h"
#include "mail/utf8.h"

namespace breakwater::storm {
namespace {

struct Point {
  double at, weight;
};

// Straight between the points, level beyond them.
double on_curve(std::span<const Point> curve, double at) {
  if (at <= curve.front().at) return curve.front().weight;
  for (std::size_t next = 1; next < curve.size(); ++next) {
    const Point& right = curve[next];
    if (at > right.at) continue;
    const Point& left = curve[next - 1];
    return left.weight + (right.weight - left.weight) * (at - left.at) / (right.at - left.at);
  }
  return curve.back().weight;
}

constexpr auto kWords =
    std::to_array<Point>({{8, 1.85}, {15, 1.15}, {25, -1.0}, {40, -1.3}, {60, -2.3}, {100, -3.5}});
// Minutes since the posting before in the thread.
constexpr auto kGap =
    std::to_array<Point>({{2, 2.0}, {5, 1.65}, {10, 1.1}, {30, -0.1}, {100, -0.7}, {500, -1.7}});
// The same on the list, where others write too.
constexpr auto kListGap =
    std::to_array<Point>({{2, 1.5}, {5, 1.2}, {10, 0.8}, {30, 0.0}, {100, -0.7}, {500, -1.5}});
constexpr auto kMarks = std::to_array<Point>({{0, 0.3}, {2, 0.1}, {5, -1.5}});
// Days on which the sender wrote before.
constexpr auto kKnown = std::to_array<Point>({{1, -0.6}, {3, -1.1}, {10, -1.8}, {40, -2.5}});
constexpr double kNewcomersOfStorm = 0.9;
constexpr double kNewMost = 1.3;
constexpr double kLeastWeight = -1.5;

double newness(const Signs& signs) {
  if (signs.days_known > 0) return on_curve(kKnown, signs.days_known);
  return std::min(kNewMost, std::log(kNewcomersOfStorm / std::max(signs.newcomers, 0.001)));
}

double shortness(const Wording& wording) {
  return on_curve(kWords, wording.words) + on_curve(kMarks, wording.marks);
}

double speed(const Signs& signs) {
  if (!signs.gap) return 0;
  const double minutes = static_cast<double>(signs.gap->count()) / 60'000;
  return on_curve(signs.reply ? std::span<const Point>(kGap) : kListGap, minutes);
}

bool within(int character, int first, int last) { return character >= first && character <= last; }

// The part of a word that a character of a script without spaces is; 0: of another script.
double part_of_word(int c) {
  if (c < 0xE00) return 0;
  if (within(c, 0x3040, 0x30FF) || within(c, 0x3400, 0x9FFF) || within(c, 0xAC00, 0xD7AF) ||
      within(c, 0xF900, 0xFAFF) || within(c, 0x20000, 0x3FFFF)) {
    return 0.5;
  }
  if (within(c, 0x0E00, 0x0EFF) || within(c, 0x1000, 0x109F) || within(c, 0x1780, 0x17FF)) return 0.25;
  return 0;
}

constexpr auto kLetters = [] {
  std::array<bool, 128> letters{};
  for (std::size_t c = 0; c < letters.size(); ++c) {
    letters[c] = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  }
  return letters;
}();

bool is_letter(int c) {
  if (c < 0) return false;
  if (c < 0x80) return kLetters[static_cast<std::size_t>(c)];
  return !within(c, 0x80, 0xBF) && !within(c, 0x2000, 0x2BFF) && !within(c, 0x3000, 0x303F) &&
         !within(c, 0xFF00, 0xFF0F) && !within(c, 0xFF1A, 0xFF20) && !within(c, 0xFE00, 0xFE0F);
}

double count_words(std::string_view text) {
  double words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const int c = mail::next_character(text, at);
    if (const double part = part_of_word(c); part > 0) {
      words += part;
      inside = false;
    } else if (is_letter(c)) {
      words += inside ? 0 : 1;
      inside = true;
    } else if (c != '\'' && c != 0x2019) {
      inside = false;
    }
  }
  return words;
}

int count_marks(std::string_view text) {
  static constexpr auto is_mark = [] {
    std::array<bool, 256> marks{};
    for (const char c : std::string_view("()[]{}<>=_\\|&$#@/*^~\"`"))
      marks[static_cast<unsigned char>(c)] = true;
    return marks;
  }();
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return is_mark[c]; }));
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return mail::trimmed(line);
}

std::string duration_text(Duration duration) {
  const auto seconds = duration.count() / 1000;
  if (seconds < 120) return std::to_string(seconds) + " s";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min";
  return std::to_string(seconds / 3600) + " h";
}

}  // namespace

// A paragraph that begins with a short line, behind one that says something, is a signature ("Kind regards",
// "Thanks", a name, "--"), and so is all behind it.
Wording wording_of(std::string_view body) {
  Wording wording;
  double before = 0;  // words of the paragraphs before this one
  bool begins = true;
  for (std::string_view text = mail::trimmed(body); !text.empty();) {
    const std::string_view line = take_line(text);
    if (line.empty()) {
      begins = true;
      before = wording.words;
      continue;
    }
    const double count = count_words(line);
    constexpr double kShortLine = 4, kGreeting = 3;
    if (begins && before > 0 && (line.starts_with("--") || (count <= kShortLine && before > kGreeting)))
      break;
    begins = false;
    wording.words += count;
    wording.marks += count_marks(line);
  }
  return wording;
}

double weigh(const Signs& signs) {
  if (signs.automatic) return most_weight;
  const double weight = newness(signs) + shortness(signs.wording) + speed(signs);
  return std::clamp(weight, kLeastWeight, most_weight);
}

double haste(const Signs& signs) {
  const double brevity = shortness(signs.wording);
  return brevity > 0.5 ? std::clamp(brevity + speed(signs), 0.0, most_weight / 2) : 0;
}

std::string describe(const Signs& signs, double weight) {
  const auto tenths = static_cast<std::int64_t>(std::llround(std::abs(weight) * 10));
  std::string out(1, weight < 0 ? '-' : '+');
  out += std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ";
  if (signs.automatic) {
    out += "a program";
  } else if (signs.days_known == 0) {
    out += "new to the list";
  } else {
    out += "known from " + std::to_string(signs.days_known) + (signs.days_known == 1 ? " day" : " days");
  }
  const auto words = std::llround(signs.wording.words);
  out += ", " + std::to_string(words) + (words == 1 ? " word" : " words");
  if (signs.gap) out += ", " + duration_text(*signs.gap) + " after the last";
  return out;
}

double limit_of(std::int64_t audience, double sensitivity) {
  // Above 10,000 two of a storm's replies are the most that may pass; below, a lively team needs some room.
  constexpr double kLarge = 9.2, kRoomADecade = 0.4;
  const double decades = std::log10(static_cast<double>(std::clamp<std::int64_t>(audience, 30, 10'000)));
  return (kLarge + kRoomADecade * (4 - decades)) / std::clamp(sensitivity, 0.01, 100.0);
}

double decayed(double score, Duration age) {
  if (age <= Duration::zero()) return score;  // a clock set back
  return score * std::exp2(-static_cast<double>(age.count()) / static_cast<double>(half_life.count()));
}

double fading(Duration age, double minutes) {
  return age <= Duration::zero() ? 1 : std::exp(-static_cast<double>(age.count()) / (60'000 * minutes));
}

}  // namespace breakwater::storm
