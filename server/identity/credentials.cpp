#include "identity/credentials.h"

#include <crypt.h>

#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "identity/digest.h"
#include "smtp/base64.h"
#include "smtp/utf8.h"
#include "terms/invariant.h"

namespace breakwater::identity {
namespace {

constexpr std::size_t kPasswordBytes = 255;  // RFC 4616 2
constexpr std::uint32_t kFewest = 4'096, kMost = 1'000'000;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kYescryptSaltBytes = 16;
constexpr unsigned long kYescryptCost = 5;  // libxcrypt's default: 16 MiB, some 15 ms

// crypt_rn() with memory of its own: 32 KiB, wiped afterwards. Empty: the setting is not one.
std::string hash_with(const std::string& setting, const std::string& password) {
  auto work = std::make_unique<crypt_data>();
  const char* hash = crypt_rn(password.c_str(), setting.c_str(), work.get(), sizeof(crypt_data));
  std::string made = hash != nullptr && hash[0] != '*' ? hash : "";
  explicit_bzero(work.get(), sizeof(crypt_data));
  return made;
}

std::string new_setting() {
  char setting[CRYPT_GENSALT_OUTPUT_SIZE];
  const std::string entropy = random_bytes(kYescryptSaltBytes);
  const char* made = crypt_gensalt_rn("$y$", kYescryptCost, entropy.data(), static_cast<int>(entropy.size()),
                                      setting, sizeof setting);
  BREAKWATER_ASSERT(made != nullptr);
  return setting;
}

// What is computed for unknown users: as costly as a new hash, its result is thrown away.
const std::string& dummy_setting() {
  static const std::string setting = new_setting();
  return setting;
}

bool control_free_utf8(std::string_view text) {
  char32_t character = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = smtp::decode_utf8(text, at, character);
    if (length == 0 || character < 0x20 || (character >= 0x7f && character < 0xa0)) return false;
    at += length;
  }
  return true;
}

}  // namespace

Result<void> check_password(std::string_view password) {
  if (password.empty()) return error(Fault::invalid, "a password may not be empty");
  if (password.size() > kPasswordBytes) return error(Fault::invalid, "a password may have 255 bytes at most");
  if (!control_free_utf8(password)) {
    return error(Fault::invalid, "a password must be UTF-8 text without control characters");
  }
  return {};
}

Result<NewCredentials> make_credentials(std::string_view password) {
  if (auto good = check_password(password); !good) return good.error();
  NewCredentials made;
  std::string secret(password);
  made.password_hash = hash_with(new_setting(), secret);
  wipe(secret);
  if (made.password_hash.empty())
    return error(Fault::unavailable, "libcrypt could not hash the password (memory?)");
  made.scram = format_scram(derive_scram(password, random_bytes(kScramSaltBytes), kScramIterations));
  return made;
}

bool verify_password(const std::string& hash, std::string_view password) {
  std::string secret(password);
  const bool usable = check_password(password).has_value();
  std::string made = hash.empty() ? "" : hash_with(hash, secret);
  const bool matches = !made.empty() && equal_in_constant_time(made, hash);
  if (made.empty()) made = hash_with(dummy_setting(), secret);
  wipe(secret);
  return matches && usable;
}

std::optional<ScramKeys> parse_scram(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; parts.size() < 5;) {
    const auto colon = text.find(':', begin);
    parts.push_back(text.substr(begin, colon - begin));
    if (colon == std::string_view::npos) break;
    begin = colon + 1;
  }
  if (parts.size() != 4) return std::nullopt;
  ScramKeys keys;
  const auto [end, code] =
      std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), keys.iterations);
  if (code != std::errc{} || end != parts[0].data() + parts[0].size()) return std::nullopt;
  auto salt = smtp::decode_base64(parts[1]);
  auto stored_key = smtp::decode_base64(parts[2]);
  auto server_key = smtp::decode_base64(parts[3]);
  if (!salt || !stored_key || !server_key) return std::nullopt;
  if (keys.iterations < kFewest || keys.iterations > kMost || salt->empty()) return std::nullopt;
  if (stored_key->size() != kKeyBytes || server_key->size() != kKeyBytes) return std::nullopt;
  keys.salt = std::move(*salt);
  keys.stored_key = std::move(*stored_key);
  keys.server_key = std::move(*server_key);
  return keys;
}

std::string format_scram(const ScramKeys& keys) {
  return std::to_string(keys.iterations) + ":" + smtp::encode_base64(keys.salt) + ":" +
         smtp::encode_base64(keys.stored_key) + ":" + smtp::encode_base64(keys.server_key);
}

ScramKeys derive_scram(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  std::string salted = pbkdf2_sha256(password, salt, iterations);
  std::string client_key = hmac_sha256(salted, "Client Key");
  ScramKeys keys{iterations, std::string(salt), sha256(client_key), hmac_sha256(salted, "Server Key")};
  wipe(salted);
  wipe(client_key);
  return keys;
}

}  // namespace breakwater::identity
