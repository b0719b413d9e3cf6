#include "mail/bounce_source.h"

#include <algorithm>

#include "mail/address.h"
#include "mail/ascii.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/header_block.h"
#include "mail/html_text.h"
#include "mail/message.h"
#include "mail/multipart.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kLookedAt = 4 * 1024 * 1024;
constexpr std::size_t kText = 256 * 1024;
constexpr int kDepth = 8;
constexpr std::size_t kParts = 50;

// HeaderBlock wants CRLF. Escapes stay: ISO-2022-JP is made of them.
std::string with_line_ends(std::string_view message) {
  while (!message.empty() && (message.front() == '\n' || message.front() == '\r')) message.remove_prefix(1);
  if (message.starts_with("From ") || message.starts_with(">From ")) {
    message.remove_prefix(std::min(message.find_first_of("\r\n"), message.size() - 1) + 1);
    if (message.starts_with('\n')) message.remove_prefix(1);
  }
  std::string out;
  out.reserve(message.size() + message.size() / 20);
  const bool only_cr = message.find('\n') == std::string_view::npos;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (message[at] == '\r' && at + 1 < message.size() && message[at + 1] == '\n') continue;
    const char one = only_cr && message[at] == '\r' ? '\n' : message[at];
    if (one == '\n') out += '\r';
    out += one;
  }
  return out;
}

std::string to_text(std::string bytes, std::string charset) {
  if (bytes.find("\x1B$") != std::string::npos || bytes.find("\x1B(") != std::string::npos) {
    charset = "iso-2022-jp";
  }
  if (!charset.empty() && !equals_nocase(charset, "us-ascii")) {
    if (auto text = to_utf8(bytes, charset)) return std::move(*text);
  }
  if (valid_utf8(bytes)) return bytes;
  return to_utf8(bytes, "iso-8859-1").value_or(bytes);
}

std::string decoded(std::string_view body, const std::string& encoding) {
  if (encoding == "base64") return decode_base64(body);
  if (encoding == "quoted-printable") return decode_quoted_printable(body);
  return std::string(body);
}

// A table's cells stand on lines of their own, or one's name runs into the other's value.
std::string with_parted_cells(std::string_view html) {
  std::string out;
  for (std::size_t at = 0; at < html.size(); ++at) {
    const std::string_view rest = html.substr(at, 3);
    if (equals_nocase(rest, "<td") || equals_nocase(rest, "<th")) out += "<br>";
    out += html[at];
  }
  return out;
}

class Walk {
 public:
  explicit Walk(BounceSource& source) : source_(source) {}

  void part(std::string_view entity, int depth) {
    if (left_ == 0) return;
    --left_;
    const auto block = HeaderBlock::parse(entity);
    const ContentType type = content_type_of(block);
    if (depth == 0) note_report(type);
    const bool whole = type.type.starts_with("message/") && type.type.find("delivery-status") == kNone;
    if (type.is_multipart()) {
      parts_of(block, type, depth);
    } else if (whole || type.type == "text/rfc822-headers" || type.type == "text/rfc822-header") {
      if (!original_seen_ && type.type == "message/rfc822") {
        source_.returned = decoded(block.body().substr(0, kLookedAt), transfer_encoding_of(block));
      }
      original_seen_ = true;
      if (type.type == "message/feedback-report") source_.complaint = true;
      if (type.type == "message/disposition-notification") source_.receipt = true;
    } else if (type.type.find("delivery-status") != std::string::npos) {
      if (!source_.status_groups) {
        source_.status_groups = decoded(block.body().substr(0, kLookedAt), transfer_encoding_of(block));
      }
    } else {
      text(block, type, depth);
    }
  }

  void finish() {
    // Some send an empty plain text beside the HTML.
    if (trimmed(source_.text).size() < 20 && !html_.empty()) source_.text += html_;
  }

 private:
  static constexpr auto kNone = std::string::npos;

  void note_report(const ContentType& type) {
    const std::string kind = lower(type.parameter("report-type"));
    source_.report = type.type == "multipart/report" && kind == "delivery-status";
    if (kind == "feedback-report") source_.complaint = true;
    if (kind == "disposition-notification") source_.receipt = true;
  }

