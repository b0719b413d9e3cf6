// The machine barrier and what else reads text from outside: reasons are one line, an announcer is asked
// less, and nothing is made of nothing.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/header_block.h"
#include "mail/message.h"
#include "mail/own_text.h"
#include "mail/utf8.h"
#include "storm/leave_request.h"
#include "storm/machine.h"
#include "storm/replies.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto block = mail::HeaderBlock::parse(message);
  storm::Facts facts;
  if (const auto* subject = block.find("Subject")) facts.subject = mail::readable(subject->body, 200);
  facts.body = mail::own_text(message, storm::own_text_bytes);
  const auto member = storm::machine_sign(block, false, false, facts.subject, facts.body);
  const auto announcer = storm::machine_sign(block, false, true, facts.subject, facts.body);
  if (announcer && announcer->certain) BREAKWATER_ASSERT(member && member->certain);
  for (const auto& sign : {member, announcer}) {
    if (!sign) continue;
    BREAKWATER_ASSERT(!sign->reason.empty() && mail::valid_utf8(sign->reason));
    for (const char c : sign->reason) BREAKWATER_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  }
  const std::string_view bare = storm::bare_subject(facts.subject);
  BREAKWATER_ASSERT(bare.size() <= facts.subject.size());
  BREAKWATER_ASSERT(storm::bare_subject(bare) == bare || facts.subject.size() > 60);
  (void)storm::asks_to_leave(facts);
  return 0;
}
