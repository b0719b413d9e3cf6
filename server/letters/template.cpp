#include "letters/template.h"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <optional>
#include <utility>

#include "letters/language.h"
#include "letters/text.h"
#include "mail/ascii.h"
#include "mail/utf8.h"
#include "terms/invariant.h"

namespace breakwater::letters {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t kLineInSubject = 60, kLine = 200, kPassage = 1000, kWhole = 1000;
constexpr std::string_view kSubject = "Subject:";

// Which lines a tag leaves behind is decided in without_tag_lines(): mustache.hpp would leave an empty one
// for a section that is not there. It sees no line end, but this, which is in no template and in no value.
constexpr char kLineEnd = '\v';

std::string copy(std::string text) { return text; }

class Compiled {
 public:
  explicit Compiled(const std::string& text) : mustache_(text) {
    BREAKWATER_ASSERT(mustache_.is_valid());
    mustache_.set_custom_escape(copy);  // plain text: '&' stays '&'
  }
  std::string render(const mustache::data& data) const {
    std::string out;
    mustache_.render(data, [&](const std::string& piece) { out += piece; });
    std::replace(out.begin(), out.end(), kLineEnd, '\n');
    return out;
  }

 private:
  // render() is not const, but writes only for partials and lambdas, which there are none of.
  mutable mustache::mustache mustache_;
};

mustache::data shown(const Variable& variable, const Value& value, Place place, std::string_view language);

void fill(mustache::data& out, const std::vector<Variable>& variables, const Values& values, Place place,
          std::string_view language) {
  for (const Variable& each : variables) {
    const auto found = values.all.find(each.name);
    // What is not set is said to be, or a name would be looked up in what stands around a row.
    const Value& value = found == values.all.end() ? Value(false) : found->second;
    out.set(each.name, shown(each, value, place, language));
    const auto* number = std::get_if<std::int64_t>(&value);
    const auto* rows = std::get_if<Rows>(&value);
    if (each.kind == Kind::number) out.set(each.name + "_one", number != nullptr && *number == 1);
    if (each.kind == Kind::rows) out.set(each.name + "_any", rows != nullptr && !rows->empty());
  }
}

mustache::data text_of(std::string text) {
  return text.empty() ? mustache::data(false) : mustache::data(text);
}

std::size_t most_of(Kind kind, Place place) {
  if (kind == Kind::address || kind == Kind::link) return kWhole;
  if (place == Place::subject) return kLineInSubject;
  return kind == Kind::passage ? kPassage : kLine;
}

mustache::data shown(const Variable& variable, const Value& value, Place place, std::string_view language) {
  if (const auto* text = std::get_if<std::string>(&value))
    return text_of(one_line(*text, most_of(variable.kind, place)));
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return text_of(*number == 0 ? "" : number_text(*number, language));
  if (const auto* at = std::get_if<Instant>(&value))
    return text_of(*at == Instant{} ? "" : time_text(*at, language));
  if (const auto* rows = std::get_if<Rows>(&value)) {
    mustache::data list(mustache::data::type::list);
    for (const Values& each : *rows) {
      mustache::data row;
      fill(row, variable.columns, each, place, language);
      list << row;
    }
    return list;
  }
  return mustache::data(std::get<bool>(value));
}

struct Parts {
  std::string_view subject, body;
  std::size_t body_at = 0;
};

std::optional<Complaint> split(std::string_view text, Parts& parts) {
  if (!text.starts_with(kSubject))
    return Complaint{1, 1, "a template begins with 'Subject: ', an empty line, then the text of the letter"};
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view here = text.substr(at, end - at);
    if (mail::trimmed(here).empty()) {
      parts.subject = text.substr(kSubject.size(), at - kSubject.size());
      parts.body_at = std::min(end + 1, text.size());
      parts.body = text.substr(parts.body_at);
      return std::nullopt;
    }
    if (at > 0 && !mail::is_wsp(here.front()))
      return Complaint{line, 1, "an empty line is to stand between the subject and the text"};
    at = end + 1;
    ++line;
  }
  return Complaint{1, 1, "the letter has no text: leave a line empty below the subject, and write it there"};
}

