// Which postings are replies. Pure.
#pragma once

#include <string_view>

#include "storm/verdict.h"

namespace breakwater::storm {

// It has In-Reply-To or References, or its subject begins as replies do ("Re:", "AW:", "回复：", "Automatic
// reply:"): many clients, and storms above all, send no threading headers.
bool is_reply(const Facts& facts);

// The subject behind list tags ("[tech]") and markers of replies and forwards. A view into `subject`.
std::string_view bare_subject(std::string_view subject);

// The marker by which a program says that it answers ("Automatic reply"), a view into `subject`; empty: none.
std::string_view automatic_marker(std::string_view subject);

}  // namespace breakwater::storm
