#include "identity/login_service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "identity/digest.h"
#include "identity/password_pool.h"
#include "smtp/base64.h"

namespace breakwater::identity {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using What = LoginOutcome::What;

const NewCredentials& pencil() {
  static const NewCredentials made = *make_credentials("pencil");
  return made;
}

class LoginServiceTest : public testing::Test {
 protected:
  LoginService::Options options() {
    LoginService::Options few;
    few.guesses.per_address = 3;
    few.guesses.per_account = 5;
    return few;
  }

  std::unique_ptr<LoginService> service(LoginService::Options with) {
    return std::make_unique<LoginService>(
        with,
        [this](const std::string& login) -> Result<std::optional<Account>> {
          if (broken) return error(Fault::unavailable, "database is locked");
          if (login != "user" && login != "USER") return std::optional<Account>();
          return std::optional<Account>(Account{"user", pencil().password_hash, pencil().scram});
        },
        [this](const LoginOutcome& outcome) {
          std::lock_guard guard(lock);
          outcomes.push_back(outcome);
        },
        [this] { return from_ms(now.load()); });
  }

  static smtp::AuthAnswer step(LoginService::Attempt& attempt, smtp::AuthMessage message) {
    std::promise<smtp::AuthAnswer> answer;
    auto future = answer.get_future();
    attempt.step(std::move(message), [&answer](smtp::AuthAnswer said) { answer.set_value(std::move(said)); });
    EXPECT_EQ(future.wait_for(30s), std::future_status::ready);
    return future.get();
  }

  static smtp::AuthAnswer plain(LoginService& logins, const std::string& address, const std::string& login,
                                const std::string& password) {
    smtp::Peer peer;
    peer.address = address;
    auto attempt = logins.begin(peer);
    return step(*attempt, {"PLAIN", true, "\0"s + login + "\0"s + password});
  }

  What last() {
    std::lock_guard guard(lock);
    return outcomes.back().what;
  }

