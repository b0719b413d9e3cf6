// That what a list's file says of its sources fits together.
#include <utility>

#include "config/rules.h"
#include "config/source_checks.h"

namespace breakwater::config {
namespace {

using lists::SourceKind;
using lists::SourceSettings;

class SourceRules {
 public:
  SourceRules(Problems& problems, const Disk& disk, const ReadList& list, std::vector<Problem>& notes)
      : problems_(problems), disk_(disk), list_(list), notes_(notes) {}

  void check() {
    for (const ReadSource& each : list_.sources) check_source(each);
    for (const ReadSource& each : list_.exclusions) check_source(each);
    if (list_.sync_places.sound("every") && list_.sync_places.sound("daily")) {
      problem(list_.sync_places.of("daily"),
              "'daily' and 'every' are two schedules; keep the one that is meant");
    }
    if (!list_.sources.empty() || list_.sources_unsure) return;
    if (!list_.sync_places.none()) {
      problem(list_.sync_places.section,
              "[sync] without a [[source]]: there is nothing to be in step with; add one, or take this away");
    }
    for (const ReadSource& each : list_.exclusions) {
      problem(each.places.section,
              "[[exclude]] without a [[source]]: it takes away from what sources name; add one. To keep "
              "somebody off the list: breakwater member ban");
    }
  }

 private:
  void problem(Place at, std::string what) { problems_.add(list_.file, at, std::move(what)); }

  // What may be missing now and there tonight is no reason not to start, but worth a look.
  void note(Place at, std::string what) { notes_.push_back(problems_.at(list_.file, at, std::move(what))); }

  void check_source(const ReadSource& source) {
    if (!source.places.sound("kind")) return;
    const SourceSettings& value = source.value;
    if (source.places.sound("file") && disk_.why_unreadable) {
      if (const std::string why = disk_.why_unreadable(value.file); !why.empty())
        note(source.places.of("file"), "'file' cannot be read now: " + why + "; until it can, syncs fail");
    }
    if (value.kind == SourceKind::program) check_command(source);
    if (value.kind == SourceKind::ldap) check_directory(source);
  }

  void check_command(const ReadSource& source) {
    if (!source.places.sound("command")) return;
    const std::string& program = source.value.command.front();
    if (!program.starts_with('/')) {
      problem(source.places.of("command"),
              "'command': " + in_quotes(program) +
                  " is no absolute path; write where the program is, as in "
                  "\"/usr/local/bin/" +
                  program.substr(program.rfind('/') + 1) + "\"" +
                  (program.find(' ') == std::string::npos ? "" : ", and each argument as a text of its own"));
    } else if (disk_.why_not_executable) {
      if (const std::string why = disk_.why_not_executable(program); !why.empty())
        note(source.places.of("command"),
             "'command' cannot be run now: " + why + "; until it can, syncs fail");
    }
  }

  void check_directory(const ReadSource& source) {
    const Places& places = source.places;
    const SourceSettings& value = source.value;
    if (places.has("bind_dn") && !places.has("password_file"))
      problem(places.of("bind_dn"), "'bind_dn' without 'password_file': say where the password is");
    if (places.has("password_file") && !places.has("bind_dn"))
      problem(places.of("password_file"), "'password_file' without 'bind_dn': say who logs in");
    if (!places.sound("url")) return;
    if (value.start_tls && !value.url.starts_with("ldap://"))
      problem(places.of("start_tls"), "'start_tls' is for ldap://; take it away");
    if (places.has("password_file") && !value.start_tls && is_in_clear(value.url)) {
      problem(places.of("url"),
              "the password would go in the clear; write ldaps://, or set start_tls = true");
    }
  }

  Problems& problems_;
  const Disk& disk_;
  const ReadList& list_;
  std::vector<Problem>& notes_;
};

}  // namespace

void check_sources(Problems& problems, const Disk& disk, const std::vector<ReadList>& lists,
                   std::vector<Problem>& notes) {
  for (const ReadList& list : lists) SourceRules(problems, disk, list, notes).check();
}

}  // namespace breakwater::config
