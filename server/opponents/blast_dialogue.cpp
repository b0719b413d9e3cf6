#include "opponents/blast_dialogue.h"

#include <unistd.h>

#include <algorithm>

namespace breakwater::opponents {
namespace {

std::string numbered(const std::string& recipient, std::uint32_t number) {
  const auto at = recipient.rfind('@');
  return recipient.substr(0, at) + "." + std::to_string(number) +
         (at == std::string::npos ? std::string() : recipient.substr(at));
}

std::string message_text(const BlastOptions& options) {
  std::string text = "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: <" + options.sender + ">\r\nTo: <" +
                     (options.recipients.empty() ? std::string() : options.recipients.front()) +
                     ">\r\nSubject: load\r\nMIME-Version: 1.0\r\n"
                     "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
  static constexpr std::string_view kLine =
      "The quick brown fox jumps over the lazy dog and runs on at 72 bytes.\r\n";
  while (text.size() + kLine.size() < options.bytes) text.append(kLine);
  if (text.size() + 2 < options.bytes) text.append(options.bytes - text.size() - 2, '.').append("\r\n");
  // A line of dots alone would be taken for the end (RFC 5321 4.5.2).
  if (text.ends_with("\r\n.\r\n")) text.insert(text.size() - 3, ".");
  return text + ".\r\n";
}

}  // namespace

BlastRun::BlastRun(const BlastOptions& given) : options(given), text(message_text(given)) {
  mail = "MAIL FROM:<" + options.sender + ">\r\n";
  for (const std::string& recipient : options.recipients) {
    for (std::uint32_t number = 1; number <= std::max(options.fan, 1U); ++number) {
      rcpt += "RCPT TO:<" + (options.fan > 1 ? numbered(recipient, number) : recipient) + ">\r\n";
      ++rcpt_count;
    }
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  salt = static_cast<std::uint64_t>(now) ^ (static_cast<std::uint64_t>(getpid()) << 40);
}

void BlastRun::refuse(std::string_view reply) {
  ++report.refused;
  if (report.first_refusal.empty()) report.first_refusal = reply;
}

bool BlastDialogue::feed(std::string_view in, std::size_t& used, std::string& out) {
  used = 0;
  for (;;) {
    const auto end = in.find('\n', used);
    if (end == std::string_view::npos) return !over_;
    std::string_view line = in.substr(used, end - used);
    used = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > 3 && line[3] == '-') continue;  // RFC 5321 4.2.1: more lines of this reply follow
    reply(line, out);
    if (over_) return false;
  }
}

void BlastDialogue::reply(std::string_view line, std::string& out) {
  const char kind = line.empty() ? '5' : line.front();
  switch (stage_) {
    case Stage::greeting:
      if (kind != '2') return give_up(line, out);
      out.append("EHLO blast.invalid\r\n");
      stage_ = Stage::hello;
      return;
    case Stage::hello:
      if (kind != '2') return give_up(line, out);
      return next_transaction(out);
    case Stage::mail:
      mail_good_ = kind == '2';
      if (!mail_good_) refusal_ = line;
      stage_ = Stage::rcpt;
      if (run_.options.pipeline) return;
      if (!mail_good_) return give_up(line, out);
      rcpt_at_ = rcpt_line(0);
      out.append(run_.rcpt, 0, rcpt_at_);
      return;
    case Stage::rcpt: return rcpt_reply(kind == '2', line, out);
    case Stage::data:
      if (kind == '3') return send_content(out);
      return give_up(refusal_.empty() ? line : std::string_view(refusal_), out);
    case Stage::content: {
      const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent_).count();
      if (kind == '2') {
        run_.report.latency.add(static_cast<std::uint64_t>(waited));
        ++run_.report.accepted;
        run_.report.recipients += rcpt_good_;
      } else {
        run_.refuse(line);
      }
      return next_transaction(out);
    }
    case Stage::reset: return next_transaction(out);
    case Stage::quit: over_ = true; return;
  }
}

// Where the line that begins behind rcpt_at_ (or the first) ends.
std::size_t BlastDialogue::rcpt_line(std::uint32_t number) const {
  return run_.rcpt.find('\n', number == 0 ? 0 : rcpt_at_) + 1;
}

void BlastDialogue::rcpt_reply(bool good, std::string_view line, std::string& out) {
  ++rcpt_answers_;
  if (good)
    ++rcpt_good_;
  else if (refusal_.empty())
    refusal_ = line;
  if (rcpt_answers_ < run_.rcpt_count) {
    if (run_.options.pipeline) return;
    const std::size_t end = rcpt_line(rcpt_answers_);
    out.append(run_.rcpt, rcpt_at_, end - rcpt_at_);
    rcpt_at_ = end;
    return;
  }
  stage_ = Stage::data;
  if (run_.options.pipeline) return;
  if (rcpt_good_ == 0) return give_up(refusal_, out);
  out.append("DATA\r\n");
}

void BlastDialogue::next_transaction(std::string& out) {
  rcpt_answers_ = rcpt_good_ = 0;
  refusal_.clear();
  stage_ = Stage::mail;
  if (std::exchange(ahead_, false)) return;
  if (run_.started >= run_.options.messages) {
    out.append("QUIT\r\n");
    stage_ = Stage::quit;
    return;
  }
  ++run_.started;
  out.append(run_.mail);
  if (run_.options.pipeline) out.append(run_.rcpt).append("DATA\r\n");
}

void BlastDialogue::send_content(std::string& out) {
  out.append("Message-ID: <").append(std::to_string(run_.salt)).append(".");
  out.append(std::to_string(run_.salt++ ^ 0x5DEECE66DULL)).append("@blast.invalid>\r\n").append(run_.text);
  stage_ = Stage::content;
  sent_ = Clock::now();
  // RFC 2920 3.1: the message's transfer may be the first command of the next group.
  if (run_.options.pipeline && run_.started < run_.options.messages) {
    ++run_.started;
    ahead_ = true;
    out.append(run_.mail).append(run_.rcpt).append("DATA\r\n");
  }
}

// This transaction is refused; the connection goes on with the next, or ends where it never began.
void BlastDialogue::give_up(std::string_view line, std::string& out) {
  if (stage_ <= Stage::hello) {
    if (run_.report.first_refusal.empty()) run_.report.first_refusal = line;
    over_ = true;
    return;
  }
  run_.refuse(line);
  out.append("RSET\r\n");
  stage_ = Stage::reset;
}

}  // namespace breakwater::opponents
