#include "lists/bounce_score.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace breakwater::lists {
namespace {

// Words of a diagnostic; '*' at the end: words that begin so. Lower case.
constexpr std::array kFull = {"quota*",
                              "overquota",
                              "mailbox full",
                              "mailbox is full",
                              "mailbox too full",
                              "insufficient storage",
                              "insufficient system storage",
                              "out of storage",
                              "storage full",
                              "disk full",
                              "disk space",
                              "inbox is full",
                              "inbox full"};

// About the message, its sender, or this server: never the member's doing. In doubt for the member: a mailbox
// that is gone says so again tomorrow, in other words.
constexpr std::array kPolicy = {"abuse*",
                                "attachment*",
                                "auth",
                                "authenticat*",
                                "banned",
                                "black list*",
                                "blacklist*",
                                "block",
                                "blocked",
                                "blocking",
                                "block list*",
                                "blocklist*",
                                "bulk",
                                "complaint*",
                                "content",
                                "deny list*",
                                "denylist*",
                                "dkim",
                                "dmarc",
                                "dnsbl*",
                                "dns block*",
                                "filter*",
                                "greylist*",
                                "graylist*",
                                "grey list*",
                                "junk",
                                "is listed",
                                "been listed",
                                "listed at",
                                "listed by",
                                "listed on",
                                "malicious",
                                "malware",
                                "message size",
                                "not authori*",
                                "not permitted",
                                "phish*",
                                "policy",
                                "policies",
                                "poor reputation",
                                "prohibited",
                                "rate limit*",
                                "ratelimit*",
                                "rbl*",
                                "relay*",
                                "reputation",
                                "restricted",
                                "reverse dns",
                                "security",
                                "sender address rejected",
                                "sender rejected",
                                "sender verif*",
                                "sender denied",
                                "size limit*",
                                "spam*",
                                "spf",
                                "suspicious",
                                "throttl*",
                                "tls",
                                "too big",
                                "too large",
                                "too many",
                                "unauthenticated",
                                "unsolicited",
                                "virus*",
                                "no route in the configuration"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Words in lower case with one blank between them, before and behind. Addresses and links are left out: a
// member may be called spam@example.org.
std::string words_of(std::string_view text) {
  std::string words = " ";
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    const std::string_view token = text.substr(at, end - at);
    at = end + 1;
    if (token.find('@') != std::string_view::npos || token.find("//") != std::string_view::npos) continue;
    for (const char upper : token) {
      const char c = upper >= 'A' && upper <= 'Z' ? static_cast<char>(upper - 'A' + 'a') : upper;
      if (is_letter(c))
        words.push_back(c);
      else if (words.back() != ' ')
        words.push_back(' ');
    }
    if (words.back() != ' ') words.push_back(' ');
  }
  return words;
}

template <std::size_t count>
bool says_any(const std::string& words, const std::array<const char*, count>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    std::string wanted = " ";
    wanted += phrase;
    if (wanted.back() == '*')
      wanted.pop_back();
    else
      wanted.push_back(' ');
    return words.find(wanted) != std::string::npos;
  });
}

struct Code {
  char reply = 0;  // first digit of the status, or of the reply code; 0: none
  int subject = 0, detail = 0;
  bool is_552 = false;  // RFC 5321 4.2.2: too large, or too full
};

int number_at(std::string_view text, std::size_t from, std::size_t to) {
  int number = 0;
  for (std::size_t at = from; at < to && number < 1000; ++at) {
    if (text[at] < '0' || text[at] > '9') return 0;
    number = number * 10 + (text[at] - '0');
  }
  return number;
}

Code code_of(std::string_view status, std::string_view diagnostic) {
  Code code;
  code.is_552 = diagnostic.starts_with("552");
  if (status.empty()) {
    if (!diagnostic.empty() && (diagnostic[0] == '4' || diagnostic[0] == '5')) code.reply = diagnostic[0];
    return code;
  }
  code.reply = status[0];
  const std::size_t first = status.find('.'), second = status.rfind('.');
  if (first == std::string_view::npos || second == first) return code;
  code.subject = number_at(status, first + 1, second);
  code.detail = number_at(status, second + 1, status.size());
  return code;
}

