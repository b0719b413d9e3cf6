#include "letters/reasons.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace breakwater::letters {
namespace {

constexpr auto kNowhere = std::string_view::npos;

// What may stand behind a sentence.
constexpr std::array<Sentence, 6> kReasonTails = {{
    {", of whom its sender counts as one", "; wer sie geschrieben hat, zählt als eine davon"},
    {", and it is a reply", ", und sie ist eine Antwort"},
    {"; whom it answers is not known to be of this list, so it waits for a moderator",
     "; wem sie antwortet, gehört nicht erkennbar zu dieser Liste, daher wartet sie auf die Moderation"},
    {"; its author was asked often enough today, so it waits for a moderator",
     "; wer sie geschrieben hat, ist heute schon oft genug gefragt worden, daher wartet sie auf die "
     "Moderation"},
    {"; From and reverse-path differ, so a moderator is asked instead",
     "; From und Absender des Umschlags sind verschieden, daher wird die Moderation gefragt"},
    {"; an owner who finds the list right confirms it, by `breakwater list confirm` or by the command in the "
     "mail to the owners",
     "; wer für die Liste verantwortlich ist und sie richtig findet, bestätigt sie, mit `breakwater list "
     "confirm` "
     "oder dem Befehl in der E-Mail an die Verantwortlichen"},
}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kBudgets = {{
    {"over all lists the sender's", "über alle Listen für diese Adresse"},
    {"the sender's", "für diese Adresse"},
    {"the list's", "für die Liste"},
    {"the server's", "für den Server"},
}};

struct Noun {
  std::string_view one, many, german_one, german_many;
};
constexpr std::array<Noun, 5> kCounted = {{
    {"person", "people", "Person", "Personen"},
    {"recipient", "recipients", "Person", "Personen"},
    {"posting", "postings", "Nachricht", "Nachrichten"},
    {"fan-out", "fan-outs", "Verteilung", "Verteilungen"},
    {"copy", "copies", "Kopie", "Kopien"},
}};

// Where a text is looked for, in this order; then what may stand behind it.
struct Book {
  std::array<std::span<const Sentence>, 3> sentences;
  std::array<std::span<const Sentence>, 2> tails;
};

std::optional<std::string> in_german(const Book& book, std::string_view text);

bool is_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == kNowhere;
}

std::string with_points(std::string_view number) {
  std::string out(number);
  std::replace(out.begin(), out.end(), ',', '.');
  return out;
}

// What fills a hole, in German; nullopt: that is not of its kind.
std::optional<std::string> filling(const Book& book, char kind, std::string_view text) {
  if (kind == 'n') return is_of(text, "0123456789,") ? std::optional(with_points(text)) : std::nullopt;
  if (kind == 'y') {
    constexpr std::string_view kDay = "2026-12-31";
    if (text.size() != kDay.size() || !is_of(text, "0123456789-") || text[4] != '-' || text[7] != '-')
      return std::nullopt;
    return std::string(text.substr(8))
        .append(".")
        .append(text.substr(5, 2))
        .append(".")
        .append(text.substr(0, 4));
  }
  if (kind == 'd') {
    if (!is_of(text, "0123456789.")) return std::nullopt;
    std::string out(text);
    std::replace(out.begin(), out.end(), '.', ',');
    return out;
  }
  if (kind == 'p') {
    const std::size_t space = text.find(' ');
    if (space == kNowhere || !is_of(text.substr(0, space), "0123456789,")) return std::nullopt;
    const std::string_view word = text.substr(space + 1);
    for (const Noun& noun : kCounted) {
      if (word != noun.one && word != noun.many) continue;
      return with_points(text.substr(0, space))
          .append(" ")
          .append(word == noun.one ? noun.german_one : noun.german_many);
    }
    return std::nullopt;
  }
  if (kind == 'a') {
    const bool is_address = text.find('@') != kNowhere && text.find(' ') == kNowhere;
    return is_address ? std::optional(std::string(text)) : std::nullopt;
  }
  if (kind == 't') return in_german(book, text).value_or(std::string(text));
  if (kind == 'w') {
    for (const auto& [english, german] : kBudgets) {
      if (english == text) return std::string(german);
    }
    return std::nullopt;
  }
  return std::string(text);
}

// The sentence's holes as they are filled in `text`, in order; nullopt: it is another sentence.
std::optional<std::vector<std::string>> matched(const Book& book, std::string_view english,
                                                std::string_view text) {
  std::vector<std::string> fillings;
  for (;;) {
    const std::size_t hole = english.find('{');
    if (!text.starts_with(english.substr(0, hole))) return std::nullopt;
    if (hole == kNowhere) return text.size() == english.size() ? std::optional(fillings) : std::nullopt;
    text.remove_prefix(hole);
    const char kind = english[hole + 1];
    english.remove_prefix(english.find('}', hole) + 1);
    const std::string_view next = english.substr(0, english.find('{'));
    std::size_t end = next.empty() ? text.size() : text.find(next);
    // The last words end the text, whatever stands before them.
    if (next.size() == english.size() && text.ends_with(next)) end = text.size() - next.size();
    if (end == kNowhere) return std::nullopt;
    auto filled = filling(book, kind, text.substr(0, end));
    if (!filled) return std::nullopt;
    fillings.push_back(std::move(*filled));
    text.remove_prefix(end);
  }
}

std::string with_fillings(std::string_view german, const std::vector<std::string>& fillings) {
  std::string out;
  for (std::size_t hole = 0; (hole = german.find('{')) != kNowhere; german.remove_prefix(hole + 3)) {
    out += german.substr(0, hole);
    out += fillings[static_cast<std::size_t>(german[hole + 1] - '1')];
  }
  return out += german;
}

// Behind all else (pipeline/verdict.h).
constexpr std::array<Sentence, 2> kByDigest = {{
    {"; 1 more gets it by digest", "; 1 weitere Person bekommt sie in einer Sammelmail"},
    {"; {n1} more get it by digest", "; {1} weitere Personen bekommen sie in einer Sammelmail"},
}};

std::optional<std::string> in_german(const Book& book, std::string_view text) {
  if (const std::size_t last = text.rfind(';'); last != kNowhere) {
    for (const Sentence& tail : kByDigest) {
      const auto fillings = matched(book, tail.english, text.substr(last));
      auto head = fillings ? in_german(book, text.substr(0, last)) : std::nullopt;
      if (head) return std::move(*head) + with_fillings(tail.german, *fillings);
    }
  }
  for (const auto& tails : book.tails) {
    for (const Sentence& tail : tails) {
      if (!text.ends_with(tail.english)) continue;
      auto head = in_german(book, text.substr(0, text.size() - tail.english.size()));
      if (head) return std::move(*head) + std::string(tail.german);
    }
  }
  for (const auto& sentences : book.sentences) {
    for (const Sentence& each : sentences) {
      if (const auto fillings = matched(book, each.english, text))
        return with_fillings(each.german, *fillings);
    }
  }
  return std::nullopt;
}

std::string in_language(const Book& book, std::string_view text, std::string_view language) {
  if (language != "de" && !language.starts_with("de-")) return std::string(text);
  return in_german(book, text).value_or(std::string(text));
}

}  // namespace

std::string reason_text(std::string_view reason, std::string_view language) {
  return in_language({{reason_sentences()}, {kReasonTails}}, reason, language);
}

std::string outcome_text(std::string_view outcome, std::string_view language) {
  return in_language(
      {{outcome_sentences(), reason_sentences(), source_sentences()}, {kReasonTails, source_tails()}},
      outcome, language);
}

std::string command_text(std::string_view line, std::string_view language) {
  return in_language({{command_sentences()}, {}}, line, language);
}

std::string source_error_text(std::string_view error, std::string_view language) {
  return in_language({{source_sentences()}, {source_tails()}}, error, language);
}

}  // namespace breakwater::letters
