// Contents, capabilities, and who is still to do.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "smtp/client_capabilities.h"
#include "smtp/client_content.h"
#include "smtp/client_todo.h"

namespace breakwater::smtp {
namespace {

std::string on_the_wire(const std::string& head, const std::string& body) {
  const Content content = make_content(std::make_shared<const std::string>(head),
                                       std::make_shared<const std::string>(body), false, false);
  return *content.head + *content.body + std::string(content.end);
}

// What a strict receiver (RFC 5321 4.5.2) reads; ends at the first lone dot. `rest`: what is behind it.
std::string received(const std::string& wire, std::string& rest) {
  std::string text;
  std::size_t at = 0;
  while (at < wire.size()) {
    const std::size_t end = wire.find("\r\n", at);
    if (end == std::string::npos) return "not closed";
    std::string line = wire.substr(at, end - at);
    at = end + 2;
    if (line == ".") {
      rest = wire.substr(at);
      return text;
    }
    if (line.starts_with('.')) line.erase(0, 1);
    text += line + "\r\n";
  }
  return "not closed";
}

TEST(ClientContent, Stuffs) {
  EXPECT_EQ(on_the_wire("S: x\r\n\r\n", "hello\r\n"), "S: x\r\n\r\nhello\r\n.\r\n");
  EXPECT_EQ(on_the_wire("S: x\r\n\r\n", "."), "S: x\r\n\r\n..\r\n.\r\n");
  EXPECT_EQ(on_the_wire("S: x\r\n\r\n", "a\r\n.\r\n"), "S: x\r\n\r\na\r\n..\r\n.\r\n");
  EXPECT_EQ(on_the_wire("S: x\r\n\r\n", "a\r\n.b\r\nc"), "S: x\r\n\r\na\r\n..b\r\nc\r\n.\r\n");
  EXPECT_EQ(on_the_wire("S: x\r\n", ""), "S: x\r\n.\r\n");
  EXPECT_EQ(on_the_wire("", ""), ".\r\n");
  EXPECT_EQ(on_the_wire("no end", ".b\r\n"), "no end.b\r\n.\r\n");
}

TEST(ClientContent, NoSmugglingOut) {
  for (const char* evil :
       {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r.\n", "\n.\r", "\r\n.\r", "\r\n.\r\n"}) {
    const std::string body = std::string("a") + evil + "MAIL FROM:<evil@example.org>\r\n";
    const std::string wire = on_the_wire("S: x\r\n\r\n", body);
    std::string rest = "?";
    received(wire, rest);
    EXPECT_EQ(rest, "") << "the message ended early";
    EXPECT_EQ(wire.find("\n."), wire.find("\n..")) << "a dot at the start of a line is not stuffed";
  }
}

TEST(ClientContent, SharesWhatItNeedNotChange) {
  const auto head = std::make_shared<const std::string>("S: x\r\n\r\n");
  const auto plain = std::make_shared<const std::string>("hello\r\nworld.\r\n a.b\r\n");
  const Content content = make_content(head, plain, false, false);
  EXPECT_EQ(content.head, head);
  EXPECT_EQ(content.body, plain);
  EXPECT_EQ(content.size, head->size() + plain->size());
}

std::string in_a_chunk(const Content& content) {
  const std::string all = *content.chunk_head + *content.chunk_body + std::string(content.chunk_end);
  EXPECT_EQ(content.chunk_size(), all.size());
  return all;
}

TEST(ClientContent, AChunkIsNotStuffedAndHasCrlfOnly) {
  const auto head = std::make_shared<const std::string>("S: x\r\n\r\n");
  const auto chunk_of = [&](const char* body) {
    return in_a_chunk(make_content(head, std::make_shared<const std::string>(body), false, false)).substr(8);
  };
  EXPECT_EQ(chunk_of(".\r\n..\r\na\r\n.b\r\n"), ".\r\n..\r\na\r\n.b\r\n");
  EXPECT_EQ(chunk_of("no end"), "no end\r\n");
  EXPECT_EQ(chunk_of("a\n.\nb\r.\r\nc\r"), "a\r\n.\r\nb\r\n.\r\nc\r\n");
  EXPECT_EQ(chunk_of(""), "");
  const auto dots = std::make_shared<const std::string>(".\r\n");
  const Content content = make_content(head, dots, false, false);
  EXPECT_EQ(content.chunk_head, head);
  EXPECT_EQ(content.chunk_body, dots);  // the same object: nothing is copied
}

RC_GTEST_PROP(ClientContent, AChunkIsTheMessageThatDataGives, ()) {
  const auto bytes = rc::gen::container<std::string>(rc::gen::elementOf(std::string("\r\n\r\n..ab", 8)));
  const auto body = *bytes;
  std::string rest;
  const std::string head = "S: x\r\n\r\n";
  const Content content = make_content(std::make_shared<const std::string>(head),
                                       std::make_shared<const std::string>(body), false, false);
  RC_ASSERT(in_a_chunk(content) == received(on_the_wire(head, body), rest));
}

RC_GTEST_PROP(ClientContent, ComesOutAsItWentIn, ()) {
  const auto letters = rc::gen::container<std::string>(rc::gen::elementOf(std::string("a.b. .")));
  const auto lines = *rc::gen::container<std::vector<std::string>>(letters);
  std::string body;
  for (const std::string& line : lines) body += line + "\r\n";
  std::string rest = "?";
  RC_ASSERT(received(on_the_wire("S: x\r\n\r\n", body), rest) == "S: x\r\n\r\n" + body);
  RC_ASSERT(rest.empty());
}

RC_GTEST_PROP(ClientContent, EndsOnceWhateverTheBytes, ()) {
  const auto bytes = rc::gen::container<std::string>(rc::gen::elementOf(std::string("\r\n\r\n..a\0", 8)));
  const auto head = *bytes;
  const auto body = *bytes;
  const std::string wire = on_the_wire(head, body);
  std::string rest = "?";
  RC_ASSERT(received(wire, rest) != "not closed");
  RC_ASSERT(rest.empty());
  for (std::size_t at = 0; at < wire.size(); ++at) {
    if (wire[at] == '\n') RC_ASSERT((at > 0 && wire[at - 1] == '\r'));
    if (wire[at] == '\r') RC_ASSERT((at + 1 < wire.size() && wire[at + 1] == '\n'));
  }
}

TEST(ClientCapabilities, Keywords) {
  const Capabilities all = parse_capabilities(
      "mx.example.org greets PIPELINING\npipelining\nSIZE 5000\n8BITMIME\nSMTPUTF8\nDSN\nSTARTTLS\nCHUNKING\n"
      "AUTH GSSAPI plain LOGIN\nLIMITS RCPTMAX=50 MAILMAX=7 X=1\nX-UNKNOWN a b");
  EXPECT_TRUE(all.pipelining && all.eight_bit && all.smtputf8 && all.dsn && all.starttls && all.chunking);
  EXPECT_TRUE(all.auth_plain && all.auth_login && all.size);
  EXPECT_EQ(all.max_size, 5000U);
  EXPECT_EQ(all.max_recipients, 50U);
  EXPECT_EQ(all.max_transactions, 7U);
  const Capabilities none = parse_capabilities("PIPELINING 8BITMIME");
  EXPECT_FALSE(none.pipelining || none.eight_bit);
}

TEST(ClientCapabilities, MalformedParameters) {
  const Capabilities odd =
      parse_capabilities("x\nSIZE -1\nLIMITS RCPTMAX=0 MAILMAX= =5 RCPTMAX=99999999999\nAUTH\n\n ");
  EXPECT_TRUE(odd.size);
  EXPECT_EQ(odd.max_size, 0U);
  EXPECT_EQ(odd.max_recipients, 0U);
  EXPECT_EQ(odd.max_transactions, 0U);
  EXPECT_FALSE(odd.auth_plain);
}

RC_GTEST_PROP(ClientTodo, EachPositionIsOutOnceOrIn, ()) {
  const auto count = *rc::gen::inRange<std::uint32_t>(0, 60);
  Todo todo(count);
  std::vector<bool> out(count, false);
  std::vector<std::uint32_t> batch;
  for (int step = 0; step < 50; ++step) {
    todo.take(*rc::gen::inRange<std::size_t>(1, 9), batch);
    for (std::size_t at = 0; at < batch.size(); ++at) {
      RC_ASSERT(!out[batch[at]]);
      RC_ASSERT((at == 0 || batch[at] > batch[at - 1]));
      out[batch[at]] = true;
    }
    const std::size_t back = *rc::gen::inRange<std::size_t>(0, 9) % (batch.size() + 1);
    todo.give_back(batch.data(), back);
    for (std::size_t at = 0; at < back; ++at) out[batch[at]] = false;
    RC_ASSERT(todo.left() == static_cast<std::size_t>(std::count(out.begin(), out.end(), false)));
  }
}

}  // namespace
}  // namespace breakwater::smtp