  std::atomic<bool> broken{false};
  std::atomic<std::int64_t> now{1'700'000'000'000};
  std::mutex lock;
  std::vector<LoginOutcome> outcomes;
};

TEST_F(LoginServiceTest, LetsInWithTheRightPasswordUnderTheAccountsOwnName) {
  auto logins = service(options());
  EXPECT_EQ(plain(*logins, "192.0.2.1", "USER", "pencil").login, "user");
  EXPECT_EQ(last(), What::succeeded);
  EXPECT_EQ(outcomes.back().peer, "192.0.2.1");
  const auto wrong = plain(*logins, "192.0.2.1", "user", "pen");
  EXPECT_TRUE(wrong.login.empty());
  EXPECT_FALSE(wrong.temporary);
  EXPECT_FALSE(plain(*logins, "192.0.2.1", "nobody", "pencil").temporary);
  EXPECT_EQ(last(), What::refused);
}

TEST_F(LoginServiceTest, LocksAnAddressAndOpensLater) {
  auto logins = service(options());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(plain(*logins, "192.0.2.1", "user", "no").temporary);
  EXPECT_TRUE(plain(*logins, "192.0.2.1", "user", "pencil").temporary);
  EXPECT_EQ(last(), What::locked_address);
  EXPECT_EQ(plain(*logins, "192.0.2.2", "user", "pencil").login, "user");
  now += 60'000;
  EXPECT_EQ(plain(*logins, "192.0.2.1", "user", "pencil").login, "user");
}

TEST_F(LoginServiceTest, TakesAnIpv6NetworkForOneAddress) {
  auto logins = service(options());
  for (int i = 1; i < 4; ++i) plain(*logins, "2001:db8::" + std::to_string(i), "user", "no");
  EXPECT_TRUE(plain(*logins, "2001:db8::4", "user", "pencil").temporary);
  EXPECT_EQ(plain(*logins, "2001:db8:0:1::4", "user", "pencil").login, "user");
}

TEST_F(LoginServiceTest, LocksAnAccountThatIsGuessedAtInManySpellings) {
  auto logins = service(options());
  for (int i = 0; i < 5; ++i)
    plain(*logins, "192.0.2." + std::to_string(i), i % 2 == 0 ? "user" : "USER", "no");
  EXPECT_TRUE(plain(*logins, "192.0.2.99", "user", "pencil").temporary);
  EXPECT_EQ(last(), What::locked_account);
}

TEST_F(LoginServiceTest, AFailingLookUpIsTemporaryAndCostsNothing) {
  auto logins = service(options());
  broken = true;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(plain(*logins, "192.0.2.1", "user", "pencil").temporary);
  EXPECT_EQ(last(), What::look_up_failed);
  EXPECT_EQ(outcomes.back().error, "database is locked");
  broken = false;
  EXPECT_EQ(plain(*logins, "192.0.2.1", "user", "pencil").login, "user");
}

TEST_F(LoginServiceTest, Scram) {
  auto logins = service(options());
  for (int i = 0; i < 6; ++i) {
    auto attempt = logins->begin(smtp::Peer{});
    const auto challenge = step(*attempt, {"SCRAM-SHA-256", true, "n,,n=USER,r=abc"}).challenge;
    ASSERT_TRUE(challenge) << "success gives the charge back, attempt " << i;
    const auto keys = *parse_scram(pencil().scram);
    const auto bare = "c=biws," + challenge->substr(0, challenge->find(','));
    const auto client_key = hmac_sha256(pbkdf2_sha256("pencil", keys.salt, keys.iterations), "Client Key");
    const auto proof =
        exclusive_or(client_key, hmac_sha256(sha256(client_key), "n=USER,r=abc," + *challenge + "," + bare));
    const auto proven = step(*attempt, {"SCRAM-SHA-256", false, bare + ",p=" + smtp::encode_base64(proof)});
    ASSERT_TRUE(proven.challenge);
    EXPECT_EQ(step(*attempt, {"SCRAM-SHA-256", false, ""}).login, "user");
  }
}

TEST_F(LoginServiceTest, AFullQueueIsATemporaryFailure) {
  auto busy = options();
  busy.threads = 1;
  busy.waiting = 1;
  busy.guesses.per_address = 100;
  busy.guesses.per_account = 100;
  auto logins = service(busy);
  std::atomic<int> answered{0}, temporary{0};
  std::vector<std::unique_ptr<LoginService::Attempt>> attempts;
  for (int i = 0; i < 20; ++i) {
    attempts.push_back(logins->begin(smtp::Peer{}));
    attempts.back()->step({"PLAIN", true, "\0user\0pencil"s}, [&](smtp::AuthAnswer answer) {
      if (answer.temporary) ++temporary;
      ++answered;
    });
  }
  attempts.clear();  // the peers hang up: what is under way goes on
  while (answered < 20) std::this_thread::sleep_for(1ms);
  EXPECT_GE(temporary, 1);
  EXPECT_LT(temporary, 20);
}

TEST(PasswordPool, DropsWhatWaitsWhenItEnds) {
  auto witness = std::make_shared<int>(0);
  std::atomic<bool> running{false};
  std::promise<void> release;
  auto gate = release.get_future().share();
  std::thread later;
  {
    PasswordPool pool(1, 2);
    ASSERT_TRUE(pool.submit([&running, gate] {
      running = true;
      gate.wait();
    }));
    while (!running) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(pool.submit([witness] { ++*witness; }));
    EXPECT_TRUE(pool.submit([witness] { ++*witness; }));
    EXPECT_FALSE(pool.submit([witness] { ++*witness; }));
    later = std::thread([&release] {
      std::this_thread::sleep_for(50ms);
      release.set_value();
    });
  }
  later.join();
  EXPECT_EQ(*witness, 0);
  EXPECT_EQ(witness.use_count(), 1);
}

}  // namespace
}  // namespace breakwater::identity
