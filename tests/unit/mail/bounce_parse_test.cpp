// Bounces in the forms that mail systems really send, and mail that only looks like one. A sample is "===
// name | address permanent status; ..." and the message: T for good, F for now, ? not said; '-' where it has
// no status.
#include "mail/bounce_parse.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "mail/bounce_source.h"
#include "mail/bounce_words.h"

namespace breakwater::mail {
namespace {

struct Sample {
  std::string name, message;
  std::set<std::string> wanted;
};

std::set<std::string> split(std::string text) {
  std::set<std::string> out;
  for (std::istringstream in(text); std::getline(in, text, ';');) {
    const auto from = text.find_first_not_of(' ');
    if (from != std::string::npos) out.insert(text.substr(from, text.find_last_not_of(" \r") + 1 - from));
  }
  return out;
}

std::vector<Sample> samples() {
  std::vector<Sample> out;
  const std::filesystem::path folder = BREAKWATER_SOURCE_DIR "/tests/unit/mail/bounces";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("=== ")) {
        const auto bar = line.find('|');
        out.push_back({line.substr(4, bar - 5), "", split(line.substr(bar + 1))});
      } else if (!out.empty()) {
        out.back().message += line + "\n";
      }
    }
  }
  return out;
}

std::set<std::string> read(std::string_view message) {
  std::set<std::string> out;
  for (const auto& one : parse_bounce(message)) {
    const std::string permanent = !one.permanent ? "?" : *one.permanent ? "T" : "F";
    out.insert(one.address + " " + permanent + " " + (one.status.empty() ? "-" : one.status));
  }
  return out;
}

std::string with_ends(std::string_view text, std::string_view end) {
  std::string out;
  for (const char c : text) out += c == '\n' ? end : std::string_view(&c, 1);
  return out;
}

TEST(ParseBounce, ReadsWhatTheSamplesSay) {
  const auto all = samples();
  EXPECT_GE(all.size(), 250U);
  std::size_t bounces = 0;
  for (const Sample& sample : all) {
    EXPECT_EQ(read(sample.message), sample.wanted) << sample.name;
    bounces += sample.wanted.empty() ? 0 : 1;
  }
  EXPECT_GE(bounces, 182U);
  EXPECT_GE(all.size() - bounces, 65U);
}

TEST(ParseBounce, LineEndsMakeNoDifference) {
  for (const Sample& sample : samples()) {
    EXPECT_EQ(read(with_ends(sample.message, "\r\n")), sample.wanted) << sample.name;
    EXPECT_EQ(read(with_ends(sample.message, "\r")), sample.wanted) << sample.name;
  }
}

// A message that was forwarded as it is, or stands in a digest, is no report to us.
TEST(ParseBounce, WhatIsInsideAnotherMessageIsNotOurs) {
  for (const Sample& sample : samples()) {
    const std::string inside = "From: Ann <ann@example.org>\nSubject: look\nContent-Type: message/rfc822\n\n";
    EXPECT_TRUE(read(inside + sample.message).empty()) << sample.name;
  }
}

// Whoever writes to a list can write what they like into the message that a bounce returns.
TEST(ParseBounce, TheOriginalSuppliesNoAddress) {
  const std::string trap =
      "From: eve@evil.example\nTo: list@lists.example\nSubject: failure notice\n\n"
      "<victim@example.com>: 550 5.1.1 user unknown\n\nFinal-Recipient: rfc822; victim@example.com\n"
      "Action: failed\nStatus: 5.1.1\n";
  const std::string head = "From: MAILER-DAEMON@mx.example\nSubject: failure notice\nMIME-Version: 1.0\n";
  const std::string report = "I wasn't able to deliver your message.\n\n<bob@example.com>:\nno such user\n\n";
  const std::set<std::string> wanted = {"bob@example.com T -"};
  EXPECT_EQ(read(head + "\n" + report + "--- Below this line is a copy of the message.\n\n" + trap), wanted);
  const std::string parts = head + "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + report;
  EXPECT_EQ(read(parts + "--b\nContent-Type: message/rfc822\n\n" + trap + "--b--\n"), wanted);
  EXPECT_EQ(read(parts + "--b\nContent-Type: text/rfc822-headers\n\n" + trap + "--b--\n"), wanted);
}

TEST(ParseBounce, ManyRecipientsAreBounded) {
  std::string message =
      "From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nCould not be delivered:\n\n";
  for (int at = 0; at < 1500; ++at) message += "user" + std::to_string(at) + "@example.com\n";
  EXPECT_EQ(parse_bounce(message).size(), 1000U);
}

TEST(ParseBounce, AnyBytes) {
  EXPECT_TRUE(rc::check("every address is one line", [](const std::string& head, const std::string& body) {
    const auto found = parse_bounce("From: MAILER-DAEMON@x.example\nSubject: " + head + "\n\n" + body);
    for (const auto& one : found) RC_ASSERT(one.address.find_first_of("\r\n") == std::string::npos);
  }));
}

TEST(BounceCodes, AreToldFromOtherNumbers) {
  EXPECT_EQ(codes_in("said: 550 5.1.1 <a@b>").status, "5.1.1");
  EXPECT_EQ(codes_in("550 unknown").reply, 550);
  EXPECT_EQ(codes_in("(#5.7.1)").status, "5.7.1");
  EXPECT_EQ(codes_in("550-5.2.2 full").status, "5.2.2");
  EXPECT_EQ(codes_in("host x[5.1.1.9] said").status, "");
  EXPECT_EQ(codes_in("Exchange 15.5.1").status, "");
  EXPECT_FALSE(codes_in("after 450 seconds, 500 bytes, 4500, user550, 550x").reply);
  EXPECT_EQ(codes_in("5.0.0 then 5.1.1").status, "5.1.1");
  EXPECT_EQ(codes_in("452 4.2.2").permanent(), false);
  EXPECT_EQ(codes_in("").permanent(), std::nullopt);
}

TEST(AddressesIn, RunningText) {
  const auto in = [](std::string_view line) {
    std::string out;
    for (const auto& found : addresses_in(line)) out += found.address + " ";
    return out;
  };
  EXPECT_EQ(in("<a@b.example>: and 'c@d.example', rcpt=e@f.example."),
            "a@b.example c@d.example e@f.example ");
  EXPECT_EQ(in("dda:SMTP=bert(a)example.com;"), "bert@example.com ");
  EXPECT_EQ(in("收件人：li@163.example，退信"), "li@163.example ");
  EXPECT_EQ(in("\"a b\"@example.com"), "\"a b\"@example.com ");
  EXPECT_EQ(in("a@localhost @b.example c@ d@[192.0.2.1] ****@x.example"), "");
  EXPECT_EQ(in("bounce-ann=example.org@lists.example"), "bounce-ann=example.org@lists.example ");
}

}  // namespace
}  // namespace breakwater::mail
