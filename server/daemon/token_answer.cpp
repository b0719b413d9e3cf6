#include "daemon/token_answer.h"

#include <chrono>

#include "daemon/letters.h"
#include "daemon/membership.h"
#include "mail/transfer_encoding.h"

namespace breakwater::daemon {
namespace {

constexpr lists::Cap kFlawed{1, std::chrono::hours(24)};
constexpr lists::Cap kRefused{5, std::chrono::hours(24)};

std::string key_of(const char* sort, std::string_view digest) {
  std::string key = sort;
  for (const char byte : digest) key += mail::hex_byte(byte);
  return key;
}

}  // namespace

Result<std::string> tell_reader(WriteJob& job, const lists::List& list, const mail::Address& reader,
                                std::string_view digest, pipeline::ReplyFlaw flaw,
                                const std::string& message_id) {
  const std::string note = "a reply that does nothing";
  auto may = take_turn(job, key_of("flawed:", digest), kFlawed);
  if (!may) return may.error();
  if (!*may) return note;
  pipeline::LetterFacts facts = facts_of(list, reader);
  facts.message_id = message_id;
  facts.flaw = flaw;
  auto posted = post_letter(job, "unanswered", facts, reader, list, "answer to a reply");
  if (!posted) return posted.error();
  return note;
}

Result<bool> may_tell_why_not(WriteJob& job, std::string_view digest) {
  return take_turn(job, key_of("refused:", digest), kRefused);
}

}  // namespace breakwater::daemon
