// A footer is put in at one place: without it the body has its own bytes again, and its old parts.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/message.h"
#include "mail/multipart.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto block = mail::HeaderBlock::parse(message);
  const auto out = mail::with_footer(block, "_____\nThe list\n");
  if (!out) return 0;
  const std::string_view body = block.body();
  const auto type = mail::content_type_of(block);
  BREAKWATER_ASSERT(type.type == "text/plain" || type.type == "multipart/mixed");
  if (type.type == "text/plain") {
    BREAKWATER_ASSERT(out->starts_with(body) && out->ends_with("The list\r\n"));
    return 0;
  }
  const auto before = mail::split_multipart(body, type.parameter("boundary"), 1000);
  const auto after = mail::split_multipart(*out, type.parameter("boundary"), 1001);
  const std::size_t added = out->size() - body.size();
  BREAKWATER_ASSERT(out->substr(0, before.closing) + out->substr(before.closing + added) == body);
  BREAKWATER_ASSERT(after.parts.size() == before.parts.size() + 1);
  for (std::size_t at = 0; at < before.parts.size(); ++at)
    BREAKWATER_ASSERT(after.parts[at] == before.parts[at]);
  return 0;
}
