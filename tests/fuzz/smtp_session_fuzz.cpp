// Whole dialogues. The first byte chooses listener and split, the rest is what the peer sends; the driver's
// side is played at once. Checked: replies are well formed, memory is bounded as session.h states, no message
// holds a bare line end or a NUL, and the same bytes in one piece give the same answers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/session.h"
#include "terms/invariant.h"

namespace {

using namespace breakwater::smtp;

struct Keeper : Gatekeeper {
  std::optional<Reply> check_sender(const Peer&, const Envelope& envelope) override {
    if (envelope.reverse_path && envelope.reverse_path->local == "no") return Reply{550, "5.7.1", "no"};
    return std::nullopt;
  }
  std::optional<Reply> check_recipient(const Peer&, const Envelope&, const Mailbox& to) override {
    if (to.local == "no") return Reply{550, "5.1.1", "no such list: " + to.text()};
    return std::nullopt;
  }
};

SessionOptions options_for(unsigned choice) {
  SessionOptions options;
  options.hostname = "mx.example.org";
  options.max_message_bytes = 4096;
  options.max_recipients = 4;
  options.protocol = choice == 1 ? Protocol::lmtp : Protocol::smtp;
  options.submission = choice >= 2;
  options.tls_wrapped = choice == 2;
  options.tls_available = choice == 3;
  return options;
}

AuthAnswer authenticate(const AuthMessage& message) {
  BREAKWATER_ASSERT(!message.mechanism.empty());
  if (!message.response) return {"challenge", "", false};
  if (message.response->ends_with("p")) return {std::nullopt, "user", false};
  return {std::nullopt, "", message.response->empty()};
}

void check_message(const ReceivedMessage& message) {
  const std::string& bytes = message.bytes;
  BREAKWATER_ASSERT(bytes.size() <= 4096 && bytes.find('\0') == std::string::npos);
  BREAKWATER_ASSERT(bytes.empty() || bytes.ends_with("\r\n"));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r') BREAKWATER_ASSERT(bytes[i + 1] == '\n');
    if (bytes[i] == '\n') BREAKWATER_ASSERT(i > 0 && bytes[i - 1] == '\r');
  }
  BREAKWATER_ASSERT(!message.envelope.recipients.empty() && message.envelope.recipients.size() <= 4);
  BREAKWATER_ASSERT(!message.submission || (message.peer.tls && message.peer.login == "user"));
}

void check_replies(std::string_view output) {
  while (!output.empty()) {
    const std::size_t end = output.find("\r\n");
    BREAKWATER_ASSERT(end != std::string_view::npos && end >= 4 && end + 2 <= 512);
    for (const char c : output.substr(0, end)) BREAKWATER_ASSERT(c >= ' ' && c <= '~');
    output.remove_prefix(end + 2);
  }
}

std::string talk(unsigned choice, std::string_view input, std::size_t chunk) {
  Keeper keeper;
  Session session(options_for(choice), "192.0.2.1", keeper);
  Step step = session.start();
  std::string output;
  for (;;) {
    output += step.output;
    BREAKWATER_ASSERT(session.held_bytes() <= 4096 + 2 * chunk + 4 * 1200 + 30'000);
    switch (step.next) {
      case Step::Next::close: return output;
      case Step::Next::read: {
        if (input.empty()) return output;
        const std::string piece(
            input.substr(0, chunk));  // its own block, so that ASan sees a step over the end
        input.remove_prefix(piece.size());
        step = session.on_bytes(piece);
        break;
      }
      case Step::Next::start_tls: step = session.on_tls("TLSv1.3", "cipher"); break;
      case Step::Next::authenticate: step = session.on_auth(authenticate(session.auth_message())); break;
      case Step::Next::accept: {
        const ReceivedMessage message = session.take_message();
        check_message(message);
        const std::size_t answers =
            message.protocol == Protocol::lmtp ? message.envelope.recipients.size() : 1;
        step = session.on_accepted(std::vector<Reply>(answers, Reply{250, "2.0.0", "queued"}));
        break;
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const unsigned choice = data[0] % 4U;
  const std::size_t chunk = 1 + data[0] / 4U;
  const std::string split = talk(choice, input, chunk);
  check_replies(split);
  // Behind STARTTLS the split matters, and must: what comes in the same segment is refused.
  if (choice != 3) BREAKWATER_ASSERT(split == talk(choice, input, std::max<std::size_t>(input.size(), 1)));
  return 0;
}
