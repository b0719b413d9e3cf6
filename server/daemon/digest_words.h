// The words of a digest: its subject, and the table of contents above the messages.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/config.h"
#include "letters/templates.h"
#include "lists/list.h"

namespace breakwater::daemon {

// `letter`: "digest", of held messages, or "member_digest". `messages`: as they are stored, at least one.
letters::Rendered digest_words(const config::Config& config, const lists::List& list, std::string_view letter,
                               std::span<const std::string> messages);

}  // namespace breakwater::daemon
