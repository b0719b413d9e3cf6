// A digest as it is written, and as Python's own parser, which owes us nothing, reads it.
#include "mail/digest.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "mail/header_block.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

const DigestFacts kFacts{"all-owner@lists.example", "all@lists.example", "Digest of 2 held messages: test",
                         "In this mail: 2 messages.\n", "mx.example"};

std::string digest(const std::vector<std::string>& messages) {
  return compose_digest(kFacts, messages, from_ms(0), 35);
}

TEST(ADigest, is_a_text_and_the_messages) {
  EXPECT_EQ(
      digest({"From: Ann <ann@example.org>\r\nBcc: x@example.org\r\nDate: Sun, 22 Nov 2026 16:01:10 +0000\r\n"
              "Subject: Re: test\r\nApproved: secret\r\n\r\nPlease stop\r\n",
              "\r\n"}),
      "Date: Thu, 1 Jan 1970 00:00:00 +0000\r\n"
      "From: all-owner@lists.example\r\n"
      "To: all@lists.example\r\n"
      "Subject: Digest of 2 held messages: test\r\n"
      "Message-ID: <0.z@mx.example>\r\n"
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=\"=_m0000000000000023\"\r\n"
      "\r\n"
      "--=_m0000000000000023\r\n"
      "Content-Type: text/plain; charset=us-ascii\r\n"
      "Content-Transfer-Encoding: 7bit\r\n"
      "\r\n"
      "In this mail: 2 messages.\r\n"
      "\r\n"
      "--=_m0000000000000023\r\n"
      "Content-Type: multipart/digest; boundary=\"=_d0000000000000023\"\r\n"
      "\r\n"
      "--=_d0000000000000023\r\n"
      "Content-Type: message/rfc822\r\n"
      "\r\n"
      "From: Ann <ann@example.org>\r\n"
      "Date: Sun, 22 Nov 2026 16:01:10 +0000\r\n"
      "Subject: Re: test\r\n"
      "\r\n"
      "Please stop\r\n"
      "\r\n"
      "--=_d0000000000000023\r\n"
      "Content-Type: message/rfc822\r\n"
      "\r\n"
      "\r\n"
      "\r\n"
      "--=_d0000000000000023--\r\n"
      "\r\n"
      "--=_m0000000000000023--\r\n");
}

TEST(ADigest, names_its_messages_as_they_name_themselves) {
  const DigestEntry entry = digest_entry(
      "From: =?utf-8?Q?J=C3=B6rg?= <j@example.org>\r\nDate: Sun, 22 Nov 2026 16:01:10 +0000\r\n"
      "Subject: a\r\n b\r\n\r\n");
  EXPECT_EQ(entry.subject, "a b");
  EXPECT_EQ(entry.author, "J\xC3\xB6rg <j@example.org>");
  EXPECT_EQ(entry.date, "Sun, 22 Nov 2026 16:01:10 +0000");
  EXPECT_EQ(digest_entry("\r\n").subject, "");
}

TEST(ADigest, says_eight_bits_where_there_are_some) {
  const std::string seven = digest({"Subject: a\r\n\r\nb\r\n"});
  EXPECT_EQ(seven.find("8bit"), std::string::npos);
  const std::string eight = digest({"Subject: a\r\n\r\nb\r\n", "Subject: a\r\n\r\n\xC3\xBC\r\n"});
  std::size_t said = 0;
  for (std::size_t at = 0; (at = eight.find("Content-Transfer-Encoding: 8bit\r\n", at)) != std::string::npos;
       ++at)
    ++said;
  EXPECT_EQ(said, 3U);  // the part, the digest, the whole
  EXPECT_NE(digest({"Subject: \xC3\xBC\r\n\r\nb\r\n"}).find("Content-Type: message/global\r\n"),
            std::string::npos);
  for (const std::string& odd : {std::string("Subject: a\r\n\r\n") + std::string(999, 'x') + "\r\n",
                                 std::string("Subject: a\r\n\r\n\0\xC3\xBC\r\n", 19)}) {
    const std::string one = digest({odd});
    EXPECT_NE(one.find("Content-Transfer-Encoding: base64\r\n"), std::string::npos);
    EXPECT_FALSE(has_eight_bit(one));
  }
}

// A message that holds a digest's boundary (it was in one before) does not end the part it is in.
TEST(ADigest, has_boundaries_that_no_message_has) {
  const std::string inner = digest({"Subject: a\r\n\r\nb\r\n"});
  const std::string again = digest({inner, "Subject: c\r\n\r\n"});
  EXPECT_NE(again.find("boundary=\"=_m0000000000000024\""), std::string::npos);
}

std::string read_by_python(const std::string& message, const std::string& script) {
  char folder[] = "/tmp/breakwater-digest-XXXXXX";
  if (mkdtemp(folder) == nullptr) return "no folder";
  const std::string file = std::string(folder) + "/mail";
  std::ofstream(file, std::ios::binary) << message;
  std::ofstream(std::string(folder) + "/read.py") << script;
  std::string out;
  if (FILE* pipe = popen(("python3 -B " + std::string(folder) + "/read.py " + file + " 2>&1").c_str(), "r")) {
    char bytes[4096];
    for (std::size_t got = 0; (got = fread(bytes, 1, sizeof bytes, pipe)) > 0;) out.append(bytes, got);
    pclose(pipe);
  }
  std::filesystem::remove_all(folder);
  return out;
}

TEST(ADigest, is_read_by_another_parser) {
  const std::vector<std::string> messages = {
      "From: Ann <ann@example.org>\r\nSubject: Re: test\r\n\r\nPlease stop\r\n",
      "From: =?utf-8?Q?J=C3=B6rg?= <j@example.org>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nBitte nicht! "
      "\xC3\xBC\r\n",
      "Subject: mixed\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
      "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n",
  };
  const std::string script =
      "import email, email.policy, sys\n"
      "mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.SMTP)\n"
      "for part in mail.walk():\n"
      "    print(part.get_content_type(), part.get('subject', '-'), part.get('content-transfer-encoding', "
      "'-'),\n"
      "          len(part.defects))\n"
      "contents, parts = mail.iter_parts()\n"
      "print(contents.get_content().count('2 messages'))\n"
      "for part in parts.iter_parts():\n"
      "    inner = part.get_content()\n"
      "    print(ascii(inner.get_content() if not inner.is_multipart() else "
      "len(list(inner.iter_parts()))))\n";
  EXPECT_EQ(
      read_by_python(digest(messages), "import sys\nsys.stdout.reconfigure(encoding='utf-8')\n" + script),
      "multipart/mixed Digest of 2 held messages: test 8bit 0\n"
      "text/plain - 7bit 0\n"
      "multipart/digest - 8bit 0\n"
      "message/rfc822 - - 0\n"
      "text/plain Re: test - 0\n"
      "message/rfc822 - 8bit 0\n"
      "text/plain Gr\xC3\xBC\xC3\x9F"
      "e 8bit 0\n"
      "message/rfc822 - - 0\n"
      "multipart/mixed mixed - 0\n"
      "text/plain - - 0\n"
      "text/plain - - 0\n"
      "1\n"
      "'Please stop\\n'\n"
      "'Bitte nicht! \\xfc\\n'\n"
      "2\n");
}

}  // namespace
}  // namespace breakwater::mail
