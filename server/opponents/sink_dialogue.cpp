#include "opponents/sink_dialogue.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace breakwater::opponents {
namespace {

constexpr std::size_t kMaxLine = 4096;  // above RFC 5321 4.5.3.1.4, for long SMTPUTF8 paths with parameters

// Four letters, case folded, as one number: a command is told by one comparison.
constexpr std::uint32_t verb_of(const char* text) {
  std::uint32_t value = 0;
  for (int at = 0; at < 4; ++at) value = (value << 8) | (static_cast<unsigned char>(text[at]) | 0x20U);
  return value;
}

bool same_folded(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t at = 0; at < lower.size(); ++at) {
    const char c = text[at];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[at]) return false;
  }
  return true;
}

// "<path> parameters" behind "MAIL FROM:" or "RCPT TO:"; false where there is no path.
bool split_path(std::string_view text, std::string_view& path, std::string_view& parameters) {
  if (text.empty() || text.front() != '<') return false;
  bool quoted = false;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (quoted && text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      quoted = !quoted;
    else if (!quoted && text[at] == '>') {
      path = text.substr(1, at - 1);
      parameters = text.substr(at + 1);
      if (!parameters.empty() && parameters.front() != ' ') return false;
      if (!parameters.empty()) parameters.remove_prefix(1);
      return true;
    }
  }
  return false;
}

bool every(std::uint64_t n, std::uint64_t count) { return n != 0 && count % n == 0; }

}  // namespace

SinkDialogue::Next SinkDialogue::greet(std::string& out) {
  if (rules_.hang_at == HangAt::connect) return Next::hang;
  out.append("220 ").append(rules_.hostname).append(rules_.lmtp ? " LMTP sink\r\n" : " ESMTP sink\r\n");
  return Next::read;
}

SinkDialogue::Next SinkDialogue::feed(std::string_view in, std::size_t& used, std::string& out) {
  used = 0;
  while (used < in.size()) {
    const std::string_view rest = in.substr(used);
    if (mode_ != Mode::command) {
      bool ended = false;
      const std::size_t taken = mode_ == Mode::data ? content(rest, ended) : chunk(rest, out, ended);
      used += taken;
      if (ended) {
        const Next next = end_of_data(out);
        if (next != Next::read) return next;
      } else if (taken == 0) {
        return Next::read;
      }
      continue;
    }
    const void* end = std::memchr(rest.data(), '\n', rest.size());
    if (end == nullptr) {
      if (rest.size() <= kMaxLine) return Next::read;
      out.append("500 5.5.2 line too long\r\n");
      return Next::close;
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - rest.data());
    used += length + 1;
    if (length == 0 || rest[length - 1] != '\r') {
      out.append("500 5.5.2 a line ends with CRLF\r\n");
      return Next::close;
    }
    const Next next = command(rest.substr(0, length - 1), out);
    if (next != Next::read) return next;
  }
  return Next::read;
}

SinkDialogue::Next SinkDialogue::command(std::string_view line, std::string& out) {
  if (line.size() < 4) {
    out.append("500 5.5.2 unknown command\r\n");
    return Next::read;
  }
  switch (verb_of(line.data())) {
    case verb_of("rcpt"): return rcpt(line, out);
    case verb_of("mail"): return mail(line, out);
    case verb_of("data"): return data(out);
    case verb_of("bdat"): return bdat(line, out);
    case verb_of("ehlo"): return hello(line, true, out);
    case verb_of("lhlo"): return hello(line, true, out);
    case verb_of("helo"): return hello(line, false, out);
    case verb_of("rset"):
      reset();
      out.append("250 2.0.0 flushed\r\n");
      return Next::read;
    case verb_of("noop"): out.append("250 2.0.0 well\r\n"); return Next::read;
    case verb_of("quit"):
      if (rules_.hang_at == HangAt::quit) return Next::hang;
      out.append("221 2.0.0 bye\r\n");
      return Next::close;
    default: out.append("500 5.5.2 unknown command\r\n"); return Next::read;
  }
}

