// The parts of which letters are made: wrapped paragraphs, quoted text from outside, links. Text from outside
// stands behind a margin and on lines of its own, so that it is never taken for the server's words. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "terms/instant.h"

namespace breakwater::pipeline {

// One line without control characters, at most so many characters; what is cut ends in "...".
std::string one_line(std::string_view text, std::size_t most);

// Lines of at most 72 characters where the words let them, each with the margin before it and '\n' behind.
std::string wrapped(std::string_view text, std::string_view margin);
std::string paragraph(std::string_view text);  // an empty line, then wrapped
std::string indented(std::string_view text);   // text from outside, wrapped behind a margin

// The first five lines that say something, at most 200 characters of each, with "    | " before them.
std::string excerpt_block(std::string_view text);

// <mailto:...?subject=WORD> (RFC 6068)
std::string mailto_link(std::string_view address, std::string_view subject);

std::string time_text(Instant at);  // "Sun, 22 Nov 2026 16:01 UTC"

}  // namespace breakwater::pipeline
