// A subject is prefixed once, on one line; what is shown of a field is a safe line; decoding undoes encoding.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mail/encoded_word.h"
#include "mail/message.h"
#include "mail/utf8.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const std::string_view prefix : {"[list] ",
                                        "[k\xC3\xBC"
                                        "che]"}) {
    const std::string once = mail::prefixed_subject(body, prefix);
    BREAKWATER_ASSERT(once.find_first_of("\r\n") == std::string::npos);
    BREAKWATER_ASSERT(mail::prefixed_subject(once, prefix) == once);
  }
  const std::string shown = mail::readable(body, 100);
  BREAKWATER_ASSERT(shown.size() <= 100 && mail::valid_utf8(shown));
  BREAKWATER_ASSERT(mail::printable(shown, 100) == shown);
  if (mail::valid_utf8(body)) BREAKWATER_ASSERT(mail::decode_text(mail::encode_words(body)) == body);
  return 0;
}
