#include "config/problems.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace breakwater::config {
namespace {

constexpr std::size_t widest_excerpt = 160;    // as shown
constexpr std::size_t longest_excerpt = 4096;  // as kept

std::string_view line_of(std::string_view text, std::size_t number) {
  for (std::size_t line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// From code points to bytes, both from 1.
std::size_t byte_column(std::string_view line, std::size_t column) {
  std::size_t at = 0;
  for (std::size_t seen = 1; seen < column && at < line.size(); ++seen) {
    ++at;
    while (at < line.size() && continues(line[at])) ++at;
  }
  return std::min(at, line.size()) + 1;
}

// Problems are printed and logged; a password in their line is not.
std::string without_password(std::string_view line) {
  constexpr auto nowhere = std::string_view::npos;
  std::size_t key = line.find("password");
  if (key != nowhere && line.substr(key).starts_with("password_file")) key = nowhere;
  const std::size_t equals = key == nowhere ? key : line.find('=', key);
  if (equals != nowhere) return std::string(line.substr(0, equals)) + "= …";
  // RFC 3986 3.2.1: "user:password" in a URL.
  const std::size_t user = line.find("://");
  const std::size_t at = user == nowhere ? user : line.rfind('@');
  const std::size_t colon = at == nowhere ? at : line.find(':', user + 3);
  if (colon == nowhere || colon > at) return std::string(line);
  return std::string(line.substr(0, colon)) + ":…" + std::string(line.substr(at));
}

std::string shown(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c == '\t') c = ' ';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return out;
}

// Optimal string alignment: Levenshtein's distance with swapped neighbours as one step.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last, row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = std::exchange(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

Problems::File Problems::open(std::string name, std::string_view text) {
  files_.push_back({std::move(name), text});
  return files_.size() - 1;
}

void Problems::add(File file, Place at, std::string what) {
  Source& source = files_[file];
  if (source.problems > max_problems) return;
  if (source.problems++ == max_problems)
    what = "too many problems; the first " + std::to_string(max_problems) + " that were found are shown";
  found_.push_back({file, this->at(file, at, std::move(what))});
}

Problem Problems::at(File file, Place at, std::string what) const {
  Problem problem;
  problem.file = files_[file].name;
  problem.what = std::move(what);
  if (at.line == 0) return problem;
  const std::string_view line = line_of(files_[file].text, at.line);
  problem.line = at.line;
  problem.column = byte_column(line, at.column);
  // A file may be one line: its excerpts would take its size times its problems.
  if (line.size() <= longest_excerpt) problem.excerpt = without_password(line);
  if (!problem.excerpt.empty()) problem.column = std::min(problem.column, problem.excerpt.size() + 1);
  return problem;
}

std::vector<Problem> Problems::take() {
  std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) {
    return std::tie(a.file, a.problem.line, a.problem.column) <
           std::tie(b.file, b.problem.line, b.problem.column);
  });
  std::vector<Problem> all;
  all.reserve(found_.size());
  for (Found& found : found_) all.push_back(std::move(found.problem));
  found_.clear();
  return all;
}

std::string Problem::text() const {
  if (line == 0) return shown(file) + ": " + shown(what);
  std::string out =
      shown(file) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + shown(what);
  if (excerpt.empty()) return out;
  std::size_t begin =
      column > widest_excerpt / 2 && excerpt.size() > widest_excerpt ? column - widest_excerpt / 2 : 0;
  while (begin > 0 && begin < excerpt.size() && continues(excerpt[begin])) --begin;
  std::size_t end = std::min(excerpt.size(), begin + widest_excerpt);
  while (end < excerpt.size() && continues(excerpt[end])) ++end;
  const std::string window = shown(std::string_view(excerpt).substr(begin, end - begin));
  out += "\n    " + window + "\n    ";
  // A column for each character: the caret stands below what it means in UTF-8 too.
  for (std::size_t i = begin; i + 1 < column; ++i) {
    if (i >= end || !continues(excerpt[i])) out += ' ';
  }
  return out + "^";
}

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > 64) return {};
  const bool is_short = word.size() <= 4;
  std::size_t best_distance = is_short ? 2 : word.size() <= 8 ? 3 : 4;  // what is below it is near
  std::string best;
  for (const std::string& candidate : known) {
    // "warn" is far from "warning" by steps, and "smtp" near "lmtp", but nobody means that.
    if (word.size() >= 3 && (candidate.starts_with(word) || word.starts_with(candidate))) return candidate;
    if (is_short && word.substr(0, 1) != candidate.substr(0, 1)) continue;
    const std::size_t steps = distance(word, candidate);
    if (steps < best_distance && steps < candidate.size()) {
      best_distance = steps;
      best = candidate;
    }
  }
  return best;
}

std::string in_quotes(std::string_view value) {
  constexpr std::size_t widest = 80;
  if (value.size() <= widest) return "'" + shown(value) + "'";
  std::size_t end = widest;
  while (end > 0 && continues(value[end])) --end;
  return "'" + shown(value.substr(0, end)) + "…'";
}

std::string listed(const std::vector<std::string>& words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    out += words[i];
  }
  return out;
}

}  // namespace breakwater::config
