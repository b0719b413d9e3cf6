#include "mail/header_block.h"

#include <algorithm>
#include <cstring>

#include "mail/ascii.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// Behind the CRLF that ends the line beginning at `from`; the end of `text` when none does.
std::size_t line_end(std::string_view text, std::size_t from, bool& stray) {
  for (std::size_t at = from; at < text.size();) {
    const auto* found = static_cast<const char*>(std::memchr(text.data() + at, '\n', text.size() - at));
    if (found == nullptr) break;
    at = static_cast<std::size_t>(found - text.data()) + 1;
    if (at - from >= 2 && text[at - 2] == '\r') return at;
    stray = true;  // a bare LF ends no line here, but does for some readers
  }
  return text.size();
}

bool has_stray_cr(std::string_view line) {
  const auto* found = static_cast<const char*>(std::memchr(line.data(), '\r', line.size()));
  return found != nullptr && (found + 1 == line.data() + line.size() || found[1] != '\n');
}

// Where the colon is, if the line is a field; else kNone. RFC 5322 2.2: a name is printable ASCII without the
// colon; 4.5 allows blanks before it. Bytes beyond ASCII pass, so that the fields below are still seen.
std::size_t colon_of(std::string_view line, std::size_t& name_length, bool& odd) {
  std::size_t at = 0;
  for (; at < line.size() && line[at] != ':' && !is_wsp(line[at]); ++at) {
    if (is_control(line[at])) return kNone;
    odd = odd || (static_cast<unsigned char>(line[at]) & 0x80) != 0;
  }
  name_length = at;
  while (at < line.size() && is_wsp(line[at])) ++at;
  return name_length > 0 && at < line.size() && line[at] == ':' ? at : kNone;
}

}  // namespace

bool Field::is(std::string_view other) const { return equals_nocase(name, other); }

std::string Field::unfolded() const {
  std::string out;
  const std::string_view text = trimmed(body);
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    // RFC 5322 2.2.3: the CRLF goes, the blank behind it stays. Stray ones must not make a second line of it.
    if (text[at] == '\r' && at + 2 < text.size() && text[at + 1] == '\n' && is_wsp(text[at + 2])) {
      ++at;
    } else {
      out += text[at] == '\r' || text[at] == '\n' ? ' ' : text[at];
    }
  }
  return out;
}

HeaderBlock HeaderBlock::parse(std::string_view message) {
  HeaderBlock block;
  std::size_t at = 0;
  std::size_t rest = kNone;  // where the nameless rest of an overfull block begins
  while (at < message.size()) {
    if (message.substr(at, 2) == "\r\n") {
      block.separated_ = true;
      break;
    }
    bool odd = false;
    std::size_t name_length = 0;
    const std::size_t end = line_end(message, at, odd);
    const std::string_view line = message.substr(at, end - at);
    const bool continuation = is_wsp(line.front()) && at > 0;  // the first line continues nothing: no field
    const std::size_t colon = continuation ? kNone : colon_of(line, name_length, odd);
    if (!continuation && colon == kNone) break;
    block.malformed_ = block.malformed_ || odd || has_stray_cr(line);
    if (rest != kNone) {
      // Only the end of the block is still looked for.
    } else if (continuation) {
      std::string_view& raw = block.fields_.back().raw;
      raw = {raw.data(), raw.size() + line.size()};
    } else if (block.fields_.size() == kMaxFields) {
      rest = at;
    } else {
      block.fields_.push_back({line, line.substr(0, name_length), line.substr(colon + 1)});
    }
    at = end;
  }
  if (rest != kNone) {
    block.overfull_ = block.malformed_ = true;
    block.fields_.push_back({message.substr(rest, at - rest), {}, message.substr(rest, at - rest)});
  }
  for (Field& field : block.fields_) {
    const char* end = field.raw.data() + field.raw.size();
    field.body = {field.body.data(), static_cast<std::size_t>(end - field.body.data())};
    if (field.body.ends_with("\r\n")) field.body.remove_suffix(2);
  }
  block.head_ = message.substr(0, at);
  block.body_ = message.substr(block.separated_ ? at + 2 : at);
  block.malformed_ = block.malformed_ || !block.separated_;
  return block;
}

const Field* HeaderBlock::find(std::string_view name) const {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.is(name); });
  return found == fields_.end() ? nullptr : &*found;
}

std::size_t HeaderBlock::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.is(name); }));
}

}  // namespace breakwater::mail
