#include "identity/sasl.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "identity/digest.h"
#include "smtp/base64.h"

namespace breakwater::identity {
namespace {

using namespace std::string_literals;
using Next = Action::Next;

Exchange exchange() { return Exchange("secret", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"); }
smtp::AuthMessage first(const std::string& mechanism, std::optional<std::string> response) {
  return {mechanism, true, std::move(response)};
}
smtp::AuthMessage next(const std::string& response) { return {"", false, response}; }
bool failed(const Action& action) {
  return action.next == Next::answer && !action.answer.challenge && action.answer.login.empty() &&
         !action.answer.temporary;
}

TEST(Sasl, PlainWithAndWithoutInitialResponse) {
  auto at_once = exchange();
  auto action = at_once.step(first("PLAIN", "\0user@example.org\0pencil"s));
  ASSERT_EQ(action.next, Next::check_password);
  EXPECT_EQ(action.login, "user@example.org");
  EXPECT_EQ(action.password, "pencil");
  EXPECT_EQ(at_once.on_checked("User@example.org").login, "User@example.org");
  EXPECT_TRUE(at_once.ended());

  auto later = exchange();
  action = later.step(first("PLAIN", std::nullopt));
  ASSERT_TRUE(action.answer.challenge);
  EXPECT_EQ(*action.answer.challenge, "");
  action = later.step(next("user\0user\0pencil"s));
  ASSERT_EQ(action.next, Next::check_password);
  EXPECT_EQ(later.on_checked(std::nullopt).login, "");
  EXPECT_TRUE(later.ended());
}

TEST(Sasl, PlainRefusesWhatIsNotOneUsersOwnName) {
  for (const std::string& bad :
       {""s, "user"s, "\0user"s, "\0\0pencil"s, "\0user\0"s, "other\0user\0pencil"s, "\0user\0pen\0cil"s,
        "\0us\xff\0pencil"s, "\0us\ner\0pencil"s, "\0user\0pen\tcil"s, "\0"s + std::string(256, 'u') + "\0p"s,
        "\0user\0"s + std::string(256, 'p')}) {
    EXPECT_TRUE(failed(exchange().step(first("PLAIN", bad)))) << bad;
  }
}

TEST(Sasl, Login) {
  auto asked = exchange();
  EXPECT_EQ(asked.step(first("LOGIN", std::nullopt)).answer.challenge, "Username:");
  EXPECT_EQ(asked.step(next("user")).answer.challenge, "Password:");
  auto action = asked.step(next("pencil"));
  ASSERT_EQ(action.next, Next::check_password);
  EXPECT_EQ(action.login, "user");
  EXPECT_EQ(action.password, "pencil");

  auto told = exchange();
  EXPECT_EQ(told.step(first("LOGIN", "user")).answer.challenge, "Password:");
  EXPECT_TRUE(failed(told.step(next(""))));
  EXPECT_TRUE(failed(told.step(next("pencil")))) << "over is over";
}

std::optional<Account> pencil() {
  const auto salt = *smtp::decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
  return Account{"User", "", format_scram(derive_scram("pencil", salt, 4096))};
}
const std::string kFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const std::string kFinal =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+"
    "Ute9ytag9zjfMHgsqmmiz7AndVQ=";

TEST(Sasl, ScramGoesToItsEnd) {
  auto scram = exchange();
  auto action = scram.step(first("SCRAM-SHA-256", kFirst));
  ASSERT_EQ(action.next, Next::look_up);
  EXPECT_EQ(action.login, "user");
  const auto challenge = scram.on_found(pencil());
  EXPECT_EQ(challenge.challenge,
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  action = scram.step(next(kFinal));
  EXPECT_EQ(action.answer.challenge, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  EXPECT_FALSE(scram.ended()) << "the client has not seen our proof yet";
  action = scram.step(next(""));
  EXPECT_EQ(action.answer.login, "User") << "the account's own spelling";
  EXPECT_TRUE(scram.ended());
}

TEST(Sasl, ScramOfAnUnknownUserFailsAtTheEndOnly) {
  auto scram = exchange();
  scram.step(first("SCRAM-SHA-256", std::nullopt));
  scram.step(next(kFirst));
  const auto challenge = scram.on_found(std::nullopt);
  ASSERT_TRUE(challenge.challenge);
  EXPECT_EQ(challenge.challenge->substr(0, 52), "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  EXPECT_TRUE(failed(scram.step(next(kFinal))));
}

TEST(Sasl, ScramRefusesTheWrongPasswordTrailingWordsAndAnotherAuthzid) {
  auto wrong = exchange();
  wrong.step(first("SCRAM-SHA-256", kFirst));
  auto account = pencil();
  account->scram = make_credentials("pencils")->scram;
  wrong.on_found(account);
  EXPECT_TRUE(failed(wrong.step(next(kFinal))));

  auto chatty = exchange();
  chatty.step(first("SCRAM-SHA-256", kFirst));
  chatty.on_found(pencil());
  chatty.step(next(kFinal));
  EXPECT_TRUE(failed(chatty.step(next("x"))));

  EXPECT_TRUE(failed(exchange().step(first("SCRAM-SHA-256", "n,a=admin,n=user,r=abc"))));
  EXPECT_TRUE(failed(exchange().step(first("SCRAM-SHA-256-PLUS", kFirst))));
  EXPECT_TRUE(failed(exchange().step(first("CRAM-MD5", std::nullopt))));
}

TEST(Sasl, AnAccountWithoutScramKeysIsLikeAnUnknownOne) {
  auto scram = exchange();
  scram.step(first("SCRAM-SHA-256", kFirst));
  EXPECT_TRUE(scram.on_found(Account{"User", "$y$whatever", ""}).challenge);
  EXPECT_TRUE(failed(scram.step(next(kFinal))));
}

RC_GTEST_PROP(Sasl, AnyMessagesNeverLogIn, (const std::vector<std::string>& messages, std::uint8_t which)) {
  const char* const mechanisms[] = {"PLAIN", "LOGIN", "SCRAM-SHA-256"};
  auto any = exchange();
  bool begins = true;
  for (const auto& text : messages) {
    auto action = any.step(begins ? first(mechanisms[which % 3], text) : next(text));
    begins = false;
    auto answer = action.answer;
    if (action.next == Next::check_password) answer = any.on_checked(std::nullopt);
    if (action.next == Next::look_up) answer = any.on_found(pencil());
    RC_ASSERT(answer.login.empty());
  }
}

}  // namespace
}  // namespace breakwater::identity
