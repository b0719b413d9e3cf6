#include "mail/encoded_word.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <string>

#include "mail/address.h"
#include "mail/message.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

TEST(EncodedWord, TheExamplesOfRfc2047) {
  EXPECT_EQ(decode_text("=?ISO-8859-1?Q?a?="), "a");
  EXPECT_EQ(decode_text("=?ISO-8859-1?Q?a?= b"), "a b");
  EXPECT_EQ(decode_text("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?="), "ab");
  EXPECT_EQ(decode_text("=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?="), "ab");
  EXPECT_EQ(decode_text("=?ISO-8859-1?Q?a_b?="), "a b");
  EXPECT_EQ(decode_text("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), "a b");
  EXPECT_EQ(decode_text("=?US-ASCII*EN?Q?Keith_Moore?= <x>"), "Keith Moore <x>");
  EXPECT_EQ(decode_text("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?="), "If you can read this yo");
}

TEST(EncodedWord, Charsets) {
  EXPECT_EQ(decode_text("=?utf-8?Q?J=C3=B6rg?="), "J\xC3\xB6rg");
  EXPECT_EQ(decode_text("=?iso-8859-1?Q?J=F6rg?="), "J\xC3\xB6rg");
  EXPECT_EQ(decode_text("=?windows-1252?Q?=80?="), "\xE2\x82\xAC");
  EXPECT_EQ(decode_text("=?koi8-r?B?8NLJ18XU?="), "Привет");
  EXPECT_EQ(decode_text("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?="), "こんにちは");
  EXPECT_EQ(decode_text("=?utf-8?Q?a_?= =?utf-8?Q?=FF?= =?utf-8?Q?b?="), "a  =?utf-8?Q?=FF?= b");
  // A character cut between two words is common and wrong, and read all the same.
  EXPECT_EQ(decode_text("=?utf-8?Q?J=C3?= =?utf-8?Q?=B6rg?="), "J\xC3\xB6rg");
}

TEST(EncodedWord, WhatCannotBeReadStaysAsItIs) {
  for (const std::string text :
       {"=?x-none?q?a?=", "=?utf-8?q?=FF?=", "=?utf-8?x?a?=", "=?utf-8?q?a", "=?utf-8?q?a b?=", "=?", "=?=?",
        "=?utf-8//TRANSLIT?q?a?=", "=?../../x?q?a?="}) {
    EXPECT_EQ(decode_text(text), text);
  }
}

TEST(EncodedWord, LinearTime) {
  std::string words;
  for (int i = 0; i < 200'000; ++i) words += "=?x-none?q?a?= ";
  EXPECT_EQ(decode_text(words).substr(0, 20), words.substr(0, 20));
  std::string opens;
  for (int i = 0; i < 1'000'000; ++i) opens += "=?";
  EXPECT_EQ(decode_text(opens), opens);
}

TEST(EncodedWord, WhatIsEncodedIsDecodedAgain) {
  EXPECT_TRUE(rc::check("any UTF-8, in words of at most 75 characters", [](const std::u32string& characters) {
    std::string text;
    for (const char32_t c : characters) text += utf8_of(static_cast<std::uint32_t>(c) % 0x11'0000);
    const std::string encoded = encode_words(text);
    RC_ASSERT(decode_text(encoded) == text);
    RC_ASSERT(!has_eight_bit(encoded));
    for (std::size_t at = 0; at < encoded.size();) {
      const auto end = std::min(encoded.find(' ', at), encoded.size());
      RC_ASSERT(end - at <= 75U);
      at = end + 1;
    }
  }));
}

TEST(EncodedWord, Phrases) {
  EXPECT_EQ(encode_phrase("Ann Lee"), "Ann Lee");
  EXPECT_EQ(encode_phrase("Lee, Ann \"A\""), "\"Lee, Ann \\\"A\\\"\"");
  EXPECT_EQ(encode_phrase("J\xC3\xB6rg"), "=?utf-8?Q?J=C3=B6rg?=");
  EXPECT_EQ(encode_phrase("a\r\nBcc: x"), "=?utf-8?Q?a=0D=0ABcc=3A_x?=");
  EXPECT_EQ(encode_phrase("=?utf-8?q?x?="), "=?utf-8?Q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=");
}

TEST(EncodedWord, AFormattedAddressReadsAsItself) {
  EXPECT_TRUE(rc::check("any name", [](const std::string& bytes) {
    NamedAddress address;
    address.name = printable(bytes, 200);
    while (address.name.starts_with(' ')) address.name.erase(0, 1);
    while (address.name.ends_with(' ')) address.name.pop_back();
    const auto parsed = parse_address("\"a b\"@example.org");
    address.address = *parsed;
    const auto again = parse_address_list(format_address(address));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->size() == 1U);
    RC_ASSERT(again->front().address == address.address);
    if (address.name.find("  ") == std::string::npos) RC_ASSERT(again->front().name == address.name);
  }));
}

TEST(TransferEncoding, WhatIsEncodedIsDecodedAgain) {
  EXPECT_TRUE(rc::check("base64", [](const std::string& bytes) {
    RC_ASSERT(decode_base64(encode_base64(bytes)) == bytes);
    RC_ASSERT(decode_base64(encode_base64_lines(bytes)) == bytes);
  }));
  EXPECT_TRUE(rc::check("quoted-printable, in lines of at most 76", [] {
    const auto piece = rc::gen::element<std::string>("a", " ", "\t", "\r\n", "\r", "\n", "=", ".", "From ",
                                                     "\xFF", std::string(75, 'x'), std::string(1, '\0'));
    std::string bytes;
    for (const auto& one : *rc::gen::container<std::vector<std::string>>(piece)) bytes += one;
    const std::string encoded = encode_quoted_printable(bytes);
    RC_ASSERT(decode_quoted_printable(encoded) == bytes);
    for (std::size_t at = 0; at < encoded.size();) {
      const auto end = std::min(encoded.find("\r\n", at), encoded.size());
      RC_ASSERT(end - at <= 76U);
      RC_ASSERT((end == at || (encoded[end - 1] != ' ' && encoded[end - 1] != '\t')));
      RC_ASSERT(encoded.compare(at, 5, "From ") != 0);
      at = end + 2;
    }
  }));
}

TEST(Readable, OneSafeLine) {
  EXPECT_EQ(readable(" Hello\r\n  world\r\n", 100), "Hello  world");
  EXPECT_EQ(readable("=?utf-8?Q?a=0D=0Ab=1B[2Jc?=", 100), "a  b [2Jc");
  EXPECT_EQ(readable("a\xE2\x80\xAE"
                     "b",
                     100),
            "ab");
  EXPECT_EQ(readable("J\xC3\xB6rg", 2), "J");
  EXPECT_EQ(readable("a\xFF"
                     "b",
                     100),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(readable("{} %n", 100), "{} %n");
  EXPECT_TRUE(rc::check("whatever comes in", [](const std::string& bytes) {
    const std::size_t max = *rc::gen::inRange<std::size_t>(0, 50);
    const std::string text = readable(bytes, max);
    RC_ASSERT(text.size() <= max);
    RC_ASSERT(valid_utf8(text));
    for (std::size_t at = 0; at < text.size();) {
      const int character = next_character(text, at);
      RC_ASSERT((!is_control_character(character) && !is_bidi_control(character)));
    }
  }));
}

}  // namespace
}  // namespace breakwater::mail
