// How a language writes numbers and times. Languages that the server does not bring have a form that all can
// read. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "terms/instant.h"

namespace breakwater::letters {

// "850,000"; de "850.000"; others with no-break spaces.
std::string number_text(std::int64_t number, std::string_view language);

// "Sun, 22 Nov 2026 16:01 UTC"; de "Sonntag, 22. November 2026, 16:01 Uhr (UTC)"; others "2026-11-22 16:01
// UTC".
std::string time_text(Instant at, std::string_view language);

// A message's Date, as its sender wrote it; de "Sonntag, 22. November 2026, 17:01 Uhr (UTC+01:00)", where it
// has the form of RFC 5322 3.3.
std::string message_date_text(std::string_view date, std::string_view language);

}  // namespace breakwater::letters
