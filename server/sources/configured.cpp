#include "sources/configured.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "sources/fd.h"

namespace breakwater::sources {
namespace {

using lists::SourceKind;
using lists::SourceSettings;

constexpr std::size_t kLongestPassword = 4096;

Error trouble(Fault fault, const std::string& path, const std::string& what) {
  return {fault, "password file " + path + " " + what};
}

// The first line. Looked at anew here: the check of the configuration was then, this is now.
Result<std::string> password_in(const std::string& path) {
  const auto unreadable = [&path] {
    return trouble(Fault::unavailable, path, "cannot be read: " + std::generic_category().message(errno));
  };
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return unreadable();
  struct stat facts {};
  if (fstat(fd.get(), &facts) != 0) return unreadable();
  if (!S_ISREG(facts.st_mode)) return trouble(Fault::invalid, path, "is not a file");
  if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0)
    return trouble(Fault::denied, path, "is open to everybody on this machine: chmod o= " + path);
  std::string text(kLongestPassword, '\0');
  const ssize_t got = read(fd.get(), text.data(), text.size());
  if (got < 0) return unreadable();
  text.resize(static_cast<std::size_t>(got));
  text.resize(std::min(text.find_first_of("\r\n"), text.size()));
  if (text.empty()) return trouble(Fault::invalid, path, "has no password on its first line");
  return text;
}

LdapSearch search_of(const SourceSettings& settings, std::string password) {
  LdapSearch search;
  search.url = settings.url;
  search.start_tls = settings.start_tls;
  search.ca_file = settings.ca_file;
  search.bind_dn = settings.bind_dn;
  search.bind_password = std::move(password);
  search.base = settings.base;
  search.filter = settings.filter;
  switch (settings.scope) {
    case lists::SearchScope::subtree: search.scope = LdapSearch::Scope::subtree; break;
    case lists::SearchScope::one_level: search.scope = LdapSearch::Scope::one_level; break;
    case lists::SearchScope::base: search.scope = LdapSearch::Scope::base; break;
  }
  search.address_attribute = settings.address_attribute;
  search.name_attribute = settings.name_attribute;
  search.every_address = settings.every_address;
  search.referrals = settings.referrals == lists::Referrals::skip ? LdapSearch::Referrals::skip
                                                                  : LdapSearch::Referrals::fail;
  search.page_size = static_cast<int>(settings.page_size);
  return search;
}

std::unique_ptr<Source> source_of(const SourceSettings& settings, std::string password) {
  const SourceLimits limits{settings.rows, settings.time};
  switch (settings.kind) {
    case SourceKind::csv:
      return make_source(CsvFile{settings.file, settings.address_column, settings.name_column}, limits);
    case SourceKind::sqlite: return make_source(SqliteQuery{settings.file, settings.query}, limits);
    case SourceKind::postgresql:
      return make_source(PostgresQuery{settings.connection, settings.query, std::move(password)}, limits);
    case SourceKind::ldap: return make_source(search_of(settings, std::move(password)), limits);
    case SourceKind::program: return make_source(Program{settings.command, settings.max_output}, limits);
  }
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<Source>> make_source(const SourceSettings& settings) {
  std::string password;
  if (!settings.password_file.empty()) {
    auto read = password_in(settings.password_file);
    if (!read) return read.error();
    password = std::move(*read);
  }
  return source_of(settings, std::move(password));
}

std::string name_of(const SourceSettings& settings) {
  return settings.label.empty() ? source_of(settings, {})->describe() : settings.label;
}

}  // namespace breakwater::sources