  void parts_of(const HeaderBlock& block, const ContentType& type, int depth) {
    // The parts of a digest are other people's messages (RFC 2046 5.1.5).
    if (type.type == "multipart/digest" || depth == kDepth) return;
    const std::string boundary = type.parameter("boundary");
    const auto layout = is_boundary(boundary) ? split_multipart(block.body(), boundary, kParts) : Layout{};
    if (layout.parts.empty()) return add(to_text(std::string(block.body().substr(0, kText)), ""));
    // A report that stands before the first part is for readers without MIME, and sometimes all there is.
    for (const std::string_view one : layout.parts) part(one, depth + 1);
    if (depth == 0 && trimmed(source_.text).empty() && html_.empty()) {
      add(std::string(block.body().substr(0, std::min(kText, block.body().find("--" + boundary)))));
    }
  }

  void text(const HeaderBlock& block, const ContentType& type, int depth) {
    const bool html = type.type == "text/html";
    if (!html && type.type.find('/') != std::string::npos && !type.type.starts_with("text/")) return;
    // Behind the original there are only footers.
    if (depth > 0 && original_seen_) return;
    const std::string bytes = decoded(block.body().substr(0, kText * 2), transfer_encoding_of(block));
    std::string found = to_text(bytes.substr(0, kText), type.parameter("charset"));
    const bool tagged =
        html || starts_nocase(trimmed(found), "<html") || starts_nocase(trimmed(found), "<!doctype html");
    if (!tagged) return add(found);
    found = html_text(with_parted_cells(found));
    if (html_.size() < kText) html_ += found + "\n";
  }

  void add(std::string_view found) {
    if (source_.text.size() >= kText) return;
    source_.text += found;
    source_.text += '\n';
  }

  BounceSource& source_;
  std::size_t left_ = kParts;
  bool original_seen_ = false;
  std::string html_;
};

// The text of a header field for comparing; empty where there is none.
std::string field_text(const HeaderBlock& block, std::string_view name) {
  const Field* field = block.find(name);
  return field == nullptr ? std::string() : readable(field->body, 1000);
}

// Some lists put their fields also on what comes to "list-bounces@" and is passed on to who runs them.
bool to_who_runs_it(const HeaderBlock& block) {
  const auto to = addresses_in(field_text(block, "To"));
  return !to.empty() && std::all_of(to.begin(), to.end(), [](const FoundAddress& one) {
    const std::string local = lower(one.address.substr(0, one.address.rfind('@')));
    return local.ends_with("-bounces") || local.ends_with("-admin") || local.ends_with("-owner") ||
           local.starts_with("owner-");
  });
}

void read_header(const HeaderBlock& block, BounceSource& source) {
  const std::string from = field_text(block, "From");
  source.from_key = phrase_key(from);
  const auto senders = addresses_in(from);
  const auto bracket = from.find('<');
  source.from_named = bracket != std::string::npos && bracket > 2 && from.find('@') > bracket;
  if (!senders.empty()) {
    source.from_domain = lower(senders.back().address.substr(senders.back().address.rfind('@') + 1));
  } else if (const auto at = from.rfind('@'); at != std::string::npos) {
    source.from_domain = lower(from.substr(at + 1, from.find_first_of("> \t(", at) - at - 1));
  }
  const std::string subject = field_text(block, "Subject");
  source.subject_key = phrase_key(subject);
  source.in_reply = block.find("In-Reply-To") != nullptr;
  source.answer = base_subject(subject).marked;
  const std::string path = field_text(block, "Return-Path");
  source.null_path = path == "<>" || path == "< >" || starts_nocase(path, "<mailer-daemon");
  const std::string automatic = lower(field_text(block, "Auto-Submitted"));
  source.automatic = !automatic.empty() && !automatic.starts_with("no");
  for (const std::string_view name : {"List-Id", "List-Post", "List-Unsubscribe", "X-Mailman-Version"}) {
    source.from_list = source.from_list || (block.find(name) != nullptr && !to_who_runs_it(block));
  }
  if (block.find("Feedback-Type") != nullptr) source.complaint = true;
  for (const Field& field : block.fields()) {
    const bool failed = field.is("X-Failed-Recipients") || field.is("X-Failed-Recipient");
    const bool own = field.is("To") || field.is("From") || field.is("Sender") || field.is("Reply-To") ||
                     field.is("Delivered-To") || field.is("X-Original-To") || field.is("Cc") ||
                     field.is("Return-Path") || field.is("Errors-To");
    if ((!failed && !own) || source.own.size() > 200) continue;
    for (auto& one : addresses_in(std::string_view(field.unfolded()).substr(0, 4000))) {
      if (failed) {
        source.failed_header.push_back(std::move(one.address));
        continue;
      }
      source.own.push_back(address_key(one.address));
      if (field.is("To")) source.to.push_back(source.own.back());
    }
  }
}

