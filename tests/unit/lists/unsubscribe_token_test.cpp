// One-click tokens: read back, bound to list and member, and nothing else is one.
#include "lists/unsubscribe_token.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

// Not a MAC, but every bit of the text moves it: enough to see what is signed.
Mac keyed(std::uint64_t key) {
  return [key](std::string_view text) {
    std::uint64_t hash = 14695981039346656037ULL ^ key;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    hash ^= hash >> 29;
    return hash * 0x9E3779B97F4A7C15ULL;
  };
}

const Mac kMac = keyed(5);
const UnsubscribeToken kToken{ListId{7}, AddressId{(3LL << 32) | 9}};

TEST(AnUnsubscribeToken, names_list_and_member) {
  rc::check([](std::int64_t list, std::int64_t member, std::uint64_t key) {
    const UnsubscribeToken token{ListId{list}, AddressId{member}};
    const std::string text = make_unsubscribe_token(token, keyed(key));
    RC_ASSERT(text.size() == unsubscribe_token_size);
    RC_ASSERT(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
              std::string::npos);
    RC_ASSERT(read_unsubscribe_token(text, keyed(key)) == token);
    RC_ASSERT(!read_unsubscribe_token(text, keyed(key + 1)));
  });
}

TEST(AnUnsubscribeToken, with_any_character_changed_is_none) {
  const std::string text = make_unsubscribe_token(kToken, kMac);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string other = text;
      other[at] = static_cast<char>(c);
      EXPECT_EQ(read_unsubscribe_token(other, kMac).has_value(), other == text) << other;
    }
    EXPECT_FALSE(read_unsubscribe_token(text.substr(0, at), kMac));
    EXPECT_FALSE(read_unsubscribe_token(text.substr(0, at) + text.substr(at + 1), kMac));
    EXPECT_FALSE(read_unsubscribe_token(text + text.substr(0, at + 1), kMac));
  }
  EXPECT_FALSE(read_unsubscribe_token(text + "=", kMac));
  EXPECT_FALSE(read_unsubscribe_token(std::string(1'000'000, 'A'), kMac));
}

// The signatures of two members do not make that of a third, nor do the halves of one change places.
TEST(AnUnsubscribeToken, is_not_put_together_from_others) {
  const std::string one = make_unsubscribe_token(kToken, kMac);
  const std::string two = make_unsubscribe_token({ListId{7}, AddressId{(3LL << 32) | 10}}, kMac);
  for (std::size_t at = 1; at < one.size(); ++at) {
    const std::string mixed = one.substr(0, at) + two.substr(at);
    if (mixed != one && mixed != two) EXPECT_FALSE(read_unsubscribe_token(mixed, kMac)) << at;
  }
}

// What is signed says so: with the same key a bounce address's signature is no part of a token.
TEST(AnUnsubscribeToken, signs_texts_that_nothing_else_signs) {
  std::vector<std::string> texts;
  make_unsubscribe_token(kToken, [&](std::string_view text) {
    texts.emplace_back(text);
    return std::uint64_t{1};
  });
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_NE(texts[0], texts[1]);
  for (const std::string& text : texts) EXPECT_TRUE(text.starts_with("unsubscribe, "));
}

}  // namespace
}  // namespace breakwater::lists
