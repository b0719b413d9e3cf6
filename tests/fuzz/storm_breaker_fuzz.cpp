// Any bytes as a posting and as what the memory has of its thread, list and voice: a verdict, sound records.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message.h"
#include "mail/utf8.h"
#include "storm/breaker.h"
#include "storm/breaker_record.h"
#include "storm/evidence.h"
#include "storm/plain_memory.h"
#include "storm/threads.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t line = bytes.find('\n');
  const Instant now = from_ms(1'700'000'000'000);
  storm::Facts facts;
  facts.list = ListId{1};
  facts.message_id = "<a@example.org>";
  facts.in_reply_to = "<b@example.org>";
  facts.subject = mail::printable(bytes.substr(0, line), 300);
  facts.body = bytes.substr(0, storm::own_text_bytes);
  facts.audience = 10'000;
  storm::PlainMemory memory;
  const std::string thread = storm::digest(facts.in_reply_to);
  (void)memory.put(facts.list, storm::Kind::thread, thread, bytes, now);
  (void)memory.put(facts.list, storm::Kind::list, "", bytes, now);
  (void)memory.put(facts.list, storm::Kind::voice, storm::digest(facts.sender), bytes, now);
  const auto said = storm::judge_breaker(facts, {}, memory, now);
  BREAKWATER_ASSERT(said && mail::valid_utf8(said->reason));
  const auto stored = memory.get(facts.list, storm::Kind::thread, said->thread, now);
  BREAKWATER_ASSERT(stored && *stored && (**stored).size() < 2048);
  BREAKWATER_ASSERT(storm::report(storm::Kind::thread, said->thread, **stored, {}, now)->score >= 0);
  BREAKWATER_ASSERT(mail::base_subject(facts.subject).text.size() <= 3 * 300);
  return 0;
}
