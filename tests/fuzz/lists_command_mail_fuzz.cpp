// A mail of commands: always the same few, each whole, and what is shown of the rest is safe.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "lists/command_mail.h"
#include "mail/address.h"
#include "mail/utf8.h"
#include "terms/invariant.h"

using namespace breakwater;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  static const lists::ListsByAddress here = [] {
    lists::ListsByAddress both;
    for (const char* name : {"tech", "news"}) {
      lists::List list;
      list.name = name;
      list.domain = "lists.example";
      both.emplace(list.address(), list);
    }
    return both;
  }();
  const auto read = lists::read_commands(message, {&here.at("tech@lists.example"), &here});
  BREAKWATER_ASSERT(read.commands.size() <= lists::max_commands);
  BREAKWATER_ASSERT(read.commands.size() + read.unread.size() <= lists::max_commands + 2);
  for (const lists::UnreadLine& unread : read.unread) {
    BREAKWATER_ASSERT(unread.line.size() <= 80 && mail::valid_utf8(unread.line));
    BREAKWATER_ASSERT(unread.line == mail::printable(unread.line, 80));
    BREAKWATER_ASSERT((unread.why == lists::Unread::other_list) == !unread.elsewhere.empty());
    // Nothing is read below what ends the reading.
    BREAKWATER_ASSERT(!lists::ends_reading(unread.why) || &unread == &read.unread.back());
  }
  for (const lists::Command& command : read.commands) {
    if (command.about) {
      const auto again = mail::parse_address(command.about->mailbox);
      BREAKWATER_ASSERT(again && *again == *command.about);
    }
    // What is kept until it is confirmed is what is carried out then.
    const std::string line = lists::line_of(command);
    const auto again = lists::read_command_line(line);
    BREAKWATER_ASSERT(again && again->command && *again->command == command);
    BREAKWATER_ASSERT(line.find('\n') == std::string::npos);
    const auto& wish = command.delivery;
    BREAKWATER_ASSERT(!wish.until || wish.mode == lists::DeliveryMode::none);
    BREAKWATER_ASSERT(!wish.form || wish.mode == lists::DeliveryMode::digest);
  }
  // Whatever comes below an end word or a line that is no command.
  const std::string ended = "Subject: Re: x\r\n\r\nleave\r\nend\r\n" + std::string(message);
  const auto first = lists::read_commands(ended);
  BREAKWATER_ASSERT(first.commands.size() <= 1 && first.unread.empty());
  return 0;
}
