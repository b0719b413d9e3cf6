#include "mail/header_block.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>
#include <vector>

namespace breakwater::mail {
namespace {

TEST(HeaderBlock, ReadsFieldsAsTheyAre) {
  const std::string message = "From: a@x\r\nSubject : Hello\r\n  there\r\nX-Empty:\r\n\r\nBody\r\n";
  const auto block = HeaderBlock::parse(message);
  ASSERT_EQ(block.fields().size(), 3U);
  EXPECT_EQ(block.fields()[1].raw, "Subject : Hello\r\n  there\r\n");
  EXPECT_EQ(block.fields()[1].name, "Subject");
  EXPECT_EQ(block.fields()[1].body, " Hello\r\n  there");
  EXPECT_EQ(block.find("SUBJECT")->unfolded(), "Hello  there");
  EXPECT_EQ(block.find("x-empty")->body, "");
  EXPECT_EQ(block.head(), message.substr(0, message.find("\r\n\r\n") + 2));
  EXPECT_EQ(block.body(), "Body\r\n");
  EXPECT_FALSE(block.malformed());
  EXPECT_TRUE(block.separated());
}

TEST(HeaderBlock, OddBytesStayInTheirField) {
  const std::string message("A: x\0y\r\nB: \xFF\xC3\r\n\r\n", 17);
  const auto block = HeaderBlock::parse(message);
  ASSERT_EQ(block.fields().size(), 2U);
  EXPECT_EQ(block.fields()[0].body, std::string_view(" x\0y", 4));
  EXPECT_EQ(block.fields()[1].body, " \xFF\xC3");
  EXPECT_FALSE(block.malformed());
}

TEST(HeaderBlock, EndsBeforeWhatIsNoField) {
  for (const std::string line : {"no colon here\r\n", "From ann Mon: x\r\n", ": empty\r\n", "a b: c\r\n"}) {
    const std::string message = "A: 1\r\n" + line + "B: 2\r\n\r\nx";
    const auto block = HeaderBlock::parse(message);
    EXPECT_EQ(block.fields().size(), 1U) << line;
    EXPECT_EQ(block.body(), line + "B: 2\r\n\r\nx");
    EXPECT_TRUE(block.malformed());
    EXPECT_FALSE(block.separated());
  }
}

TEST(HeaderBlock, AFirstLineThatContinuesNothingIsNoField) {
  const auto block = HeaderBlock::parse(" A: 1\r\nB: 2\r\n\r\nx");
  EXPECT_TRUE(block.fields().empty());
  EXPECT_TRUE(block.malformed());
  EXPECT_EQ(block.head(), "");
}

TEST(HeaderBlock, SaysWhereReadersMayDiffer) {
  EXPECT_TRUE(HeaderBlock::parse("A: 1\nB: 2\r\n\r\n").malformed());
  EXPECT_TRUE(HeaderBlock::parse("A: 1\rB: 2\r\n\r\n").malformed());
  EXPECT_TRUE(HeaderBlock::parse("A: 1\r\r\n\r\n").malformed());
  EXPECT_TRUE(HeaderBlock::parse("A\xC3\xBC: 1\r\n\r\n").malformed());
  EXPECT_TRUE(HeaderBlock::parse("A: 1\r\n").malformed());
  EXPECT_TRUE(HeaderBlock::parse("").malformed());
  EXPECT_FALSE(HeaderBlock::parse("\r\n").malformed());
  EXPECT_EQ(HeaderBlock::parse("A: 1\nB: 2\r\n\r\n").fields().size(), 1U);
}

TEST(HeaderBlock, ManyAndLongFieldsTakeLinearTimeAndBoundedMemory) {
  std::string million;
  for (int i = 0; i < 1'000'000; ++i) million += "a:b\r\n";
  million += "\r\nbody";
  const auto block = HeaderBlock::parse(million);
  EXPECT_TRUE(block.overfull());
  EXPECT_EQ(block.fields().size(), HeaderBlock::kMaxFields + 1);
  EXPECT_TRUE(block.fields().back().name.empty());
  EXPECT_EQ(block.body(), "body");
  EXPECT_EQ(HeaderEdit(block).render() + "body", million);

  const std::string long_field = "A: " + std::string(10'000'000, 'x') + "\r\n\r\nbody";
  EXPECT_EQ(HeaderBlock::parse(long_field).fields().size(), 1U);
  std::string folded = "A: x\r\n";
  for (int i = 0; i < 2'000'000; ++i) folded += " x\r\n";
  EXPECT_EQ(HeaderBlock::parse(folded + "\r\n").fields().size(), 1U);
  EXPECT_TRUE(HeaderBlock::parse(std::string(10'000'000, '\n')).malformed());
  EXPECT_TRUE(HeaderBlock::parse("A:" + std::string(10'000'000, '\r')).malformed());
}

const std::string kMessage = "Received: 1\r\nTo: a\r\nReply-To: x\r\nX: 1\r\nreply-to: y\r\n\r\nbody";

TEST(HeaderEdit, RemovesAllOfAName) {
  const auto block = HeaderBlock::parse(kMessage);
  EXPECT_EQ(HeaderEdit(block).remove("REPLY-TO").render(), "Received: 1\r\nTo: a\r\nX: 1\r\n\r\n");
}

TEST(HeaderEdit, ReplacesInPlaceOrAtTheEnd) {
  const auto block = HeaderBlock::parse(kMessage);
  EXPECT_EQ(HeaderEdit(block).replace("Reply-To", "z").render(),
            "Received: 1\r\nTo: a\r\nReply-To: z\r\nX: 1\r\n\r\n");
  EXPECT_EQ(HeaderEdit(block).replace("Reply-To", "z").replace("reply-to", "w").render(),
            "Received: 1\r\nTo: a\r\nreply-to: w\r\nX: 1\r\n\r\n");
  EXPECT_EQ(HeaderEdit(block).replace("List-Id", "z").replace("List-Id", "w").render(),
            "Received: 1\r\nTo: a\r\nReply-To: x\r\nX: 1\r\nreply-to: y\r\nList-Id: w\r\n\r\n");
}

TEST(HeaderEdit, PrependsAboveAndAppendsBelow) {
  const auto block = HeaderBlock::parse(kMessage);
  EXPECT_EQ(
      HeaderEdit(block).prepend("A", "1").prepend("B", "2").append("C", "3").append("D", "4").render(),
      "B: 2\r\nA: 1\r\nReceived: 1\r\nTo: a\r\nReply-To: x\r\nX: 1\r\nreply-to: y\r\nC: 3\r\nD: 4\r\n\r\n");
  EXPECT_EQ(HeaderEdit(block).prepend("A", "1").append("C", "3").remove("a").remove("c").render(),
            kMessage.substr(0, kMessage.size() - 4));
}

TEST(HeaderEdit, TheSameTextKeepsItsBytes) {
  const std::string message = "sUBJECT:Hello\r\n\tthere  \r\n\r\n";
  const auto block = HeaderBlock::parse(message);
  EXPECT_EQ(HeaderEdit(block).replace("Subject", " Hello\tthere").render(), message);
  EXPECT_EQ(HeaderEdit(block).replace("Subject", "Hello there").render(), "Subject: Hello there\r\n\r\n");
}

TEST(HeaderEdit, AChangedMessageGetsTheEmptyLineItLacked) {
  const auto block = HeaderBlock::parse("A: 1\r\nno field");
  EXPECT_EQ(HeaderEdit(block).append("B", "2").render(), "A: 1\r\nB: 2\r\n\r\n");
  const auto cut = HeaderBlock::parse("A: 1");
  EXPECT_EQ(HeaderEdit(cut).append("B", "2").render(), "A: 1\r\nB: 2\r\n\r\n");
  EXPECT_EQ(HeaderEdit(cut).render(), "A: 1");
}

// security.md, injection: one header at the sink.
TEST(HeaderEdit, LineEndsAndControlsNeverGetOut) {
  EXPECT_EQ(produce_field("Subject", "a\r\nBcc: x\r\n\r\nbody"), "Subject: a  Bcc: x    body\r\n");
  EXPECT_EQ(produce_field("Subject",
                          "a\nb\rc\x1B\x7F\x01"
                          "d"),
            "Subject: a b c   d\r\n");
  EXPECT_EQ(produce_field("Subject", std::string_view("a\0b", 3)), "Subject: a b\r\n");
  EXPECT_EQ(produce_field("Subject",
                          "a\xC2\x85"
                          "b"),
            "Subject: a b\r\n");
  EXPECT_EQ(produce_field("Subject", "a\r\n b\r\n\r\n c"), "Subject: a b   c\r\n");
  EXPECT_EQ(produce_field("Subject", "J\xC3\xB6rg"), "Subject: J\xC3\xB6rg\r\n");
  EXPECT_EQ(produce_field("Subject", " \r\n "), "Subject:\r\n");
}

TEST(HeaderEdit, FoldsAtBlanks) {
  const std::string word(30, 'w');
  EXPECT_EQ(produce_field("X", word + " " + word + " " + word + "  " + word),
            "X: " + word + " " + word + "\r\n " + word + "  " + word + "\r\n");
  const std::string url(200, 'u');
  EXPECT_EQ(produce_field("X", url + " " + url), "X: " + url + "\r\n " + url + "\r\n");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find("\r\n", at);
    lines.push_back(text.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end + 2;
  }
  return lines;
}

rc::Gen<std::string> header_like() {
  const auto piece = rc::gen::element<std::string>("Subject", "From", ":", ": ", "\r\n", "\r\n ", "\r\n\t",
                                                   "\r\n\r\n", "\r", "\n", " ", "x", std::string(1, '\0'),
                                                   "\xFF", "\xC3\xB6", "Reply-To: a@b\r\n", "Subject: hi\r\n",
                                                   std::string(900, 'l'), std::string(100, ' '));
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                      [](const std::vector<std::string>& pieces) {
                        std::string all;
                        for (const auto& one : pieces) all += one;
                        return all;
                      });
}

TEST(HeaderEdit, AnEditOfNothingGivesTheInputForEveryInput) {
  const auto holds = [](const std::string& message) {
    const auto block = HeaderBlock::parse(message);
    std::string fields;
    for (const Field& field : block.fields()) fields += field.raw;
    RC_ASSERT(fields == block.head());
    RC_ASSERT(HeaderEdit(block).render() + std::string(block.body()) == message);
    HeaderEdit nothing(block);
    nothing.remove("X-Not-There")
        .prepend("X-Not-There", "1")
        .append("X-Not-There", "2")
        .remove("x-not-there");
    RC_ASSERT(nothing.render() + std::string(block.body()) == message);
    for (const Field& field : block.fields()) {
      if (block.count(field.name) == 1 && field.name == "Subject" &&
          field.unfolded().find('\0') == std::string::npos) {
        HeaderEdit same(block);
        RC_ASSERT(same.replace("Subject", field.unfolded()).render() + std::string(block.body()) == message);
      }
    }
  };
  EXPECT_TRUE(rc::check("any bytes", [&](const std::string& message) { holds(message); }));
  EXPECT_TRUE(rc::check("messages", [&] { holds(*header_like()); }));
}

TEST(HeaderEdit, AnEditTouchesOnlyWhatItNames) {
  EXPECT_TRUE(rc::check("fields of other names keep their bytes and order", [] {
    const std::string message = *header_like();
    const auto block = HeaderBlock::parse(message);
    std::string expected = "Received: here\r\n";
    for (const Field& field : block.fields()) {
      if (!field.is("Subject")) expected += field.raw;
    }
    if (!expected.ends_with("\r\n")) expected += "\r\n";
    HeaderEdit edit(block);
    edit.remove("Subject").prepend("Received", "here").append("List-Id", "l");
    RC_ASSERT(edit.render() == expected + "List-Id: l\r\n\r\n");
  }));
}

TEST(HeaderEdit, AProducedFieldIsOneFieldAndSaysWhatItWasGiven) {
  EXPECT_TRUE(rc::check("whatever the body", [] {
    const std::string body = *rc::gen::oneOf(header_like(), rc::gen::arbitrary<std::string>());
    const std::string text = produce_field("X-Name", body);
    const std::string message = text + "\r\n";
    const auto block = HeaderBlock::parse(message);
    RC_ASSERT(block.fields().size() == 1U);
    RC_ASSERT(!block.malformed());
    for (const std::string& line : lines_of(text)) {
      RC_ASSERT(line.size() <= 998U);
      RC_ASSERT(line.find_first_not_of(" \t") != std::string::npos);
      for (const char c : line)
        RC_ASSERT((c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F)));
    }
    const auto again = produce_field("X-Name", block.fields()[0].unfolded());
    RC_ASSERT(again == text);
  }));
}

}  // namespace
}  // namespace breakwater::mail
