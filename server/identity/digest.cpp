// SHA256_Init and its kin, which OpenSSL 3 calls deprecated: what replaces them looks the algorithm up and
// allocates at each text, which is several times the work of hashing one.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "identity/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>
#include <utility>

#include "terms/invariant.h"

namespace breakwater::identity {
namespace {

const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(data(bytes), bytes.size(), data(digest));
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  unsigned int length = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data(bytes), bytes.size(),
                          data(digest), &length);
  BREAKWATER_ASSERT(made != nullptr && length == digest.size());
  return digest;
}

// RFC 2104 2: the hash with the padded key already in it, inner and outer.
struct HmacKey::States {
  SHA256_CTX inner, outer;
  ~States() {  // as good as the key
    OPENSSL_cleanse(&inner, sizeof inner);
    OPENSSL_cleanse(&outer, sizeof outer);
  }
};

HmacKey::HmacKey(std::string_view key) {
  std::array<unsigned char, SHA256_CBLOCK> pad{};
  if (key.size() > pad.size()) {
    SHA256(data(key), key.size(), pad.data());
  } else if (!key.empty()) {
    std::memcpy(pad.data(), key.data(), key.size());
  }
  auto states = std::make_shared<States>();
  for (unsigned char& byte : pad) byte ^= 0x36;
  SHA256_Init(&states->inner);
  SHA256_Update(&states->inner, pad.data(), pad.size());
  for (unsigned char& byte : pad) byte ^= 0x36 ^ 0x5C;
  SHA256_Init(&states->outer);
  SHA256_Update(&states->outer, pad.data(), pad.size());
  OPENSSL_cleanse(pad.data(), pad.size());
  states_ = std::move(states);
}

std::uint64_t HmacKey::first_bytes(std::string_view text) const {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256_CTX context = states_->inner;
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(digest.data(), &context);
  context = states_->outer;
  SHA256_Update(&context, digest.data(), digest.size());
  SHA256_Final(digest.data(), &context);
  std::uint64_t value = 0;
  for (std::size_t at = 0; at < sizeof value; ++at) value = (value << 8) | digest[at];
  return value;
}

std::string pbkdf2_sha256(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  std::string key(SHA256_DIGEST_LENGTH, '\0');
  const int made = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), data(salt),
                                     static_cast<int>(salt.size()), static_cast<int>(iterations),
                                     EVP_sha256(), static_cast<int>(key.size()), data(key));
  BREAKWATER_ASSERT(made == 1);
  return key;
}

std::string exclusive_or(std::string_view a, std::string_view b) {
  BREAKWATER_ASSERT(a.size() == b.size());
  std::string result(a);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<char>(a[i] ^ b[i]);
  return result;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  BREAKWATER_ASSERT(RAND_bytes(data(bytes), static_cast<int>(count)) == 1);
  return bytes;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace breakwater::identity