SinkDialogue::Next SinkDialogue::hello(std::string_view line, bool extended, std::string& out) {
  if (rules_.hang_at == HangAt::ehlo) return Next::hang;
  reset();
  helo_ = line.size() > 5 ? line.substr(5) : std::string_view();
  out.append(extended ? "250-" : "250 ").append(rules_.hostname).append("\r\n");
  if (!extended) return Next::read;
  out.append("250-PIPELINING\r\n250-SIZE 104857600\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n");
  if (rules_.chunking) out.append("250-CHUNKING\r\n");
  out.append("250 ENHANCEDSTATUSCODES\r\n");
  return Next::read;
}

SinkDialogue::Next SinkDialogue::mail(std::string_view line, std::string& out) {
  if (rules_.hang_at == HangAt::mail) return Next::hang;
  std::string_view path, parameters;
  if (in_mail_) {
    out.append("503 5.5.1 nested MAIL\r\n");
  } else if (!same_folded(line, "mail from:") || !split_path(line.substr(10), path, parameters)) {
    out.append("501 5.5.4 MAIL FROM:<path>\r\n");
  } else {
    reset();
    in_mail_ = true;
    sender_ = path;
    if (tally_.wants_message()) mail_ = parameters;
    out.append("250 2.1.0 ok\r\n");
  }
  return Next::read;
}

SinkDialogue::Next SinkDialogue::rcpt(std::string_view line, std::string& out) {
  if (rules_.hang_at == HangAt::rcpt) return Next::hang;
  std::string_view path, parameters;
  if (!in_mail_) {
    out.append("503 5.5.1 MAIL first\r\n");
  } else if (!same_folded(line, "rcpt to:") || !split_path(line.substr(8), path, parameters) ||
             path.empty()) {
    out.append("501 5.5.4 RCPT TO:<path>\r\n");
  } else if (const char* no = refusal(path)) {
    tally_.refused(no[0] == '5');
    out.append(no);
  } else {
    recipients_.append(path).push_back('\n');
    ++count_;
    if (tally_.wants_message()) parameters_.emplace_back(parameters);
    out.append("250 2.1.5 ok\r\n");
  }
  return Next::read;
}

const char* SinkDialogue::refusal(std::string_view recipient) {
  const std::uint64_t seen = ++tally_.rcpt_seen;
  const auto matches = [&](const std::string& text) {
    return !text.empty() && recipient.find(text) != std::string_view::npos;
  };
  if (every(rules_.permfail_every, seen) || matches(rules_.permfail_match))
    return "550 5.1.1 no such user\r\n";
  if (every(rules_.tempfail_every, seen) || matches(rules_.tempfail_match)) return "450 4.2.1 try later\r\n";
  if (rules_.max_rcpt != 0 && count_ >= rules_.max_rcpt) return "452 4.5.3 too many recipients\r\n";
  return nullptr;
}

SinkDialogue::Next SinkDialogue::data(std::string& out) {
  if (rules_.hang_at == HangAt::data) return Next::hang;
  if (count_ == 0) {
    out.append(in_mail_ ? "554 5.5.1 no valid recipients\r\n" : "503 5.5.1 MAIL first\r\n");
    return Next::read;
  }
  mode_ = Mode::data;
  line_start_ = true;
  how_ = "DATA";
  out.append("354 go on\r\n");
  return Next::read;
}

SinkDialogue::Next SinkDialogue::bdat(std::string_view line, std::string& out) {
  const char* const end = line.data() + line.size();
  std::uint64_t size = 0;
  const auto [behind, status] = std::from_chars(line.data() + (line.size() > 5 ? 5 : 4), end, size);
  const std::string_view rest(behind, static_cast<std::size_t>(end - behind));
  // The octets follow in any case; where their number is not known, nothing more can be understood.
  if (!rules_.chunking || status != std::errc{} || (!rest.empty() && !same_folded(rest, " last"))) {
    out.append("501 5.5.4 BDAT size [LAST]\r\n");
    return Next::close;
  }
  mode_ = Mode::chunk;
  chunk_left_ = size;
  last_chunk_ = !rest.empty();
  how_ = "BDAT";
  if (size != 0) return Next::read;
  bool ended = false;
  chunk({}, out, ended);
  return ended ? end_of_data(out) : Next::read;
}

