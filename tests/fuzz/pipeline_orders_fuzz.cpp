// A mail to a command address is read as one command or none, always the same, and nothing behind the first
// line of the text turns it into one.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/orders.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto word = pipeline::read_order(message);
  BREAKWATER_ASSERT(pipeline::read_order(message) == word);
  if (word) BREAKWATER_ASSERT(pipeline::name_of(word->word) != "unknown");
  const auto reply = pipeline::read_token_reply(message);
  BREAKWATER_ASSERT(reply.text.size() <= pipeline::max_reason && (reply.word || reply.text.empty()));
  BREAKWATER_ASSERT(reply.text.find_first_of("\r\n") == std::string::npos);
  // A plain text whose first line is no word.
  const std::string talk = "Subject: Re: x\r\n\r\nHello,\r\n" + std::string(message);
  BREAKWATER_ASSERT(!pipeline::read_order(talk) && !pipeline::read_token_reply(talk).word);
  return 0;
}
