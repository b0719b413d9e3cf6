// The table [digest] of a list's file: when the members who want digests get them.
#include <cstdio>

#include "config/field_kinds.h"
#include "config/field_tables.h"
#include "config/source_checks.h"
#include "lists/digest_schedule.h"

namespace breakwater::config {
namespace {

using namespace kinds;
using lists::DigestPolicy;

constexpr std::string_view kNever = "never";

Field daily_at() {
  Field field;
  field.key = "daily";
  field.type = Type::text;
  field.most = 5;
  field.shape = "\"HH:MM\" or \"never\"";
  field.doc =
      "The time of day (UTC) at which what waits goes out, if anything does. \"never\": only when enough "
      "waits.";
  field.check = [](std::string& text) -> std::string {
    if (text == kNever || time_of_day(text)) return "";
    return "is neither a time of day such as \"06:00\" (UTC) nor \"never\"";
  };
  field.store = [](void* owner, const Value& value) {
    static_cast<DigestPolicy*>(owner)->daily_at = time_of_day(std::get<std::string>(value));
  };
  field.show = [](const void* owner) {
    const auto& at = static_cast<const DigestPolicy*>(owner)->daily_at;
    if (!at) return Value(std::string(kNever));
    char text[16];
    std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(at->count() / 60),
                  static_cast<int>(at->count() % 60));
    return Value(std::string(text));
  };
  return field;
}

}  // namespace

Section digest_section() {
  return section_of<DigestPolicy>(
      "digest", Shape::list_table,
      "Digests: several messages in one mail, for members who want that (`set delivery digest`). A digest "
      "goes "
      "out when enough waits, and once a day; docs/lists.md has the rest.",
      {flag("enabled", &DigestPolicy::enabled,
            "Members may choose digests. false: those who have chosen them get each message."),
       daily_at(),
       size("bytes", &DigestPolicy::bytes, 1024, std::int64_t{16} << 20,
            "A digest goes out when this much waits, and has at most this and one message in it."),
       count("messages", &DigestPolicy::messages, 1, 1000, "Or so many messages.")});
}

}  // namespace breakwater::config
