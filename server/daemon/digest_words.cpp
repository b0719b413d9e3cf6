#include "daemon/digest_words.h"

#include <utility>

#include "letters/language.h"
#include "mail/digest.h"

namespace breakwater::daemon {

letters::Rendered digest_words(const config::Config& config, const lists::List& list, std::string_view letter,
                               std::span<const std::string> messages) {
  letters::Values values;
  letters::Rows entries;
  for (const std::string& message : messages) {
    mail::DigestEntry entry = mail::digest_entry(message);
    letters::Values& row = entries.emplace_back();
    row["number"] = static_cast<std::int64_t>(entries.size());
    row["subject"] = std::move(entry.subject);
    row["author"] = std::move(entry.author);
    row["date"] = letters::message_date_text(entry.date, list.language);
  }
  values["list_address"] = list.address();
  values["request_address"] = list.sub_address("request");
  values["count"] = static_cast<std::int64_t>(messages.size());
  values["subject"] = entries.front()["subject"];
  values["messages"] = std::move(entries);
  return config.templates.render(list.language, letter, values);
}

}  // namespace breakwater::daemon
