#include "letters/tags.h"

#include <algorithm>
#include <set>
#include <utility>

#include "mail/ascii.h"

namespace breakwater::letters {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

Flaw flaw(std::size_t at, std::string what) { return {at, {.what = std::move(what)}}; }

// What stands between the braces.
std::optional<Flaw> read_contents(std::string_view inside, Tag& tag) {
  inside = mail::trimmed(inside);
  const char first = inside.empty() ? ' ' : inside.front();
  switch (first) {
    case '!': tag.kind = Tag::Kind::comment; return std::nullopt;
    case '#': tag.kind = Tag::Kind::open; break;
    case '^': tag.kind = Tag::Kind::unless; break;
    case '/': tag.kind = Tag::Kind::close; break;
    case '&': break;
    case '>': return flaw(tag.begin, "a template cannot take in another: write the text here");
    case '=': return flaw(tag.begin, "the delimiters stay {{ and }}");
    default: break;
  }
  if (std::string_view("#^/&").find(first) != std::string_view::npos) inside.remove_prefix(1);
  tag.name = mail::trimmed(inside);
  if (is_name(tag.name)) return std::nullopt;
  return flaw(tag.begin, "a variable's name, small letters and '_', is to stand between {{ and }}");
}

// The variables that are seen at a place: of the rows around it, innermost first, then of the letter.
class Scope {
 public:
  explicit Scope(const Letter& letter) : seen_{&letter.variables} {}
  void enter(const Variable& rows) { seen_.push_back(&rows.columns); }
  void leave() { seen_.pop_back(); }
  const Variable* find(std::string_view name) const {
    for (auto each = seen_.rbegin(); each != seen_.rend(); ++each) {
      for (const Variable& variable : **each) {
        const bool one = variable.kind == Kind::number && name == variable.name + "_one";
        const bool any = variable.kind == Kind::rows && name == variable.name + "_any";
        if (one || any || variable.name == name) return &variable;
      }
    }
    return nullptr;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto* each : seen_) {
      for (const Variable& variable : *each) out.push_back(variable.name);
    }
    return out;
  }

 private:
  std::vector<const std::vector<Variable>*> seen_;
};

class Check {
 public:
  Check(Place place, const Letter& letter) : place_(place), letter_(letter), scope_(letter) {}
  void look(const Tag& tag);
  std::vector<Flaw> finish();

 private:
  void wrong(const Tag& tag, std::string what) { flaws_.push_back(flaw(tag.begin, std::move(what))); }
  void close(const Tag& tag);
  void shown(const Tag& tag, const Variable& variable);
  const Variable* find(const Tag& tag);

  struct Section {
    Tag tag;
    bool rows = false;
  };
  Place place_;
  const Letter& letter_;
  Scope scope_;
  std::vector<Section> open_;
  std::set<std::string> used_;
  std::vector<Flaw> flaws_;
};

const Variable* Check::find(const Tag& tag) {
  const Variable* variable = scope_.find(tag.name);
  if (variable != nullptr) return variable;
  for (const Variable& each : letter_.variables) {
    const auto found = std::find_if(each.columns.begin(), each.columns.end(),
                                    [&](const Variable& column) { return column.name == tag.name; });
    if (found == each.columns.end()) continue;
    wrong(tag, quoted(tag.name) + " is known between {{#" + each.name + "}} and {{/" + each.name + "}} only");
    return nullptr;
  }
  Flaw unknown =
      flaw(tag.begin, "the letter " + quoted(letter_.name) + " has no variable " + quoted(tag.name));
  unknown.complaint.unknown = tag.name;
  unknown.complaint.known = scope_.names();
  flaws_.push_back(std::move(unknown));
  return nullptr;
}

void Check::shown(const Tag& tag, const Variable& variable) {
  const std::string as_section = "{{#" + tag.name + "}} ... {{/" + tag.name + "}}";
  if (variable.kind == Kind::flag || tag.name != variable.name) {
    wrong(tag, quoted(tag.name) + " is true or false, no text: write " + as_section);
  } else if (variable.kind == Kind::rows) {
    wrong(tag, quoted(tag.name) + " is several: write " + as_section + " with what is to be said of each");
  }
}

