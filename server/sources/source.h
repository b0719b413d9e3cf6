// Where members come from when somebody else keeps them: a file, a database, a directory, a program. Reading
// only; what is done with the rows is decided by whoever reads.
//
// A source is read on a thread that may wait (it blocks on files, sockets and processes), never on a
// session's. Each is used by one thread at a time; different ones know nothing of one another. Memory does
// not grow with the number of rows. SIGPIPE has to be ignored, as the server does: libldap writes to sockets
// that are gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "terms/result.h"

namespace breakwater::sources {

struct SourceRow {
  std::string address;  // as it stands there, without white space around it; never empty; not yet checked
  std::string name;     // UTF-8, or empty
  std::string where;    // "line 12", "row 7", an entry's DN: for what there is to say about this row
};

struct SourceLimits {
  std::size_t rows = 2'000'000;
  std::chrono::milliseconds time = std::chrono::minutes(5);  // for the whole reading
};

// What a reading that went well has to tell beside its rows.
struct SourceReport {
  std::size_t rows = 0;
  std::size_t without_address = 0;   // rows that were left out because they have none
  std::string first_without;         // where the first of them stands
  std::vector<std::string> remarks;  // referrals that were not followed; at most 10
};

class Source {
 public:
  // An error stops the reading; it is returned with the source and the row's place in front.
  using Each = std::function<Result<void>(const SourceRow&)>;

  virtual ~Source() = default;

  // Gives each row in the order of the source. Rows count only if it succeeds: a file may turn out broken, a
  // program may fail, after most of them were given. No row at all is an error too (Fault::not_found): an
  // empty answer is a broken source far more often than an empty organisation. Errors name the source and
  // what to do: unavailable (cannot be reached, too slow, broken off, stopped), denied, invalid (its content,
  // the query), full (over a limit).
  virtual Result<SourceReport> read(const Each& each, std::stop_token stop) = 0;

  // "CSV file /srv/staff.csv", for a log line or an error; without passwords.
  virtual std::string describe() const = 0;
};

// RFC 4180, and what people's programs make of it (csv.h). With a header row, columns are found by their
// names; without, the address stands in the first and the name in the second. A broken line fails the whole
// file, and so does a line with fewer columns than the first: it was cut off.
struct CsvFile {
  std::string path;
  std::string address_column;  // of the header row; empty: "address", "email", "e-mail" or "mail"
  std::string name_column;     // empty: "name", "display name" or "full name", if there is one
};

// A query on another SQLite file, opened read-only: it takes no lock that a writer waits for longer than its
// own commit. First column: the address; second, if any: the name. Only a SELECT on the file itself.
struct SqliteQuery {
  std::string path;
  std::string query;
};

// The same on PostgreSQL, in a READ ONLY transaction, a row at a time.
struct PostgresQuery {
  std::string
      connection;  // a conninfo string or URI (libpq 34.1.1); libpq's ~/.pgpass and PG* variables count
  std::string query;
  std::string password = {};  // besides the connection's own; empty: that, or libpq's
};

// A search (RFC 4511 4.5) in pages (RFC 2696). Entries without the attribute are left out.
struct LdapSearch {
  enum class Scope { subtree, one_level, base };
  enum class Referrals { fail, skip };  // they are never followed

  std::string url;  // ldaps://host, ldap://host, ldapi://%2Frun%2Fldapi
  bool start_tls = false;
  std::string ca_file;                 // empty: the system's authorities
  std::string bind_dn, bind_password;  // both empty: anonymous
  std::string base;
  std::string filter = "(mail=*)";
  Scope scope = Scope::subtree;
  std::string address_attribute = "mail";
  std::string name_attribute = "displayName";
  bool every_address = false;  // all values of address_attribute, not only the first
  Referrals referrals = Referrals::fail;
  int page_size = 500;  // entries
};

// A program that prints what a CSV file would hold. No shell; it gets no input and a small environment; its
// stderr stands in the error when its exit status is not 0.
struct Program {
  std::vector<std::string> command;              // an absolute path and its arguments
  std::uint64_t max_output = 256 * 1024 * 1024;  // bytes
};

std::unique_ptr<Source> make_source(CsvFile file, SourceLimits limits);
std::unique_ptr<Source> make_source(SqliteQuery query, SourceLimits limits);
std::unique_ptr<Source> make_source(PostgresQuery query, SourceLimits limits);
std::unique_ptr<Source> make_source(LdapSearch search, SourceLimits limits);
std::unique_ptr<Source> make_source(Program program, SourceLimits limits);

}  // namespace breakwater::sources
