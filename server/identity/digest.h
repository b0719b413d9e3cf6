// The few cryptographic functions that SCRAM is made of, over strings of bytes. Pure but for random_bytes().
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace breakwater::identity {

std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string pbkdf2_sha256(std::string_view password, std::string_view salt, std::uint32_t iterations);
// Byte by byte; both of the same length.
std::string exclusive_or(std::string_view a, std::string_view b);
// Takes the same time wherever they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);
// From the system's generator; it failing is a broken machine, and ends the process.
std::string random_bytes(std::size_t count);
// HMAC-SHA256 with one key for many short texts, as VERP signs each recipient: the key is worked in once, and
// a call allocates nothing. Any thread may call it.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  // The first eight bytes of the HMAC, as a big-endian number.
  std::uint64_t first_bytes(std::string_view text) const;

 private:
  struct States;
  std::shared_ptr<const States> states_;
};

// Overwrites a secret before its memory is given back.
void wipe(std::string& secret);

}  // namespace breakwater::identity
