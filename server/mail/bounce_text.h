// The addresses that a report written for people says were not reached, with why. Pure; linear.
#pragma once

#include <vector>

#include "mail/bounce_parse.h"
#include "mail/bounce_source.h"

namespace breakwater::mail {

// What of the text is the report: without the original that is returned below it, and without what a person
// forwards.
std::string report_text(const BounceSource& source);

// `text`: of report_text().
std::vector<BouncedRecipient> read_bounce_text(const BounceSource& source, std::string_view text);

// Fills in what a recipient's entry elsewhere lacks (X-Failed-Recipients, a delivery status without a code).
void explain_by_text(const BounceSource& source, std::string_view text, bool delayed,
                     std::vector<BouncedRecipient>& recipients);

bool says_delayed(const BounceSource& source, std::string_view text);

}  // namespace breakwater::mail
