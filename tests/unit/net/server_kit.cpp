#include "server_kit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "log/log.h"

namespace breakwater::net {

using namespace std::chrono_literals;

void Inbox::receive(smtp::ReceivedMessage message, Done done) {
  const bool lmtp = message.protocol == smtp::Protocol::lmtp;
  std::vector<smtp::Reply> replies;
  for (std::size_t i = 0; i < (lmtp ? message.envelope.recipients.size() : 1); ++i) {
    replies.push_back({250, "2.0.0", "stored " + std::to_string(i)});
  }
  {
    std::lock_guard guard(lock_);
    messages_.push_back(std::move(message));
    if (leave_waiting) waiting_.push_back(done);
  }
  if (!leave_waiting && !drop) done(std::move(replies));
}

std::size_t Inbox::size() {
  std::lock_guard guard(lock_);
  return messages_.size();
}

smtp::ReceivedMessage Inbox::message(std::size_t number) {
  std::lock_guard guard(lock_);
  return messages_.at(number);
}

Receiver::Done Inbox::next_waiting() {
  for (int i = 0; i < 20'000; ++i) {
    {
      std::lock_guard guard(lock_);
      if (!waiting_.empty()) {
        Done done = std::move(waiting_.front());
        waiting_.erase(waiting_.begin());
        return done;
      }
    }
    std::this_thread::sleep_for(1ms);
  }
  ADD_FAILURE() << "no message came";
  return [](std::vector<smtp::Reply>) {};
}

ServerTest::ServerTest() {
  log::set_level(log::Level::error);
  options.early_talker = 0ms;
  options.connections_per_address = 1000;
  loops->run();
}

ServerTest::~ServerTest() {
  server.reset();
  if (loops) loops->stop();
}

ListenerSettings ServerTest::listener(const std::string& name) {
  ListenerSettings settings;
  settings.name = name;
  settings.address = "127.0.0.1:0";
  settings.session.hostname = "mx.example.org";
  return settings;
}

std::uint16_t ServerTest::serve(const std::vector<ListenerSettings>& listeners) {
  if (!server) {
    server = std::make_unique<SmtpServer>(
        loops->all(), inbox, [] { return std::make_shared<Doorman>(); }, authenticator);
  }
  const auto done = server->configure(options, listeners);
  EXPECT_TRUE(done) << done.error().what;
  const auto endpoints = server->local_endpoints();
  return endpoints.empty() ? std::uint16_t{0} : endpoints.front().port;
}

bool ServerTest::eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 20'000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

const std::string& ServerTest::certificate() {
  static const struct File {
    File() {
      EVP_PKEY* key = EVP_EC_gen("P-256");
      X509* made = X509_new();
      X509_set_version(made, 2);
      ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
      X509_gmtime_adj(X509_getm_notBefore(made), 0);
      X509_gmtime_adj(X509_getm_notAfter(made), 3600);
      X509_set_pubkey(made, key);
      X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>("mx.example.org"), -1, -1, 0);
      X509_set_issuer_name(made, X509_get_subject_name(made));
      X509_sign(made, key, EVP_sha256());
      std::FILE* file = std::fopen(path.c_str(), "w");
      PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
      PEM_write_X509(file, made);
      std::fclose(file);
      X509_free(made);
      EVP_PKEY_free(key);
    }
    ~File() { ::unlink(path.c_str()); }
    std::string path = testing::TempDir() + "breakwater-net-" + std::to_string(::getpid()) + ".pem";
  } file;
  return file.path;
}

}  // namespace breakwater::net
