#include "identity/scram.h"

#include <algorithm>
#include <utility>

#include "identity/digest.h"
#include "smtp/base64.h"
#include "smtp/utf8.h"

namespace breakwater::identity {
namespace {

constexpr std::size_t kMessageBytes = 2048, kNonceBytes = 256, kNameBytes = 255;

// The next attribute of a message, up to a comma; takes it and the comma away.
std::string_view next_attribute(std::string_view& rest) {
  const auto comma = rest.find(',');
  const auto attribute = rest.substr(0, comma);
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return attribute;
}

std::optional<std::string_view> value_of(std::string_view attribute, char name) {
  if (attribute.size() < 3 || attribute[0] != name || attribute[1] != '=') return std::nullopt;
  return attribute.substr(2);
}

// RFC 5802 5.1: "=2C" and "=3D" stand for comma and equals sign; another '=' is an error.
std::optional<std::string> decode_saslname(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      name += text[i];
      continue;
    }
    const auto code = text.substr(i + 1, 2);
    if (code != "2C" && code != "3D") return std::nullopt;
    name += code == "2C" ? ',' : '=';
    i += 2;
  }
  const bool control = std::any_of(name.begin(), name.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > kNameBytes || control || !smtp::is_utf8(name)) return std::nullopt;
  return name;
}

// RFC 5802 7: printable = %x21-2B / %x2D-7E
bool is_nonce(std::string_view text) {
  return !text.empty() && text.size() <= kNonceBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7e && c != ','; });
}

}  // namespace

std::optional<ClientFirst> parse_client_first(std::string_view message) {
  if (message.size() > kMessageBytes) return std::nullopt;
  ClientFirst first;
  std::string_view rest = message;
  const auto binding = next_attribute(rest);
  if (binding != "n" && binding != "y") return std::nullopt;
  if (message.size() == binding.size()) return std::nullopt;
  const auto authzid = next_attribute(rest);
  if (!authzid.empty()) {
    const auto value = value_of(authzid, 'a');
    auto name = value ? decode_saslname(*value) : std::nullopt;
    if (!name) return std::nullopt;
    first.authzid = std::move(*name);
  }
  first.gs2_header = message.substr(0, binding.size() + authzid.size() + 2);
  first.bare = rest;
  const auto username = value_of(next_attribute(rest), 'n');  // "m=" would stand here
  const auto nonce = value_of(next_attribute(rest), 'r');
  if (!username || !nonce || !is_nonce(*nonce)) return std::nullopt;
  auto name = decode_saslname(*username);
  if (!name) return std::nullopt;
  first.username = std::move(*name);
  first.nonce = *nonce;
  return first;
}

Scram::Scram(ClientFirst first, ScramKeys keys, std::string nonce)
    : first_(std::move(first)), keys_(std::move(keys)), nonce_(first_.nonce + nonce) {
  server_first_ =
      "r=" + nonce_ + ",s=" + smtp::encode_base64(keys_.salt) + ",i=" + std::to_string(keys_.iterations);
}

std::optional<std::string> Scram::on_client_final(std::string_view message) const {
  if (message.size() > kMessageBytes) return std::nullopt;
  // The proof is the last attribute; what is before it is what it proves.
  const auto last = message.rfind(",p=");
  if (last == std::string_view::npos) return std::nullopt;
  const auto proof = smtp::decode_base64(message.substr(last + 3));
  if (!proof || proof->size() != keys_.stored_key.size()) return std::nullopt;
  const auto without_proof = message.substr(0, last);
  std::string_view rest = without_proof;
  const auto binding = value_of(next_attribute(rest), 'c');
  const auto nonce = value_of(next_attribute(rest), 'r');
  if (!binding || !nonce || *nonce != nonce_) return std::nullopt;
  if (smtp::decode_base64(*binding) != first_.gs2_header) return std::nullopt;

  const std::string auth_message = first_.bare + "," + server_first_ + "," + std::string(without_proof);
  const std::string signature = hmac_sha256(keys_.stored_key, auth_message);
  const std::string client_key = exclusive_or(*proof, signature);
  if (!equal_in_constant_time(sha256(client_key), keys_.stored_key)) return std::nullopt;
  return "v=" + smtp::encode_base64(hmac_sha256(keys_.server_key, auth_message));
}

ScramKeys unknown_user_keys(std::string_view secret, std::string_view username) {
  ScramKeys keys;
  keys.iterations = kScramIterations;
  keys.salt = hmac_sha256(secret, "salt " + std::string(username)).substr(0, kScramSaltBytes);
  keys.stored_key = hmac_sha256(secret, "stored " + std::string(username));
  keys.server_key = hmac_sha256(secret, "server " + std::string(username));
  return keys;
}

}  // namespace breakwater::identity