bool is_local_character(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~.";
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || (c & 0x80) != 0 ||
         kMarks.find(c) != std::string_view::npos;
}
// Fullwidth punctuation stands next to addresses in Chinese and Japanese text: no byte beyond ASCII here.
bool is_domain_character(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' || c == '-' || c == '_';
}

// Without what running text puts before a local part.
std::size_t trim_local(std::string_view line, std::size_t begin, std::size_t at) {
  // Nobody parts an address from the word before it by a blank in Chinese: characters of three bytes end it.
  for (std::size_t i = begin; i < at; ++i) {
    if (static_cast<unsigned char>(line[i]) >= 0xE0) begin = std::min(i + 3, at);
  }
  for (const std::string_view word : {"rcpt=", "to=", "addr=", "recipient=", "smtp=", "rfc822=", "email="}) {
    if (starts_nocase(line.substr(begin, at - begin), word)) begin += word.size();
  }
  while (begin < at && std::string_view("'`=*-/.!?#|{}~&").find(line[begin]) != std::string_view::npos) {
    if (line[begin] == '*' &&
        line.substr(begin, at - begin).find_first_not_of('*') == std::string_view::npos) {
      return at;
    }
    ++begin;
  }
  return begin;
}

bool is_domain(std::string_view domain) {
  const auto dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3) return false;
  const std::string_view top = domain.substr(dot + 1);
  return top.starts_with("xn--") ||
         std::all_of(top.begin(), top.end(), [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; });
}

}  // namespace

std::string phrase_key(std::string_view text) {
  std::string out;
  for (const char c : unaccented(printable(text, 4000))) {
    const char shown = c == '\t' ? ' ' : c;
    if (shown != ' ' || (!out.empty() && out.back() != ' ')) out += shown;
  }
  // What mail systems typeset.
  for (std::size_t at = out.find("\xE2\x80\x99"); at != std::string::npos;
       at = out.find("\xE2\x80\x99", at)) {
    out.replace(at, 3, "'");
  }
  return out;
}

std::vector<FoundAddress> addresses_in(std::string_view line) {
  std::vector<FoundAddress> found;
  std::size_t done = 0;  // what is before belongs to an earlier one
  for (std::size_t at = 0; at < line.size() && found.size() < 50; ++at) {
    const bool spelled = line[at] == '(' && (line.substr(at, 3) == "(a)" || line.substr(at, 4) == "(at)");
    if (line[at] != '@' && !spelled) continue;
    const std::size_t width = line[at] == '@' ? 1 : line[at + 2] == ')' ? 3 : 4;
    std::size_t begin = at;
    if (at > done && line[at - 1] == '"') {
      const std::size_t from = std::max(done, at - std::min<std::size_t>(at, 67));
      const auto open = line.substr(from, at - 1 - from).rfind('"');
      if (open != std::string_view::npos) begin = from + open;
    }
    if (begin == at) {
      while (begin > done && at - begin < 200 && is_local_character(line[begin - 1])) --begin;
      begin = trim_local(line, begin, at);
    }
    std::size_t end = at + width;
    while (end < line.size() && end - at < 256 && is_domain_character(line[end])) ++end;
    while (end > at + width && (line[end - 1] == '.' || line[end - 1] == '-' || line[end - 1] == '_')) --end;
    const std::string_view domain = line.substr(at + width, end - at - width);
    if (begin == at || !is_domain(domain)) continue;
    std::string text = std::string(line.substr(begin, at - begin)) + "@" + std::string(domain);
    const auto read = parse_address(text);
    found.push_back({read ? read->mailbox : std::move(text), begin, end});
    done = end;
    at = end - 1;
  }
  return found;
}

std::string address_key(std::string_view address) {
  const auto read = parse_address(address);
  return read ? read->key : lower(address);
}

BounceSource read_bounce_source(std::string_view message) {
  const std::string lines = with_line_ends(message.substr(0, kLookedAt));
  BounceSource source;
  read_header(HeaderBlock::parse(lines), source);
  Walk walk(source);
  walk.part(lines, 0);
  walk.finish();
  return source;
}

}  // namespace breakwater::mail