// How much of `in` is content (or its end). The last four bytes wait for what follows: the end may begin
// there.
std::size_t SinkDialogue::content(std::string_view in, bool& ended) {
  if (line_start_ && in.size() >= 3 && in.starts_with(".\r\n")) {
    ended = true;
    return 3;
  }
  if (const void* found = memmem(in.data(), in.size(), "\r\n.\r\n", 5)) {
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - in.data());
    keep(in.substr(0, at + 2));
    ended = true;
    return at + 5;
  }
  if (in.size() <= 4) return 0;
  keep(in.substr(0, in.size() - 4));
  line_start_ = false;
  return in.size() - 4;
}

std::size_t SinkDialogue::chunk(std::string_view in, std::string& out, bool& ended) {
  const std::size_t taken = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, in.size()));
  keep(in.substr(0, taken));
  chunk_left_ -= taken;
  if (chunk_left_ != 0) return taken;
  mode_ = Mode::command;
  if (last_chunk_)
    ended = true;
  else
    out.append("250 2.0.0 chunk taken\r\n");
  return taken;
}

void SinkDialogue::keep(std::string_view content) {
  bytes_ += content.size();
  if (tally_.wants_message()) message_.append(content);
}

SinkDialogue::Next SinkDialogue::end_of_data(std::string& out) {
  mode_ = Mode::command;
  if (rules_.hang_at == HangAt::dot) return Next::hang;
  if (every(rules_.drop_every, ++tally_.transactions_seen)) {
    tally_.dropped();
    return Next::drop;
  }
  if (how_[0] == 'B' && rules_.refuse_chunks != 0) {
    out.append(std::to_string(rules_.refuse_chunks)).append(" 5.5.1 BDAT is not for you\r\n");
    reset();
    return Next::read;
  }
  if (rules_.busy_messages != 0 && messages_++ == rules_.busy_messages) {
    out.append("421 4.3.2 busy, come back later\r\n");
    tally_.refused(false);
    return Next::close;
  }
  if (rules_.latency_ms != 0) return Next::wait;
  return answer(out);
}

namespace {

// RFC 5321 4.5.2: a dot at the begin of a line was put there by the sender.
void unstuff(std::string& message) {
  std::size_t to = 0;
  bool line_start = true;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (line_start && message[at] == '.') {
      line_start = false;
      continue;
    }
    line_start = message[at] == '\n' && at > 0 && message[at - 1] == '\r';
    message[to++] = message[at];
  }
  message.resize(to);
}

}  // namespace

SinkDialogue::Next SinkDialogue::answer(std::string& out) {
  if (count_ == 0) {  // BDAT without recipients
    out.append(rules_.lmtp ? "503 5.5.1 no valid recipients\r\n" : "554 5.5.1 no valid recipients\r\n");
    reset();
    return Next::read;
  }
  std::string accepted;  // LMTP only: each recipient has an answer of its own
  std::uint64_t good = 0;
  std::string_view left = recipients_;
  const std::uint64_t answers = rules_.lmtp ? count_ : 1;
  for (std::uint64_t at = 0; at < answers; ++at) {
    const auto end = left.find('\n');
    if (every(rules_.data_tempfail_every, ++tally_.answers_seen)) {
      tally_.refused(false);
      out.append("451 4.3.0 try later\r\n");
    } else {
      ++good;
      if (rules_.lmtp) accepted.append(left.substr(0, end + 1));
      out.append("250 2.0.0 taken\r\n");
    }
    left.remove_prefix(end + 1);
  }
  if (good != 0) {
    if (tally_.wants_message() && how_[0] == 'D') unstuff(message_);
    tally_.taken({helo_, mail_, sender_, rules_.lmtp ? accepted : recipients_, how_, std::move(parameters_),
                  message_, rules_.lmtp ? good : count_, bytes_});
  }
  reset();
  return rules_.messages != 0 && ++messages_ >= rules_.messages ? Next::close : Next::read;
}

void SinkDialogue::reset() {
  in_mail_ = false;
  bytes_ = count_ = 0;
  recipients_.clear();
  message_.clear();
  parameters_.clear();
}

}  // namespace breakwater::opponents
