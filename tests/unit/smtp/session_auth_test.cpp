// AUTH (RFC 4954) and STARTTLS (RFC 3207).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "session_talk.h"
#include "smtp/session.h"

namespace breakwater::smtp::test {
namespace {

SessionOptions over_tls() {
  SessionOptions options = submission_options();
  options.tls_wrapped = true;
  return options;
}

AuthAnswer in_as(const char* login) { return {std::nullopt, login, false}; }
AuthAnswer challenge(const char* text) { return {text, "", false}; }

TEST(SessionAuth, offered_only_under_tls_and_only_for_submission) {
  EXPECT_EQ(Talk(submission_options()).say("EHLO c\r\n").find("AUTH"), std::string::npos);
  EXPECT_NE(Talk(submission_options()).say("EHLO c\r\n").find("250-STARTTLS\r\n"), std::string::npos);
  const std::string wrapped = Talk(over_tls()).say("EHLO c\r\n");
  EXPECT_NE(wrapped.find("250-AUTH SCRAM-SHA-256 PLAIN LOGIN\r\n"), std::string::npos);
  EXPECT_EQ(wrapped.find("STARTTLS"), std::string::npos);
  SessionOptions mx = mx_options();
  mx.tls_wrapped = true;
  EXPECT_EQ(Talk(mx).say("EHLO c\r\n").find("AUTH"), std::string::npos);
  SessionOptions none = over_tls();
  none.mechanisms.clear();
  EXPECT_EQ(Talk(none).say("EHLO c\r\n").find("AUTH"), std::string::npos);
}

TEST(SessionAuth, taken_only_under_tls) {
  Talk talk(submission_options());
  bool asked = false;
  talk.sasl = [&asked](const AuthMessage&) {
    asked = true;
    return in_as("anna");
  };
  talk.say("EHLO c\r\n");
  EXPECT_EQ(talk.say("AUTH PLAIN AHUAcA==\r\n"), "538 5.7.11 Encryption required: STARTTLS first\r\n");
  EXPECT_EQ(talk.say("MAIL FROM:<a@b>\r\n"), "530 5.7.0 Authentication required\r\n");
  EXPECT_FALSE(asked);
  EXPECT_EQ(talk.say("STARTTLS\r\n"), "220 2.0.0 Ready to start TLS\r\n<TLS>");
  EXPECT_EQ(talk.say("AUTH PLAIN AHUAcA==\r\n"), "503 5.5.1 Bad sequence of commands: EHLO first\r\n");
  talk.say("EHLO c\r\n");
  EXPECT_EQ(talk.say("MAIL FROM:<a@b>\r\n"), "530 5.7.0 Authentication required\r\n");
  EXPECT_EQ(talk.say("AUTH PLAIN AHUAcA==\r\n"), "235 2.7.0 Authentication successful\r\n");
  EXPECT_EQ(talk.session.peer().login, "anna");
  EXPECT_EQ(talk.say("MAIL FROM:<a@b>\r\n"), "250 2.1.0 OK\r\n");
  talk.say("RCPT TO:<x@y>\r\nDATA\r\nx\r\n.\r\n");
  ASSERT_EQ(talk.messages.size(), 1U);
  EXPECT_TRUE(talk.messages[0].submission);
  EXPECT_EQ(talk.messages[0].peer.login, "anna");
  EXPECT_EQ(talk.messages[0].peer.tls_version, "TLSv1.3");
}

TEST(SessionAuth, frames) {
  Talk talk(over_tls());
  std::vector<AuthMessage> heard;
  talk.sasl = [&heard](const AuthMessage& message) {
    heard.push_back(message);
    if (heard.size() == 1) return challenge("Username:");
    if (heard.size() == 2) return challenge("");
    return in_as("anna");
  };
  talk.say("EHLO c\r\n");
  EXPECT_EQ(talk.say("auth login\r\n"), "334 VXNlcm5hbWU6\r\n");
  EXPECT_FALSE(talk.session.idle());
  EXPECT_EQ(talk.say("YW5uYQ==\r\n"), "334 \r\n");
  EXPECT_EQ(talk.say("\r\n"), "235 2.7.0 Authentication successful\r\n");
  ASSERT_EQ(heard.size(), 3U);
  EXPECT_EQ(heard[0].mechanism, "LOGIN");
  EXPECT_TRUE(heard[0].first);
  EXPECT_FALSE(heard[0].response);
  EXPECT_EQ(heard[1].mechanism, "LOGIN");
  EXPECT_FALSE(heard[1].first);
  EXPECT_EQ(heard[1].response, "anna");
  EXPECT_EQ(heard[2].response, "");
  EXPECT_EQ(talk.say("AUTH LOGIN\r\n"), "503 5.5.1 already authenticated\r\n");
  talk.say("EHLO again\r\n");
  EXPECT_EQ(talk.session.peer().login, "anna");
}

// RFC 4954 4: "=" is an initial response of no bytes.
TEST(SessionAuth, empty_initial_response) {
  Talk talk(over_tls());
  std::optional<std::string> heard;
  talk.sasl = [&heard](const AuthMessage& message) {
    heard = message.response;
    return AuthAnswer{};
  };
  talk.say("EHLO c\r\nAUTH PLAIN =\r\n");
  EXPECT_EQ(heard, "");
}

TEST(SessionAuth, refusals) {
  struct Case {
    const char* line;
    const char* reply;
  };
  for (const Case& c : {Case{"AUTH", "501 5.5.4 a mechanism must follow\r\n"},
                        Case{"AUTH GSSAPI", "504 5.5.4 unrecognized authentication mechanism\r\n"},
                        Case{"AUTH PLAIN *", "501 5.5.2 cannot decode the initial response\r\n"},
                        Case{"AUTH PLAIN AHUAcA=", "501 5.5.2 cannot decode the initial response\r\n"},
                        Case{"AUTH PLAIN AHUA cA==", "501 5.5.2 cannot decode the initial response\r\n"},
                        Case{"AUTH PLAIN ==", "501 5.5.2 cannot decode the initial response\r\n"}}) {
    Talk talk(over_tls());
    talk.sasl = [](const AuthMessage&) { return in_as("anna"); };
    talk.say("EHLO c\r\n");
    EXPECT_EQ(talk.say(std::string(c.line) + "\r\n"), c.reply) << c.line;
    EXPECT_EQ(talk.session.peer().login, "");
    EXPECT_TRUE(talk.session.idle());
  }
  for (const Case& c : {Case{"*", "501 5.7.0 authentication cancelled\r\n"},
                        Case{"=", "501 5.5.2 cannot decode the response\r\n"},
                        Case{"not base64", "501 5.5.2 cannot decode the response\r\n"},
                        Case{"QUIT", "535 5.7.8 Authentication credentials invalid\r\n"}}) {  // it is base64
    Talk talk(over_tls());
    talk.sasl = [](const AuthMessage& message) { return message.first ? challenge("x") : AuthAnswer{}; };
    talk.say("EHLO c\r\nAUTH PLAIN\r\n");
    EXPECT_EQ(talk.say(std::string(c.line) + "\r\n"), c.reply) << c.line;
    EXPECT_EQ(talk.say("NOOP\r\n"), "250 2.0.0 OK\r\n");
  }
}

TEST(SessionAuth, failures_end_the_session) {
  Talk talk(over_tls());
  talk.say("EHLO c\r\n");
  const std::string no = "535 5.7.8 Authentication credentials invalid\r\n";
  EXPECT_EQ(talk.say("AUTH PLAIN AHUAcA==\r\nAUTH PLAIN AHUAcA==\r\n"), no + no);
  EXPECT_EQ(
      talk.say("AUTH PLAIN AHUAcA==\r\nNOOP\r\n"),
      no + "421 4.7.0 mx.example.org too many authentication failures, closing transmission channel\r\n");
  EXPECT_TRUE(talk.closed);
}

TEST(SessionAuth, temporary_failure) {
  Talk talk(over_tls());
  talk.sasl = [](const AuthMessage&) { return AuthAnswer{std::nullopt, "", true}; };
  talk.say("EHLO c\r\n");
  EXPECT_EQ(talk.say("AUTH PLAIN AHUAcA==\r\n"), "454 4.7.0 Temporary authentication failure\r\n");
}

// RFC 4954 4: a line of the exchange may have 12288 octets.
TEST(SessionAuth, long_lines) {
  Talk talk(over_tls());
  std::size_t heard = 0;
  talk.sasl = [&heard](const AuthMessage& message) {
    heard = message.response ? message.response->size() : 0;
    return challenge("");
  };
  talk.say("EHLO c\r\nAUTH PLAIN\r\n");
  EXPECT_EQ(talk.say(std::string(12284, 'A') + "\r\n"), "334 \r\n");
  EXPECT_EQ(heard, 12284U / 4 * 3);
  EXPECT_EQ(talk.say(std::string(12288, 'A') + "\r\n"), "500 5.5.6 line too long\r\n");
  EXPECT_TRUE(talk.closed);
}

// RFC 3207 4.2: all that was said in clear is forgotten, the greeting's hello too.
TEST(SessionTls, state_is_forgotten) {
  Talk talk;
  talk.say("EHLO clear.example\r\nSTARTTLS\r\n");
  EXPECT_EQ(talk.session.peer().helo, "");
  EXPECT_TRUE(talk.session.peer().tls);
  EXPECT_EQ(talk.session.peer().tls_cipher, "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(talk.say("MAIL FROM:<a@b>\r\n"), "503 5.5.1 Bad sequence of commands: EHLO first\r\n");
  const std::string again = talk.say("EHLO tls.example\r\n");
  EXPECT_EQ(again.find("STARTTLS"), std::string::npos);
  EXPECT_EQ(talk.say("STARTTLS\r\n"), "503 5.5.1 TLS is already active\r\n");
}

// CVE-2011-0411: commands in clear behind STARTTLS are not run after the handshake, nor before it.
TEST(SessionTls, clear_text_behind_starttls) {
  for (const char* behind : {"RSET\r\n", "x", "\r\n", "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"}) {
    Talk talk;
    const std::string got = talk.say(std::string("EHLO c\r\nSTARTTLS\r\n") + behind);
    EXPECT_TRUE(got.starts_with("250-mx.example.org\r\n"));
    EXPECT_TRUE(got.ends_with("RCPTMAX=100\r\n554 5.5.0 data after STARTTLS before the handshake\r\n"))
        << got;
    EXPECT_TRUE(talk.closed);
  }
}

TEST(SessionTls, not_offered_where_there_is_no_certificate) {
  SessionOptions options = mx_options();
  options.tls_available = false;
  Talk talk(options);
  EXPECT_EQ(talk.say("EHLO c\r\n").find("STARTTLS"), std::string::npos);
  EXPECT_EQ(talk.say("STARTTLS\r\n"), "502 5.5.1 STARTTLS is not offered\r\n");
}

TEST(SessionTls, a_wrapped_session_is_told_before_it_starts) {
  FakeGatekeeper gatekeeper;
  Session session(over_tls(), "192.0.2.1", gatekeeper);
  EXPECT_EQ(session.on_tls("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256").output, "");
  EXPECT_EQ(session.start().output, "220 mx.example.org ESMTP Service ready\r\n");
  EXPECT_EQ(session.peer().tls_version, "TLSv1.2");
}

}  // namespace
}  // namespace breakwater::smtp::test
