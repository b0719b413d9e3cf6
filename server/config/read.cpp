#include "config/read.h"

#include <unordered_set>

namespace breakwater::config {
namespace {

// Behind [[listener]] every further key is the listener's: a key that is known elsewhere has slipped down, or
// is in the wrong section.
std::string elsewhere(const Section& in, const std::string& key) {
  std::vector<std::string> homes;
  for (const Section& other : sections()) {
    const bool same_file = is_of_list(other.shape) == is_of_list(in.shape);
    if (same_file && &other != &in && other.find(key) != nullptr) homes.push_back(other.heading());
  }
  if (homes.empty()) return {};
  if (homes.front() == section("").heading() || homes.front() == section("list").heading())
    return "it belongs at the top, above the first section";
  return "it belongs under " + listed(homes, "or");
}

// Where it says something that the file's name does not.
std::string in_section(const Section& in) {
  const bool is_top = in.shape == Shape::top || in.shape == Shape::list_file;
  return is_top ? "" : " in " + in.heading();
}

}  // namespace

void Places::set(const std::string& key, const Node& value, bool sound) {
  if (value.kind == Node::Kind::text && value.text.empty() && sound) return;
  Set& all = at_[key];
  all.sound = sound;
  for (const Node& item : value.items) all.at.push_back(item.at);
  if (all.at.empty()) all.at.push_back(value.at);
}

bool Places::sound(const std::string& key) const {
  const auto found = at_.find(key);
  return found != at_.end() && found->second.sound;
}

Place Places::of(const std::string& key, std::size_t item) const {
  const auto found = at_.find(key);
  if (found == at_.end()) return section;
  return found->second.at[item < found->second.at.size() ? item : 0];
}

void Places::tell(const std::string& prefix, ListFile& where) const {
  for (const auto& [key, set] : at_) {
    std::vector<std::size_t>& lines = where.lines[prefix + key];
    for (const Place& at : set.at) lines.push_back(at.line);
  }
}

Places Reader::read(const Section& as, const Node& table, void* owner) {
  Places places;
  places.section = table.at;
  ValueReader values(problems_, file_, disk_);
  std::unordered_set<std::string> meant;
  for (const Entry& entry : table.entries) {
    const Field* field = as.find(entry.key);
    if (field == nullptr) {
      meant.insert(unknown(as, entry));
      continue;
    }
    Value value;
    const bool sound = values.read(*field, entry.value, value);
    if (sound) field->store(owner, value);
    places.set(field->key, entry.value, sound);
  }
  for (const Field& field : as.fields) {
    if (!field.kinds.empty() && !goes_with(as, field, places, owner)) continue;
    // One slip is one problem: a misspelt key is not missing too.
    if (field.required && !places.has(field.key) && !meant.contains(field.key)) missing(as, field, table.at);
  }
  return places;
}

// Whether a key of some kinds is one of the kind that was chosen. Not known: as if it were not.
bool Reader::goes_with(const Section& in, const Field& field, const Places& places, const void* owner) {
  if (!places.sound("kind")) return false;
  const auto kind = std::get<std::string>(in.find("kind")->show(owner));
  std::vector<std::string> shown;
  for (const std::string& each : field.kinds) {
    if (each == kind) return true;
    shown.push_back("\"" + each + "\"");
  }
  if (places.has(field.key)) {
    problem(places.of(field.key), "'" + field.key + "' has no meaning with kind = \"" + kind +
                                      "\"; it is for kind = " + listed(shown, "or"));
  }
  return false;
}

std::string Reader::unknown(const Section& in, const Entry& entry) {
  std::vector<std::string> known;
  for (const Field& field : in.fields) known.push_back(field.key);
  const std::string what = "unknown key " + in_quotes(entry.key) + in_section(in) + "; ";
  if (const std::string home = elsewhere(in, entry.key); !home.empty()) {
    problem(entry.at, what + home);
    return {};
  }
  const std::string meant = nearest(entry.key, known);
  problem(entry.at,
          what + (meant.empty() ? "known are " + listed(known, "and") : "did you mean '" + meant + "'?"));
  return meant;
}

void Reader::missing(const Section& in, const Field& field, Place at) {
  std::string first = field.doc.substr(0, field.doc.find(". "));
  if (first.ends_with('.')) first.pop_back();
  problem(at, "missing key '" + field.key + "'" + in_section(in) +
                  (field.type == Type::choice ? "; it is " + limits_text(field) : ": " + first));
}

}  // namespace breakwater::config