// RFC 3463 3.2 to 3.8, what the codes mean to a member.
BounceKind kind_of_code(const Code& code) {
  const BounceKind by_class = code.reply == '5'   ? BounceKind::hard
                              : code.reply == '4' ? BounceKind::soft
                                                  : BounceKind::policy;
  switch (code.subject) {
    case 0: return code.is_552 ? BounceKind::policy : by_class;
    case 1: return code.detail == 7 || code.detail == 8 ? BounceKind::policy : by_class;  // the sender's
    case 2:
      if (code.detail == 3) return BounceKind::policy;  // too long for this mailbox
      return code.detail <= 1 ? by_class : BounceKind::soft;
    case 3: return code.detail == 4 ? BounceKind::policy : BounceKind::soft;  // too big for the system
    case 4:
      return BounceKind::soft;  // the way there: a domain's trouble, seldom for good
    // Protocol. Some big providers say 5.5.0 of mailboxes that are gone; half a point, in doubt.
    case 5: return code.detail == 0 && code.reply == '5' ? BounceKind::soft : BounceKind::policy;
    default: return BounceKind::policy;  // content, security
  }
}

}  // namespace

std::string_view name_of(BounceKind kind) {
  switch (kind) {
    case BounceKind::policy: return "policy";
    case BounceKind::spike: return "spike";
    case BounceKind::soft: return "soft";
    case BounceKind::hard: return "hard";
  }
  return "unknown";
}

BounceKind kind_of_bounce(std::string_view status, std::string_view diagnostic) {
  const Code code = code_of(status, diagnostic);
  if (code.subject > 5) return BounceKind::policy;
  const std::string words = words_of(diagnostic);
  const bool full = code.subject == 2 && code.detail == 2;
  if (full || says_any(words, kFull)) return BounceKind::soft;
  if (says_any(words, kPolicy)) return BounceKind::policy;
  return kind_of_code(code);
}

namespace {

// By the calendar: a weekly posting's bounces are never exactly a week apart.
bool is_silence(Instant from, Instant to, const BouncePolicy& policy) {
  using std::chrono::days, std::chrono::floor;
  return floor<days>(to) - floor<days>(from) > policy.stale;
}

}  // namespace

int half_points(BounceKind kind) {
  if (kind == BounceKind::hard) return 2;
  return kind == BounceKind::soft ? 1 : 0;
}

int half_score(std::span<const BounceDay> days, Instant since, Instant now, const BouncePolicy& policy) {
  int score = 0;
  Instant later = now;
  for (const BounceDay& day : days) {
    if (half_points(day.kind) == 0) continue;
    if (day.at <= since || is_silence(day.at, later, policy)) break;
    score += half_points(day.kind);
    later = day.at;
  }
  return score;
}

bool reaches_threshold(int half_points, const BouncePolicy& policy) {
  return half_points >= 2 * policy.threshold;
}

bool is_spike(std::int64_t members, std::int64_t audience, const BouncePolicy& policy) {
  if (policy.spike_percent == 0 || members < policy.spike_members) return false;
  return members * 100 > audience * policy.spike_percent;
}

Stage next_stage(Stage stage, Sign sign) {
  if (sign == Sign::resumed) return Stage::quiet;
  switch (stage) {
    case Stage::quiet: return sign == Sign::score_reached ? Stage::probe_wanted : stage;
    case Stage::probe_wanted:
      if (sign == Sign::score_fell) return Stage::quiet;
      return sign == Sign::probe_sent ? Stage::probe_sent : stage;
    case Stage::probe_sent:
      if (sign == Sign::time_passed) return Stage::quiet;
      return sign == Sign::probe_bounced ? Stage::stopped : stage;
    case Stage::stopped: return stage;
  }
  return stage;
}

}  // namespace breakwater::lists
