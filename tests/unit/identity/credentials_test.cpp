#include "identity/credentials.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace breakwater::identity {
namespace {

TEST(Credentials, VerifyWhatTheyWereMadeOf) {
  const auto made = make_credentials("correct horse");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->password_hash.substr(0, 3), "$y$");
  EXPECT_TRUE(verify_password(made->password_hash, "correct horse"));
  EXPECT_FALSE(verify_password(made->password_hash, "correct horsf"));
  EXPECT_FALSE(verify_password(made->password_hash, ""));
  // crypt(3) would see the C string only.
  EXPECT_FALSE(verify_password(made->password_hash, std::string("correct horse\0x", 15)));
  const auto keys = parse_scram(made->scram);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->stored_key, derive_scram("correct horse", keys->salt, keys->iterations).stored_key);
  const auto again = make_credentials("correct horse");
  EXPECT_NE(again->password_hash, made->password_hash) << "each has its own salt";
  EXPECT_NE(again->scram, made->scram);
}

TEST(Credentials, VerifyAgainstNothingIsFalse) {
  for (const std::string hash : {"", "*", "*0", "x", "$y$", "$y$j9T$", "plain text", "$nonsense$a$b"}) {
    EXPECT_FALSE(verify_password(hash, "x")) << hash;
    EXPECT_FALSE(verify_password(hash, hash)) << hash;
  }
}

TEST(Credentials, RefusePasswordsThatCannotBeTyped) {
  for (const std::string& bad :
       {std::string(), std::string("a\0b", 3), std::string("a\nb"), std::string("\x7f"),
        std::string("\xc2\x85"), std::string("\xff"), std::string(256, 'a')}) {
    EXPECT_FALSE(make_credentials(bad)) << bad;
  }
  EXPECT_TRUE(check_password("\xc3\xa4\xe2\x82\xac \xc2\xa0"));
  EXPECT_TRUE(check_password(std::string(255, 'a')));
}

TEST(Credentials, RefuseMalformedScramKeys) {
  const std::string key = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=";
  EXPECT_TRUE(parse_scram("4096:c2FsdA==:" + key + ":" + key));
  for (const std::string& bad : {std::string(), std::string(":::"), "4095:c2FsdA==:" + key + ":" + key,
                                 "1000001:c2FsdA==:" + key + ":" + key, "4096::" + key + ":" + key,
                                 "4096:c2FsdA==:" + key, "4096:c2FsdA==:" + key + ":" + key + ":",
                                 "4096:c2FsdA==:" + key + ":c2FsdA==", "4096x:c2FsdA==:" + key + ":" + key,
                                 "4096:c2FsdA:" + key + ":" + key, "-1:c2FsdA==:" + key + ":" + key}) {
    EXPECT_FALSE(parse_scram(bad)) << bad;
  }
}

// Not how long, but whether a user's existence shows: the shortest times, which a busy machine disturbs
// least, are within a factor of two, where leaving the hash out would be one of thousands.
TEST(Credentials, AnUnknownUserTakesAsLongAsAKnownOne) {
  const auto made = make_credentials("secret");
  const auto shortest = [](const std::string& hash) {
    std::vector<std::chrono::steady_clock::duration> times;
    for (int i = 0; i < 9; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_FALSE(verify_password(hash, "wrong"));
      times.push_back(std::chrono::steady_clock::now() - begin);
    }
    return *std::min_element(times.begin(), times.end());
  };
  shortest("");
  const auto known = shortest(made->password_hash), unknown = shortest("");
  EXPECT_LT(known, unknown * 2);
  EXPECT_LT(unknown, known * 2);
}

RC_GTEST_PROP(Credentials, TakeAnyBytesForStoredKeys, (const std::string& text)) {
  const auto keys = parse_scram(text);
  if (keys) RC_ASSERT(parse_scram(format_scram(*keys)).has_value());
}

}  // namespace
}  // namespace breakwater::identity
