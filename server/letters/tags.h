// The tags of a template, found and held against the row of its letter. Of mustache a template may use
// values, sections and comments; no partials, no other delimiters. Pure; bounded: kMaxTemplate, kMaxDepth.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "letters/letter.h"

namespace breakwater::letters {

inline constexpr std::size_t kMaxTemplate = 64 * 1024;  // bytes
inline constexpr std::size_t kMaxDepth = 8;             // sections within sections

// What is wrong with a template, at its place: both count from 1, the column in characters; 0: the whole.
struct Complaint {
  std::size_t line = 0, column = 0;
  std::string what;       // "there is no variable 'recipient' in this letter"
  std::string unknown{};  // the word that is not known, and those that are: for "did you mean"
  std::vector<std::string> known{};
};

struct Tag {
  enum class Kind { value, open, unless, close, comment };
  Kind kind = Kind::value;
  std::string name;
  std::size_t begin = 0, end = 0;  // bytes, with the braces
};

// A fault at a byte of a text, which its caller turns into a line and a column.
struct Flaw {
  std::size_t at = 0;
  Complaint complaint;
};

struct Tags {
  std::vector<Tag> all;         // in order, up to the flaw
  std::optional<Flaw> trouble;  // the first tag that is none
};
Tags read_tags(std::string_view text);

enum class Place { subject, body };
// Names, kinds and nesting; in a body also that what is required is there.
std::vector<Flaw> check_tags(const std::vector<Tag>& tags, Place place, const Letter& letter);

// The text as mustache is to see it: comments out, and a line that has one tag for a section or a comment and
// nothing else out with its end, as the mustache specification says ("standalone" tags).
std::string without_tag_lines(std::string_view text, const std::vector<Tag>& tags);

}  // namespace breakwater::letters
