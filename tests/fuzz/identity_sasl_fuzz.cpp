// A SASL exchange fed with anything: the first byte chooses the mechanism, the lines behind it are the
// client's messages. It must end or go on, and never let anybody in: nobody can know a proof for the fixed
// nonce by chance.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "identity/sasl.h"

namespace {

using breakwater::identity::Account;
using breakwater::identity::Action;
using breakwater::identity::Exchange;

std::optional<Account> find(const std::string& login) {
  using namespace breakwater::identity;
  static const std::string scram = format_scram(derive_scram("pencil", "sixteen bytes ok", 4096));
  if (login != "user") return std::nullopt;
  return Account{"user", "", scram};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const auto mechanism = static_cast<unsigned char>(input.front()) % 4;
  input.remove_prefix(1);
  Exchange exchange("secret", "aServerNonce");
  bool first = true;
  while (true) {
    const auto end = input.find('\n');
    breakwater::smtp::AuthMessage message;
    message.first = first;
    message.response = std::string(input.substr(0, end));
    if (first) {
      const char* const mechanisms[] = {"PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5"};
      message.mechanism = mechanisms[mechanism];
      if (message.response->empty()) message.response.reset();
    }
    first = false;
    Action action = exchange.step(std::move(message));
    auto answer = action.answer;
    if (action.next == Action::Next::check_password) answer = exchange.on_checked(std::nullopt);
    if (action.next == Action::Next::look_up) answer = exchange.on_found(find(action.login));
    if (!answer.login.empty()) std::abort();
    if (end == std::string_view::npos) return 0;
    input.remove_prefix(end + 1);
  }
}
