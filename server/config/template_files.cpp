#include "config/template_files.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "config/checks.h"
#include "config/disk.h"

namespace breakwater::config {
namespace {

// The names in a folder, hidden ones left out, in order; nullopt and errno where it cannot be read.
std::optional<std::vector<std::string>> names_in(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) return std::nullopt;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(open.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

SourceFile troubled(std::string name, std::string trouble) {
  return {std::move(name), {}, std::move(trouble)};
}

std::string unreadable() { return "cannot be read: " + std::generic_category().message(errno); }

std::vector<std::string> letter_names() {
  std::vector<std::string> names;
  for (const letters::Letter& each : letters::table()) names.push_back(each.name);
  return names;
}

void read_language(const std::string& folder, std::vector<SourceFile>& files) {
  const auto names = names_in(folder);
  if (!names) return files.push_back(troubled(folder, unreadable()));
  const auto known = letter_names();
  for (const std::string& name : *names) {
    if (!name.ends_with(".txt")) continue;
    const std::string stem = name.substr(0, name.size() - 4);
    if (std::find(known.begin(), known.end(), stem) != known.end()) {
      files.push_back(read_source(folder + "/" + name));
      continue;
    }
    const std::string meant = nearest(stem, known);
    files.push_back(troubled(folder + "/" + name, "there is no letter " + in_quotes(stem) +
                                                      (meant.empty() ? "; there are " + listed(known, "and")
                                                                     : "; did you mean " + meant + ".txt?")));
  }
}

// "de" and "confirm" of ".../de/confirm.txt"
std::pair<std::string, std::string> language_and_letter(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t before = path.rfind('/', slash - 1);
  return {path.substr(before + 1, slash - before - 1),
          path.substr(slash + 1, path.size() - slash - 1 - std::string_view(".txt").size())};
}

std::string said(const letters::Complaint& complaint) {
  if (complaint.unknown.empty()) return complaint.what;
  const std::string meant = nearest(complaint.unknown, complaint.known);
  return complaint.what +
         (meant.empty() ? "; it has " + listed(complaint.known, "and") : "; did you mean '" + meant + "'?");
}

std::string no_templates(const std::string& language, const letters::Templates& templates) {
  const std::string meant = nearest(language, templates.languages());
  return "there are no templates in the language " + in_quotes(language) +
         (meant.empty() ? "; there are some in " + listed(templates.languages(), "and") +
                              ", and in those that have a folder in 'templates_dir'"
                        : "; did you mean '" + meant + "'?");
}

}  // namespace

std::vector<SourceFile> read_templates(const std::string& folder) {
  const auto names = names_in(folder);
  if (!names) return {troubled(folder, unreadable())};
  std::vector<SourceFile> files;
  for (std::string name : *names) {
    const std::string path = folder + "/" + name;
    if (name.ends_with(".txt")) {
      files.push_back(
          troubled(path, "stands in no language's folder; move it into " + folder + "/en, or de"));
    } else if (!names_in(path)) {
      if (errno != ENOTDIR) files.push_back(troubled(path, unreadable()));
    } else if (const std::string wrong = check_language(name); !wrong.empty()) {
      files.push_back(troubled(path, "the folder's name " + wrong));
    } else {
      read_language(path, files);
    }
  }
  return files;
}

std::vector<Problem> add_templates(Problems& problems, Reader& reader, ReadServer& server,
                                   const std::vector<SourceFile>& files) {
  letters::Templates& templates = server.value.templates;
  const auto shipped = templates.languages();
  for (const SourceFile& file : files) {
    if (file.name == server.value.templates_dir) {  // of the folder itself: the place to mend is the setting
      reader.problem(server.top.of("templates_dir"),
                     "'templates_dir': " + file.name + " " + file.trouble +
                         "; make that folder, or take the line out: then the server's own letters are sent");
      continue;
    }
    const Problems::File at = problems.open(file.name, file.text);
    if (!file.trouble.empty()) {
      problems.add(at, {}, file.trouble);
      continue;
    }
    const auto [language, letter] = language_and_letter(file.name);
    for (const letters::Complaint& each : templates.add(language, letter, file.text))
      problems.add(at, {each.line, each.column}, said(each));
  }
  std::vector<Problem> notes;
  for (const std::string& language : templates.languages()) {
    if (std::find(shipped.begin(), shipped.end(), language) != shipped.end()) continue;
    const auto missing = templates.missing(language);
    if (missing.empty()) continue;
    Problem& note = notes.emplace_back();
    note.file = server.value.templates_dir + "/" + language;
    note.what = "has no " + listed(missing, "and") + "; until it has, English stands in for them";
  }
  return notes;
}

void check_languages(Problems& problems, Reader& reader, const ReadServer& server,
                     std::vector<ReadList>& lists) {
  const letters::Templates& templates = server.value.templates;
  if (!templates.has(server.value.language) && server.top.sound("language"))
    reader.problem(server.top.of("language"), no_templates(server.value.language, templates));
  for (ReadList& list : lists) {
    std::string& language = list.value.language;
    if (!list.places.has("language")) {
      language = server.value.language;
    } else if (!templates.has(language) && list.places.sound("language")) {
      problems.add(list.file, list.places.of("language"), no_templates(language, templates));
    }
  }
}

}  // namespace breakwater::config