Complaint placed(Flaw flaw, std::string_view text) {
  Complaint out = std::move(flaw.complaint);
  if (flaw.at >= text.size()) return out;
  const std::string_view before = text.substr(0, flaw.at);
  const std::size_t line = before.rfind('\n') + 1;  // npos + 1 is 0
  out.line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  out.column = 1;
  for (std::size_t at = line; at < flaw.at; ++out.column) mail::next_character(text, at);
  return out;
}

// A template with '\n' line ends and without a byte order mark.
std::string unified(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at, 2) != "\r\n") out += text[at];
  }
  return out;
}

std::optional<Complaint> unreadable(std::string_view text) {
  if (text.size() > kMaxTemplate) return Complaint{0, 0, "larger than 64 KiB"};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    const int character = mail::next_character(text, at);
    if (character < 0) return placed({here, {.what = "this is no UTF-8: save the file in that form"}}, text);
    if (character != '\n' && character != '\t' && mail::is_control_character(character))
      return placed({here, {.what = "a control character"}}, text);
  }
  return std::nullopt;
}

// A part's text for mustache; nothing where there are flaws, whose places are of the part.
std::string read_part(std::string_view text, Place place, const Letter& letter, std::vector<Flaw>& flaws) {
  Tags tags = read_tags(text);
  if (tags.trouble) {
    flaws.push_back(std::move(*tags.trouble));
    return {};
  }
  for (Flaw& each : check_tags(tags.all, place, letter)) flaws.push_back(std::move(each));
  std::string out = without_tag_lines(text, tags.all);
  std::replace(out.begin(), out.end(), '\n', place == Place::subject ? ' ' : kLineEnd);
  return out;
}

std::string single_spaced(std::string_view text) {
  std::string out;
  for (const char c : mail::trimmed(text)) {
    const char shown = c == '\t' ? ' ' : c;
    if (shown != ' ' || !out.ends_with(' ')) out += shown;
  }
  return out;
}

}  // namespace

struct Template::Parsed {
  const Letter& letter;
  Compiled subject, body;
};

Template::Template(std::unique_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
Template::~Template() = default;

std::shared_ptr<const Template> Template::parse(const Letter& letter, std::string_view bytes,
                                                std::vector<Complaint>& complaints) {
  const std::string text = unified(bytes);
  Parts parts;
  auto trouble = unreadable(text);
  if (!trouble) trouble = split(text, parts);
  if (trouble) {
    complaints.push_back(std::move(*trouble));
    return nullptr;
  }
  std::vector<Flaw> flaws, of_body;
  const std::string subject = read_part(parts.subject, Place::subject, letter, flaws);
  for (Flaw& each : flaws) each.at += kSubject.size();
  if (flaws.empty() && mail::trimmed(subject).empty()) flaws.push_back({0, {.what = "the subject is empty"}});
  const std::string body = read_part(parts.body, Place::body, letter, of_body);
  for (Flaw& each : of_body) {
    if (each.at != std::string_view::npos) each.at += parts.body_at;
    flaws.push_back(std::move(each));
  }
  if (!flaws.empty()) {
    for (Flaw& each : flaws) complaints.push_back(placed(std::move(each), text));
    return nullptr;
  }
  return std::make_shared<Template>(
      std::unique_ptr<const Parsed>(new Parsed{letter, Compiled(subject), Compiled(body)}));
}

Rendered Template::render(const Values& values, std::string_view language) const {
  mustache::data in_subject, in_body;
  fill(in_subject, parsed_->letter.variables, values, Place::subject, language);
  fill(in_body, parsed_->letter.variables, values, Place::body, language);
  const std::string subject = parsed_->subject.render(in_subject);
  return {one_line(single_spaced(subject), kWhole), filled(parsed_->body.render(in_body))};
}

}  // namespace breakwater::letters
