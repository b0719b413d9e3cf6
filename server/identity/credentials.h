// Passwords at rest: a yescrypt hash for PLAIN and LOGIN, and the stored keys of SCRAM-SHA-256 (RFC 5802 3).
// make_credentials() and verify_password() take tens of milliseconds and 16 MiB: never on a session's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "terms/result.h"

namespace breakwater::identity {

// An account as it is looked up. `login` is its own spelling: what the peer typed may differ.
struct Account {
  std::string login;
  std::string password_hash;  // crypt(5)
  std::string scram;          // "iterations:salt:stored_key:server_key", the last three in base64
};

struct NewCredentials {
  std::string password_hash;
  std::string scram;
};

// RFC 7613's and SASLprep's least common part: a password is UTF-8 without control characters, of 1 to 255
// bytes. There is no NFKC: a password in letters that have several spellings works only when typed as it was
// set.
Result<void> check_password(std::string_view password);

// Salts from the system's entropy. Errors: Fault::invalid says what is wrong with the password.
Result<NewCredentials> make_credentials(std::string_view password);

// For a hash that is empty or malformed a hash of nothing is computed instead, so that the time of an unknown
// user is that of a known one; the answer is false then.
bool verify_password(const std::string& hash, std::string_view password);

// Of new credentials, and shown for users who do not exist.
inline constexpr std::uint32_t kScramIterations = 10'000;
inline constexpr std::size_t kScramSaltBytes = 16;

struct ScramKeys {
  std::uint32_t iterations = 0;
  std::string salt, stored_key, server_key;  // bytes
};
// nullopt when it is malformed: fewer than 4096 iterations (RFC 7677 4), more than a million, keys not of 32
// bytes.
std::optional<ScramKeys> parse_scram(std::string_view text);
std::string format_scram(const ScramKeys& keys);
// RFC 5802 3: SaltedPassword, StoredKey, ServerKey.
ScramKeys derive_scram(std::string_view password, std::string_view salt, std::uint32_t iterations);

}  // namespace breakwater::identity
