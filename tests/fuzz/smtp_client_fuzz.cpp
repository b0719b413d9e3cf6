// The client against a server that says anything: the first byte chooses the kind of dialogue, the rest is
// what the server sends, cut at 0xFF (which no reply needs) into what one read gives. Checked: every
// recipient is settled once or still to do; nobody is `delivered` unless a dot or a last chunk was sent and a
// 2xx came; no command is broken.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/client.h"
#include "terms/invariant.h"

namespace {

using namespace breakwater::smtp;

constexpr std::uint32_t kRecipients = 9;

struct FuzzedLoad : Load {
  std::vector<std::string> mailboxes;
  std::vector<int> settled = std::vector<int>(kRecipients, 0);
  std::size_t dots = 0, deliveries = 0, total = 0;
  std::size_t stop_at = 1000;

  FuzzedLoad() {
    for (std::uint32_t at = 0; at < kRecipients; ++at)
      mailboxes.push_back("u" + std::to_string(at) + "@example.org");
    mailboxes[3] = "j\xC3\xB6rg@example.org";
    mailboxes[5].clear();
  }
  std::string_view mailbox(std::uint32_t at) const override { return mailboxes.at(at); }
  void reverse_path(std::uint32_t, std::string& out) override { out += "list-bounces@lists.example"; }
  void settle(Settled how, std::string_view reply, const std::uint32_t* at, std::size_t count) override {
    BREAKWATER_ASSERT(count > 0 && reply.find('\n') == std::string_view::npos);
    if (how == Settled::delivered) {
      BREAKWATER_ASSERT(reply[0] == '2' && dots > deliveries);
      deliveries += settle_transactions;
    } else {
      BREAKWATER_ASSERT(reply[0] == (how == Settled::deferred ? '4' : '5') || reply[0] == '2');
    }
    for (std::size_t i = 0; i < count; ++i) {
      BREAKWATER_ASSERT(at[i] < kRecipients && (i == 0 || at[i] > at[i - 1]));
      BREAKWATER_ASSERT(++settled[at[i]] == 1);
    }
    total += count;
  }
  std::size_t own_head_size() const override { return own_heads ? kOwn.size() : 0; }
  void own_head(std::uint32_t at, std::string& out) override {
    out += kOwn;
    out[out.size() - 3] = static_cast<char>('0' + at);
  }
  bool stopped() const override { return total >= stop_at; }
  static constexpr std::string_view kOwn = "Own: x\r\n";
  bool own_heads = false;
  std::size_t settle_transactions = 1;  // LMTP settles one transaction in several records
};

Content content() {
  return make_content(std::make_shared<const std::string>("Subject: x\r\n\r\n"),
                      std::make_shared<const std::string>("a\r\n.b\r\n"), false, false);
}

// What goes out is whole lines, each a command; a message is behind an answered DATA, or has the size that
// its BDAT says.
void check_output(const Client& client, FuzzedLoad& load) {
  constexpr std::string_view kStuffed = "Subject: x\r\n\r\na\r\n..b\r\n.\r\n";
  constexpr std::string_view kChunk = "Subject: x\r\n\r\na\r\n.b\r\n";
  std::string all;
  for (const std::string_view piece : client.output()) all.append(piece);
  std::string_view rest = all;
  const auto take = [&](std::string_view text) {
    const bool there = rest.starts_with(text);
    if (there) rest.remove_prefix(text.size());
    return there;
  };
  const auto take_own = [&] {
    if (!load.own_heads) return;
    BREAKWATER_ASSERT(rest.size() >= load.kOwn.size() && rest[5] >= '0' && rest[5] < '0' + int{kRecipients});
    BREAKWATER_ASSERT(take("Own: ") && rest.substr(1, 2) == "\r\n");
    rest.remove_prefix(3);
  };
  if (load.own_heads ? rest.starts_with("Own") : rest.starts_with(kStuffed)) {
    take_own();
    BREAKWATER_ASSERT(take(kStuffed));
    ++load.dots;
  }
  while (!rest.empty()) {
    if (take(load.own_heads ? "BDAT 29 LAST\r\n" : "BDAT 21 LAST\r\n")) {
      take_own();
      BREAKWATER_ASSERT(take(kChunk));
      ++load.dots;
      continue;
    }
    const std::size_t end = rest.find("\r\n");
    BREAKWATER_ASSERT(end != std::string_view::npos && !rest.starts_with("Subject") &&
                      !rest.starts_with("Own") && !rest.starts_with("BDAT"));
    rest.remove_prefix(end + 2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const unsigned choice = data[0];
  ClientOptions options;
  options.hostname = "us.example";
  options.peer = "peer";
  options.lmtp = (choice & 1U) != 0;
  options.starttls = (choice & 2U) != 0 ? Starttls::require : Starttls::may;
  if ((choice & 4U) != 0) options.username = options.password = "x";
  options.auth_in_clear = true;
  options.max_transactions = (choice & 8U) != 0 ? 2 : 1000;
  FuzzedLoad load;
  if ((choice & 16U) != 0) load.stop_at = 3;
  if (options.lmtp) load.settle_transactions = 0;
  const std::uint32_t batch = std::max(choice / 32U, 1U);
  load.own_heads = choice / 32U == 1;
  Todo todo(kRecipients);
  const Content message = content();
  Client client(options);
  Client::Next next = client.start();
  bool begun = false;
  while (next != Client::Next::close) {
    if (next == Client::Next::start_tls) {
      next = client.on_tls();
    } else if (next == Client::Next::ready && !begun) {
      begun = true;
      next = client.begin(load, message, todo, batch);
    } else if (input.empty()) {
      next = client.lost("closed by the peer");
    } else {
      const std::string piece(input.substr(0, input.find('\xFF')));
      input.remove_prefix(std::min(piece.size() + 1, input.size()));
      next = client.on_bytes(piece);
    }
    check_output(client, load);
    BREAKWATER_ASSERT(load.total + todo.left() <= kRecipients);
  }
  BREAKWATER_ASSERT(load.total + todo.left() == kRecipients);
  BREAKWATER_ASSERT(client.why().size() >= 3);
  return 0;
}
