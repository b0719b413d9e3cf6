// How an event is written: the part of a log line behind time and level. Pure; what comes from outside is
// escaped here so that a line stays one line and a terminal is never told anything.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "log/log.h"

namespace breakwater::log {

// accepted posting=01HB peer="192.0.2.1 (x)": values are quoted where a reader could not tell their end.
// Control characters (C0, DEL, C1, bidi and line separators) and bytes that are no UTF-8 become \n, \x1b or
// \u{202e}.
std::string text_line(std::string_view name, std::span<const Field> fields);

// "event":"accepted","posting":"01HB": members of an object, without its braces. Bytes that are no UTF-8
// become U+FFFD.
std::string json_line(std::string_view name, std::span<const Field> fields);

}  // namespace breakwater::log
