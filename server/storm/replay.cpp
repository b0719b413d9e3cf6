#include "storm/replay.h"

#include <algorithm>

#include "mail/ascii.h"

namespace breakwater::storm {
namespace {

constexpr std::size_t kMostReferences = 20;

// At most `max` bytes, no character cut in two.
std::string cut(std::string_view text, std::size_t max) {
  if (text.size() <= max) return std::string(text);
  while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0) == 0x80) --max;
  return std::string(text.substr(0, max));
}

}  // namespace

Facts facts_of(const TraceRow& row, ListId list, std::int64_t audience) {
  Facts facts;
  facts.list = list;
  facts.sender = mail::lower(row.from);
  facts.message_id = row.id;
  facts.in_reply_to = row.in_reply_to;
  const std::size_t left_out = row.references.size() - std::min(row.references.size(), kMostReferences);
  facts.references.assign(row.references.begin() + static_cast<std::ptrdiff_t>(left_out),
                          row.references.end());
  facts.subject = row.subject;
  facts.body = cut(row.body, own_text_bytes);
  facts.automatic = row.automatic;
  facts.audience = audience;
  return facts;
}

Result<Judgement> Replay::feed(const TraceRow& row) {
  auto judgement = judge_(facts_of(row, list_, audience_), memory_, row.at);
  if (!judgement) return judgement;
  ++summary_.messages;
  switch (judgement->verdict) {
    case Verdict::distribute:
      ++summary_.fanouts;
      summary_.deliveries += audience_;
      break;
    case Verdict::hold: ++summary_.held; break;
    default: ++summary_.others; break;
  }
  if (judgement->opened && !summary_.opened_at) summary_.opened_at = row.at;
  return judgement;
}

}  // namespace breakwater::storm