void Check::close(const Tag& tag) {
  if (open_.empty()) return wrong(tag, "{{/" + tag.name + "}} closes what is not open");
  const Section section = std::move(open_.back());
  open_.pop_back();
  if (section.rows) scope_.leave();
  if (section.tag.name != tag.name)
    wrong(tag, "{{/" + tag.name + "}} stands where {{/" + section.tag.name + "}} is to close");
}

void Check::look(const Tag& tag) {
  if (tag.kind == Tag::Kind::comment) return;
  if (tag.kind == Tag::Kind::close) return close(tag);
  const Variable* variable = find(tag);
  if (variable != nullptr) {
    const bool body_only = variable->kind == Kind::rows || variable->kind == Kind::link;
    if (body_only && place_ == Place::subject) wrong(tag, quoted(tag.name) + " is not for a subject");
    if (tag.kind == Tag::Kind::value) shown(tag, *variable);
    if (tag.kind == Tag::Kind::value || variable->kind == Kind::rows) used_.insert(tag.name);
  }
  if (tag.kind == Tag::Kind::value) return;
  const bool rows = tag.kind == Tag::Kind::open && variable != nullptr && variable->kind == Kind::rows &&
                    variable->name == tag.name;
  if (rows) scope_.enter(*variable);
  if (open_.size() == kMaxDepth) wrong(tag, "sections within sections: at most " + std::to_string(kMaxDepth));
  open_.push_back({tag, rows});
}

std::vector<Flaw> Check::finish() {
  for (const Section& section : open_)
    wrong(section.tag, "{{/" + section.tag.name + "}} is missing: this section is not closed");
  for (const Variable& variable : letter_.variables) {
    if (place_ == Place::subject || !variable.required || used_.contains(variable.name)) continue;
    Flaw missing;
    missing.complaint.what = "the letter needs {{" + std::string(variable.kind == Kind::rows ? "#" : "") +
                             variable.name + "}} in its text (" + variable.doc + ")";
    missing.at = std::string_view::npos;
    flaws_.push_back(std::move(missing));
  }
  return std::move(flaws_);
}

}  // namespace

Tags read_tags(std::string_view text) {
  Tags out;
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const bool triple = text.substr(at).starts_with("{{{");
    const std::string_view end = triple ? "}}}" : "}}";
    const std::size_t close = text.find(end, at);
    const std::string_view inside =
        text.substr(at + end.size(), close == std::string_view::npos ? 0 : close - at - end.size());
    const bool comment = mail::trimmed(inside).starts_with('!');
    if (close == std::string_view::npos || (!comment && inside.find('\n') != std::string_view::npos)) {
      out.trouble = flaw(
          at, std::string(end == "}}" ? "{{" : "{{{") + " is not closed on its line by " + std::string(end));
      return out;
    }
    Tag tag;
    tag.begin = at;
    tag.end = at = close + end.size();
    if ((out.trouble = read_contents(inside, tag))) return out;
    if (triple && tag.kind != Tag::Kind::value) {
      out.trouble = flaw(tag.begin, "three braces are for a value only");
      return out;
    }
    out.all.push_back(std::move(tag));
  }
  return out;
}

std::vector<Flaw> check_tags(const std::vector<Tag>& tags, Place place, const Letter& letter) {
  Check check(place, letter);
  for (const Tag& tag : tags) check.look(tag);
  return check.finish();
}

std::string without_tag_lines(std::string_view text, const std::vector<Tag>& tags) {
  std::string out;
  std::size_t at = 0;  // up to here `text` is in `out`
  for (const Tag& tag : tags) {
    std::size_t begin = tag.begin;
    std::size_t end = tag.end;
    while (begin > at && mail::is_wsp(text[begin - 1])) --begin;
    while (end < text.size() && mail::is_wsp(text[end])) ++end;
    const bool at_begin = begin == 0 || text[begin - 1] == '\n';
    const bool at_end = end == text.size() || text[end] == '\n';
    const bool alone = tag.kind != Tag::Kind::value && at_begin && at_end;
    out += text.substr(at, (alone ? begin : tag.begin) - at);
    if (tag.kind != Tag::Kind::comment) out += text.substr(tag.begin, tag.end - tag.begin);
    at = alone ? std::min(end + 1, text.size()) : tag.end;
  }
  out += text.substr(at);
  return out;
}

}  // namespace breakwater::letters
