#include "mail/attachments.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "mail/ascii.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/header_block.h"
#include "mail/multipart.h"
#include "mail/transfer_encoding.h"
#include "mail/utf8.h"

namespace breakwater::mail {
namespace {

constexpr std::size_t kMaxParts = 500;
constexpr int kMaxDepth = 10;
constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxNames = 20;  // of one part; there are two fields with a few forms each

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto high = at + 2 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_value(text[at + 2]) : std::nullopt;
    if (text[at] == '%' && high && low) {
      out += static_cast<char>(*high * 16 + *low);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

// Its end decides what opens it, so of a long one the end is kept.
std::string name_of(const std::string& text) {
  std::string_view rest = text;
  rest.remove_prefix(rest.size() - std::min(rest.size(), kMaxName));
  std::string name = folded(printable(rest, kMaxName * 3));
  name.erase(0, name.find_last_of("/\\") + 1);
  name.erase(name.find_last_not_of(" .") + 1);  // which Windows leaves off
  return name;
}

// RFC 2231 3 and 4: "filename*", "filename*0", "filename*0*": the pieces by their numbers.
struct Pieces {
  std::map<unsigned, std::pair<std::string, bool>> numbered;  // and whether it is percent-encoded
  std::string joined() const {
    std::string bytes, charset;
    for (const auto& [number, piece] : numbered) {
      std::string_view text = piece.first;
      if (piece.second && number == 0) {  // charset'language'text
        const auto first = text.find('\'');
        const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
        if (second != std::string_view::npos) {
          charset = text.substr(0, first);
          text.remove_prefix(second + 1);
        }
      }
      bytes += piece.second ? percent_decoded(text) : std::string(text);
    }
    if (charset.empty()) return bytes;
    return to_utf8(bytes, charset).value_or(bytes);
  }
};

void add_name(std::vector<std::string>& names, const std::string& text) {
  std::string name = name_of(text);
  const bool known = std::find(names.begin(), names.end(), name) != names.end();
  if (!name.empty() && !known && names.size() < kMaxNames) names.push_back(std::move(name));
}

// `base`: "filename" or "name". The field's own value is no matter.
void read_names(const Field& field, std::string_view base, std::vector<std::string>& names) {
  Pieces pieces;
  for (const auto& [key, value] : parse_content_type(field.body).parameters) {
    if (key == base) {
      add_name(names, decode_text(value));  // encoded words: RFC 2047 5 forbids them here, everybody has them
      continue;
    }
    std::string_view rest = key;
    if (!rest.starts_with(base) || rest.substr(base.size(), 1) != "*") continue;
    rest.remove_prefix(base.size() + 1);
    const bool encoded = rest.empty() || rest.ends_with('*');
    if (rest.ends_with('*')) rest.remove_suffix(1);
    unsigned number = 0;
    const char* const end = rest.data() + rest.size();
    if (!rest.empty() && std::from_chars(rest.data(), end, number).ptr != end) continue;
    pieces.numbered.emplace(number, std::pair(value, encoded));
  }
  if (!pieces.numbered.empty()) add_name(names, pieces.joined());
}

class Walk {
 public:
  void look(std::string_view entity, int depth) {
    const auto block = HeaderBlock::parse(entity);
    const ContentType type = content_type_of(block);
    if (block.overfull() || block.count("Content-Type") > 1) found_.whole = false;
    const bool message = type.type == "message/rfc822" || type.type == "message/global";
    if (type.is_multipart() || message) {
      const std::string encoding = transfer_encoding_of(block);
      const bool plain = encoding == "7bit" || encoding == "8bit" || encoding == "binary";
      if (plain && depth < kMaxDepth) {
        message ? look(block.body(), depth + 1) : look_into(block.body(), type, depth);
        return;
      }
      found_.whole = false;
    }
    if (found_.parts.size() == kMaxParts) {
      found_.whole = false;
      return;
    }
    found_.parts.push_back(facts(block, type));
  }

  MessageParts take() { return std::move(found_); }

 private:
  void look_into(std::string_view body, const ContentType& type, int depth) {
    const std::string boundary = type.parameter("boundary");
    const std::size_t room = kMaxParts - found_.parts.size();
    Layout layout;
    if (is_boundary(boundary)) layout = split_multipart(body, boundary, room + 1);
    if (type.doubtful || layout.parts.empty() || layout.parts.size() > room) found_.whole = false;
    for (const std::string_view part : layout.parts) look(part, depth + 1);
  }

  static PartFacts facts(const HeaderBlock& block, const ContentType& type) {
    PartFacts part{type.type, {}};
    for (const Field& field : block.fields()) {
      if (field.is("Content-Disposition")) read_names(field, "filename", part.names);
      if (field.is("Content-Type")) read_names(field, "name", part.names);
    }
    return part;
  }

  MessageParts found_;
};

}  // namespace

MessageParts parts_of(std::string_view message) {
  Walk walk;
  walk.look(message, 0);
  return walk.take();
}

}  // namespace breakwater::mail
