// HmacKey is HMAC-SHA256, as OpenSSL's own function and RFC 4231 say.
#include "identity/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace breakwater::identity {
namespace {

std::uint64_t number_of(const std::string& digest) {
  std::uint64_t value = 0;
  for (int at = 0; at < 8; ++at)
    value = (value << 8) | static_cast<unsigned char>(digest.at(static_cast<std::size_t>(at)));
  return value;
}

TEST(HmacKey, Rfc4231) {
  EXPECT_EQ(HmacKey(std::string(20, '\x0B')).first_bytes("Hi There"), 0xB034'4C61'D8DB'3853U);
  EXPECT_EQ(HmacKey("Jefe").first_bytes("what do ya want for nothing?"), 0x5BDC'C146'BF60'754EU);
  EXPECT_EQ(
      HmacKey(std::string(131, '\xAA')).first_bytes("Test Using Larger Than Block-Size Key - Hash Key First"),
      0x60E4'3159'1EE0'B67FU);
}

RC_GTEST_PROP(HmacKey, SignsAsHmacDoes, (const std::string& key, const std::string& text)) {
  const HmacKey copied = HmacKey(key);
  RC_ASSERT(copied.first_bytes(text) == number_of(hmac_sha256(key, text)));
  RC_ASSERT(copied.first_bytes(text) == number_of(hmac_sha256(key, text)));  // nothing of the last is left
}

}  // namespace
}  // namespace breakwater::identity
