// Base64 of AUTH, xtext of DSN parameters, UTF-8.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "smtp/base64.h"
#include "smtp/utf8.h"
#include "smtp/xtext.h"

namespace breakwater::smtp {
namespace {

// RFC 4648 10.
TEST(Base64, vectors) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(encode_base64(plain), text);
    EXPECT_EQ(decode_base64(text), plain);
  }
}

TEST(Base64, one_spelling_only) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=", "==", "====", "Zh==", "Zm9=", "Zm 9v", "Zm9v\r\n",
                           "Zg==Zg==", "Z=g=", "Zm9v*", "Zm-_", "*"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

RC_GTEST_PROP(Base64, decode_is_the_inverse, (const std::string& bytes)) {
  RC_ASSERT(decode_base64(encode_base64(bytes)) == bytes);
}

RC_GTEST_PROP(Base64, what_decodes_encodes_to_the_same, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::element('A', 'Q', 'g', '/', '+', '=', '\0'));
  const auto bytes = decode_base64(text);
  if (bytes) RC_ASSERT(encode_base64(*bytes) == text);
}

TEST(Xtext, encode_and_decode) {
  EXPECT_EQ(encode_xtext("a+b=c d\n\xff"), "a+2Bb+3Dc+20d+0A+FF");
  EXPECT_EQ(*decode_xtext("a+2Bb+3Dc+20d"), "a+b=c d");
  for (const char* text :
       {"+", "+2", "+2b", "+ZZ", "a=b", "a b", "a\tb", "\xc3\xa9", "+0A", "+0D+0A", "+00", "+7F", "+FF"}) {
    EXPECT_FALSE(decode_xtext(text)) << text;
  }
  EXPECT_FALSE(decode_xtext(std::string("a\0", 2)));
}

RC_GTEST_PROP(Xtext, decode_is_the_inverse_for_printable_text, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', 127));
  RC_ASSERT(*decode_xtext(encode_xtext(text)) == text);
}

TEST(Orcpt, address_types) {
  EXPECT_EQ(*decode_orcpt("rfc822;user+2Bx@example.org", false), "rfc822;user+x@example.org");
  EXPECT_EQ(*decode_orcpt("X400;a", false), "X400;a");
  EXPECT_EQ(*decode_orcpt("utf-8;gr\\x{FC}n@b", false), "utf-8;gr\xc3\xbcn@b");
  EXPECT_EQ(*decode_orcpt("UTF-8;\\x{5C}\\x{1F600}@b", false), "UTF-8;\\\xf0\x9f\x98\x80@b");
  EXPECT_EQ(*decode_orcpt("utf-8;\xc3\xbc@b", true), "utf-8;\xc3\xbc@b");
  for (const char* value :
       {"", "a@b", ";a", "rfc822;", "rfc 822;a", "rfc822;+0D+0Ax", "rfc822;\xc3\xbc", "utf-8;\xc3\xbc@b",
        "utf-8;\\", "utf-8;\\x{}", "utf-8;\\x{FC", "utf-8;\\x{fc}", "utf-8;\\x{D800}", "utf-8;\\x{0A}",
        "utf-8;\\x{110000}", "utf-8;\\x{0000000FC}", "utf-8;\\n", "utf-8;\\x{202E}", "utf-8;a\nb"}) {
    EXPECT_FALSE(decode_orcpt(value, false)) << value;
  }
  EXPECT_TRUE(decode_orcpt("rfc822;" + std::string(493, 'a'), false));
  EXPECT_FALSE(decode_orcpt("rfc822;" + std::string(494, 'a'), false));
  EXPECT_FALSE(decode_orcpt("utf-8;\xc0\xaf", true));
}

TEST(Utf8, well_formed_and_not) {
  for (const char* text :
       {"", "a", "\xc2\x80", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x80\xaf", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

RC_GTEST_PROP(Utf8, append_and_decode_are_inverse, ()) {
  const auto character = static_cast<char32_t>(*rc::gen::inRange(0, 0x110000));
  RC_PRE(character < 0xd800 || character > 0xdfff);
  std::string text;
  append_utf8(text, character);
  char32_t back = 0;
  RC_ASSERT(decode_utf8(text, 0, back) == text.size());
  RC_ASSERT(back == character);
}

}  // namespace
}  // namespace breakwater::smtp
