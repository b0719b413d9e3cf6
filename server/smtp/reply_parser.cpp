#include "smtp/reply_parser.h"

#include <algorithm>

namespace breakwater::smtp {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The number of digits at the front, at most three (RFC 3463 2: subject and detail have one to three).
std::size_t digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && count < 3 && is_digit(text[count])) ++count;
  return count;
}

}  // namespace

std::string_view enhanced_code(int code, std::string_view text) {
  if (text.size() < 5 || text[0] != static_cast<char>('0' + code / 100) || text[1] != '.') return {};
  const std::size_t subject = digits(text.substr(2));
  if (subject == 0 || text.size() <= 2 + subject || text[2 + subject] != '.') return {};
  const std::size_t detail = digits(text.substr(3 + subject));
  const std::size_t length = 3 + subject + detail;
  if (detail == 0 || (text.size() > length && text[length] != ' ' && text[length] != '\n')) return {};
  return text.substr(0, length);
}

ReplyParser::Status ReplyParser::next(std::string_view& input) {
  reply_ = {};
  while (!input.empty()) {
    const std::size_t end = input.find('\n');
    if (end == std::string_view::npos) {
      if (partial_.size() + input.size() > kMaxLine) return Status::garbage;
      partial_.append(input);
      input = {};
      return Status::more;
    }
    std::string_view line = input.substr(0, end);
    input.remove_prefix(end + 1);
    if (partial_.size() + line.size() > kMaxLine) return Status::garbage;
    if (!partial_.empty()) {
      partial_.append(line);
      line = partial_;
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    const Status status = take_line(line);
    if (status == Status::reply && reply_.data() == partial_.data()) {
      held_.assign(reply_);  // the next call writes over partial_
      reply_ = held_;
    }
    partial_.clear();
    if (status != Status::more) return status;
  }
  return Status::more;
}

ReplyParser::Status ReplyParser::take_line(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2])) {
    return Status::garbage;
  }
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return Status::garbage;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  if (continued_ && code != code_) return Status::garbage;  // RFC 5321 4.2.1: the same code on each line
  code_ = code;
  const bool more = line.size() > 3 && line[3] == '-';
  if (!continued_ && !more) {
    reply_ = line;
    return Status::reply;
  }
  if (held_.size() + line.size() > kMaxReply) return Status::garbage;
  if (continued_) {
    held_.push_back('\n');
    held_.append(line.size() > 4 ? line.substr(4) : std::string_view{});
  } else {
    held_.assign(line);
    held_[3] = ' ';
  }
  continued_ = more;
  if (more) return Status::more;
  reply_ = held_;
  return Status::reply;
}

std::string_view ReplyParser::enhanced() const { return enhanced_code(code_, lines()); }

void ReplyParser::append_text(std::string& out) const {
  if (single_line()) {
    out.append(reply_);
    return;
  }
  const std::string_view status = enhanced();
  std::string_view rest = reply_;
  for (bool first = true; !rest.empty(); first = false) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!first) {
      if (!status.empty() && line.starts_with(status)) {  // servers repeat it on every line
        line.remove_prefix(std::min(status.size() + 1, line.size()));
      }
      if (line.empty()) continue;
      out.append("; ");
    }
    out.append(line);
  }
}

void ReplyParser::reset() {
  code_ = 0;
  reply_ = {};
  partial_.clear();
  held_.clear();
  continued_ = false;
}

}  // namespace breakwater::smtp
