#include "identity/scram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "identity/credentials.h"
#include "identity/digest.h"
#include "smtp/base64.h"

namespace breakwater::identity {
namespace {

// RFC 7677 3: the user is "user", the password "pencil".
const std::string kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const std::string kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
const std::string kClientFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+"
    "Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const std::string kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

ScramKeys pencil() { return derive_scram("pencil", *smtp::decode_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096); }
Scram rfc_exchange() { return Scram(*parse_client_first(kClientFirst), pencil(), kServerNonce); }

// What a client that knows the password says to `server_first`.
std::string client_final(const std::string& password, const ScramKeys& keys, const ClientFirst& first,
                         const std::string& server_first, const std::string& gs2) {
  const auto nonce = server_first.substr(0, server_first.find(','));
  const auto bare = "c=" + smtp::encode_base64(gs2) + "," + nonce;
  const auto message = first.bare + "," + server_first + "," + bare;
  const auto client_key = hmac_sha256(pbkdf2_sha256(password, keys.salt, keys.iterations), "Client Key");
  return bare +
         ",p=" + smtp::encode_base64(exclusive_or(client_key, hmac_sha256(sha256(client_key), message)));
}

TEST(Scram, SpeaksTheDialogueOfTheRfc) {
  const Scram scram = rfc_exchange();
  EXPECT_EQ(scram.server_first(), kServerFirst);
  EXPECT_EQ(scram.on_client_final(kClientFinal), kServerFinal);
}

TEST(Scram, RefusesAFinalMessageThatDiffersAnywhere) {
  const Scram scram = rfc_exchange();
  for (std::size_t i = 0; i < kClientFinal.size(); ++i) {
    std::string changed = kClientFinal;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(scram.on_client_final(changed)) << changed;
    EXPECT_FALSE(scram.on_client_final(kClientFinal.substr(0, i))) << i;
  }
}

TEST(Scram, AcceptsThatTheClientCouldBindAndSawThatWeDoNot) {
  const auto first = parse_client_first("y,,n=user,r=abc");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->gs2_header, "y,,");
  const auto keys = pencil();
  const Scram scram(*first, keys, "xyz");
  EXPECT_TRUE(scram.on_client_final(client_final("pencil", keys, *first, scram.server_first(), "y,,")));
  // Someone in the middle took our offer of binding away: the header that is signed is not the one that came.
  EXPECT_FALSE(scram.on_client_final(client_final("pencil", keys, *first, scram.server_first(), "n,,")));
}

TEST(Scram, ReadsNamesAsTheyAreEscaped) {
  const auto first = parse_client_first("n,a=b=3D,n=a=2Cb=3Dc,r=nonce,ext=1");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->username, "a,b=c");
  EXPECT_EQ(first->authzid, "b=");
  EXPECT_EQ(first->gs2_header, "n,a=b=3D,");
  EXPECT_EQ(first->bare, "n=a=2Cb=3Dc,r=nonce,ext=1");
}

TEST(Scram, RefusesMalformedFirstMessages) {
  for (const std::string message :
       {"", "n", "n,", "n,,", ",,n=user,r=a", "p=tls-unique,,n=user,r=a", "n,x,n=user,r=a", "n,a=,n=user,r=a",
        "n,,m=1,n=user,r=a", "n,,n=,r=a", "n,,n=us=2Der,r=a", "n,,n=us=,r=a", "n,,n=user",
        "n,,n=user,r=", "n,,n=user,r=a b",
        "n,,n=us\x01"
        "er,r=a",
        "n,,n=us\xc3,r=a", "N,,n=user,r=a"}) {
    EXPECT_FALSE(parse_client_first(message)) << message;
  }
  EXPECT_FALSE(parse_client_first("n,,n=user,r=" + std::string(257, 'a')));
  EXPECT_FALSE(parse_client_first("n,,n=" + std::string(256, 'a') + ",r=a"));
  EXPECT_FALSE(parse_client_first("n,,n=user,r=a," + std::string(3000, 'a')));
}

TEST(Scram, ShowsAnUnknownUserTheSameSaltEachTime) {
  const auto once = unknown_user_keys("secret", "nobody"), again = unknown_user_keys("secret", "nobody");
  EXPECT_EQ(once.salt, again.salt);
  EXPECT_EQ(once.salt.size(), kScramSaltBytes);
  EXPECT_EQ(once.iterations, kScramIterations);
  EXPECT_NE(once.salt, unknown_user_keys("secret", "somebody").salt);
  EXPECT_NE(once.salt, unknown_user_keys("another", "nobody").salt);
}

RC_GTEST_PROP(Scram, LetsInWhoKnowsThePasswordAndNobodyElse,
              (const std::string& right, const std::string& wrong)) {
  const auto keys = derive_scram(right, "salt", 4096);
  const auto first = parse_client_first("n,,n=user,r=abc");
  const Scram scram(*first, keys, "xyz");
  RC_ASSERT(
      scram.on_client_final(client_final(right, keys, *first, scram.server_first(), "n,,")).has_value());
  const bool in =
      scram.on_client_final(client_final(wrong, keys, *first, scram.server_first(), "n,,")).has_value();
  // PBKDF2 pads its key with zeros (RFC 2104): passwords that differ in trailing NULs alone are one.
  if (right.find('\0') == std::string::npos && wrong.find('\0') == std::string::npos)
    RC_ASSERT(in == (right == wrong));
}

RC_GTEST_PROP(Scram, TakesAnyBytes, (const std::string& a, const std::string& b)) {
  (void)parse_client_first(a);
  (void)parse_client_first("n,," + a);
  RC_ASSERT(!rfc_exchange().on_client_final(b));
  RC_ASSERT(!rfc_exchange().on_client_final("c=biws," + a + ",p=" + smtp::encode_base64(b)));
}

}  // namespace
}  // namespace breakwater::identity
