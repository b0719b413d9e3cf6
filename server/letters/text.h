// The parts of which letters are made: wrapped paragraphs, quoted text from outside, links. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace breakwater::letters {

// One line without control characters, at most so many characters; what is cut ends in "...".
std::string one_line(std::string_view text, std::size_t most);

// Lines of at most 72 characters where the words let them, each with the margin before it and '\n' behind.
std::string wrapped(std::string_view text, std::string_view margin);

// A letter's body as it is sent. Lines that begin with a blank are set by themselves, behind their blanks
// (and a "| " that follows these); others that follow one another are a paragraph. Several empty lines become
// one.
std::string filled(std::string_view text);

// The first five lines that say something, at most 200 characters of each.
std::vector<std::string> excerpt_lines(std::string_view text);

// <mailto:...?subject=WORD> (RFC 6068)
std::string mailto_link(std::string_view address, std::string_view subject);

}  // namespace breakwater::letters
