// What holds for every input: how it is split does not matter, and no input costs more memory than stated.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "session_talk.h"
#include "smtp/session.h"

namespace breakwater::smtp::test {
namespace {

// Without TLS on offer: behind STARTTLS the split does matter, and must (session_auth_test.cpp).
SessionOptions small_options(Protocol protocol) {
  SessionOptions options = protocol == Protocol::lmtp ? lmtp_options() : mx_options();
  options.tls_available = false;
  options.max_message_bytes = 2000;
  options.max_recipients = 3;
  return options;
}

rc::Gen<std::string> piece() {
  return rc::gen::element<std::string>(
      "EHLO c\r\n", "LHLO c\r\n", "HELO c\r\n", "MAIL FROM:<a@b>\r\n",
      "MAIL FROM:<> SIZE=99 BODY=8BITMIME\r\n", "MAIL FROM:<a@b> SIZE=9999\r\n", "RCPT TO:<l@c>\r\n",
      "RCPT TO:<\"a>b\"@c> NOTIFY=NEVER\r\n", "RCPT TO:<no>\r\n", "DATA\r\n", "DATA\r\n",
      "DATA\r\nSubject: x\r\n\r\n..\r\nbody\r\n.\r\n", ".\r\n", "\r\n.\r\n", "line\r\n", "..dots\r\n", ".",
      "\r", "\r\n", "x", "RSET\r\n", "NOOP\r\n", "VRFY x\r\n", "HELP\r\n", "AUTH PLAIN\r\n", "XYZZY\r\n",
      "MAIL FROM:<\xc3\xa9@b>\r\n", "STARTTLS\r\n", std::string(600, 'y'), std::string(600, 'y') + "\r\n",
      std::string(13000, 'z'), std::string(2500, '.') + "\r\n",
      "EHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<l@c>\r\nDATA\r\n",
      "LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<l@c>\r\nRCPT TO:<m@c>\r\nDATA\r\n");
}

rc::Gen<std::string> rare_piece() {
  return rc::gen::element<std::string>("\n", std::string(1, '\0'), "QUIT\r\n", "BDAT 3\r\nabc", "\r\n.\n",
                                       "\xff\r\n");
}

std::string dialogue() {
  std::string all;
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::weightedOneOf<std::string>({{20, piece()}, {1, rare_piece()}}));
  for (const auto& p : pieces) all += p;
  return all;
}

void expect_same_outcome(Protocol protocol, std::string_view input, const std::vector<std::size_t>& sizes) {
  Talk whole(small_options(protocol));
  Talk split(small_options(protocol));
  const std::string want = whole.say(input);
  std::size_t n = 0;
  const std::string got =
      split.say_in_chunks(input, [&] { return sizes.empty() ? 1 : sizes[n++ % sizes.size()]; });
  RC_ASSERT(got == want);
  RC_ASSERT(split.closed == whole.closed);
  RC_ASSERT(split.messages.size() == whole.messages.size());
  for (std::size_t i = 0; i < whole.messages.size(); ++i) {
    RC_ASSERT(split.messages[i].bytes == whole.messages[i].bytes);
    RC_ASSERT(split.messages[i].envelope.recipients.size() == whole.messages[i].envelope.recipients.size());
  }
}

RC_GTEST_PROP(SessionProperty, any_split_of_a_dialogue_gives_the_same, ()) {
  const auto protocol = *rc::gen::element(Protocol::smtp, Protocol::lmtp);
  const auto sizes = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 40));
  expect_same_outcome(protocol, dialogue(), sizes);
}

// Every reply the server gives is a reply: three digits, printable, CRLF, at most 512 bytes.
void expect_replies(const std::string& output) {
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = output.find("\r\n", at);
    RC_ASSERT(end != std::string::npos);
    RC_ASSERT(end + 2 - at <= 512);
    RC_ASSERT(output[at] >= '2' && output[at] <= '5');
    RC_ASSERT(output[at + 3] == ' ' || output[at + 3] == '-');
    for (std::size_t i = at; i < end; ++i) RC_ASSERT(output[i] >= ' ' && output[i] <= '~');
    at = end + 2;
  }
}

// The bound that session.h states.
RC_GTEST_PROP(SessionProperty, no_input_costs_more_memory_than_stated, ()) {
  const auto protocol = *rc::gen::element(Protocol::smtp, Protocol::lmtp);
  const auto bytes = *rc::gen::oneOf(rc::gen::exec(dialogue), rc::gen::arbitrary<std::string>());
  const auto chunk = *rc::gen::inRange<std::size_t>(1, 3000);
  const SessionOptions options = small_options(protocol);
  Talk talk(options);
  std::string output = talk.greeting;
  for (int repeat = 0; repeat < 20; ++repeat) output += talk.say_in_chunks(bytes, [chunk] { return chunk; });
  RC_ASSERT(talk.max_held <= options.max_message_bytes + 2 * chunk + 1200 * options.max_recipients + 30'000);
  expect_replies(output);
}

}  // namespace
}  // namespace breakwater::smtp::test
