#include "store/connection.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "store/storm_cache.h"
#include "terms/invariant.h"

namespace breakwater::store {
namespace {

constexpr int kBusyWaitMs = 5000;

Fault fault_of(int code, int system_errno) {
  const bool no_space = system_errno == ENOSPC || system_errno == EDQUOT;
  switch (code & 0xFF) {
    case SQLITE_FULL: return Fault::full;
    case SQLITE_IOERR:
      // The WAL index could not grow, which a full disk does first; nothing is written yet. A failed fsync is
      // never "full", whatever errno says: what it should have made durable is in doubt.
      if (code == SQLITE_IOERR_SHMSIZE) return Fault::full;
      return no_space && code != SQLITE_IOERR_FSYNC && code != SQLITE_IOERR_DIR_FSYNC ? Fault::full
                                                                                      : Fault::storage;
    case SQLITE_CANTOPEN: return no_space ? Fault::full : Fault::storage;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Fault::storage;
    case SQLITE_NOMEM: return Fault::unavailable;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Fault::busy;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return Fault::denied;
    case SQLITE_CONSTRAINT:
      return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                     code == SQLITE_CONSTRAINT_ROWID
                 ? Fault::exists
                 : Fault::invalid;
    default: return Fault::invalid;
  }
}

// SQLite would make the file with the umask's modes; addresses and mail are nobody else's business. -wal and
// -shm take over the mode of the database. An existing file is never opened here: closing it would drop the
// POSIX locks that another connection of this process holds on it.
Result<void> make_private_file(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return {};
  }
  if (errno != EEXIST) {
    return error(errno == ENOSPC ? Fault::full : Fault::storage,
                 "cannot make " + file + ": " + std::strerror(errno));
  }
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & 077) != 0 && ::chmod(file.c_str(), 0600) != 0) {
    return error(Fault::denied, "cannot set mode 0600 on " + file + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace

Statement::Statement(Connection& connection, sqlite3_stmt* statement, bool* on_loan)
    : connection_(&connection), statement_(statement), on_loan_(on_loan) {
  if (on_loan_ != nullptr) *on_loan_ = true;
}

Statement::Statement(Connection& connection, Error failed)
    : connection_(&connection), statement_(nullptr), failed_(std::move(failed)) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      on_loan_(other.on_loan_),
      failed_(std::move(other.failed_)) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  if (on_loan_ == nullptr) {
    sqlite3_finalize(statement_);
    return;
  }
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  *on_loan_ = false;
}

void Statement::check_bound(int code) {
  if (code == SQLITE_OK) return;
  BREAKWATER_ASSERT(code != SQLITE_RANGE &&
                    code != SQLITE_MISUSE);  // the SQL is literal: so is its count of values
  if (failed_.what.empty()) failed_ = connection_->last_error("binding a value");
}

void Statement::bind(int at, std::int64_t value) {
  if (statement_ != nullptr) check_bound(sqlite3_bind_int64(statement_, at, value));
}

void Statement::bind(int at, std::string_view text) {
  if (statement_ == nullptr) return;
  const char* data = text.data() != nullptr ? text.data() : "";  // a null pointer would bind NULL
  check_bound(sqlite3_bind_text64(statement_, at, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_blob(int at, std::string_view bytes) {
  if (statement_ == nullptr) return;
  const char* data = bytes.data() != nullptr ? bytes.data() : "";
  check_bound(sqlite3_bind_blob64(statement_, at, data, bytes.size(), SQLITE_TRANSIENT));
}

void Statement::bind_null(int at) {
  if (statement_ != nullptr) check_bound(sqlite3_bind_null(statement_, at));
}

Result<bool> Statement::step() {
  if (statement_ == nullptr || !failed_.what.empty()) return failed_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error failed = connection_->last_error(sqlite3_sql(statement_));
  sqlite3_reset(statement_);
  return failed;
}

Result<void> Statement::run() {
  for (;;) {
    auto row = step();
    if (!row) return row.error();
    if (!*row) break;
  }
  sqlite3_reset(statement_);
  return {};
}

void Statement::reset() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

std::int64_t Statement::int64(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::blob(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Result<std::unique_ptr<Connection>> Connection::open(const std::string& file, Access access) {
  // SQLite counts its memory under one lock of the process, which every row of every thread would take.
  static const int without_counting = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)without_counting;  // SQLITE_MISUSE where somebody has begun already: then it counts, no more
  const bool writes = access != Access::read_only, keeps = access != Access::scratch;
  if (writes) {
    if (auto made = make_private_file(file); !made) return made.error();
  }
  sqlite3* handle = nullptr;
  // NOMUTEX: one thread at a time is our rule, SQLite need not lock for it again.
  const int flags = (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  if (handle == nullptr) return error(Fault::unavailable, "cannot open " + file + ": out of memory");
  std::unique_ptr<Connection> connection(new Connection(handle, access));
  if (code != SQLITE_OK) return connection->last_error("opening " + file);
  sqlite3_busy_timeout(handle, kBusyWaitMs);
  if (keeps)  // SQL cannot corrupt the file on purpose, nor go without a journal
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // The page caches (KiB) are small: whoever reads all members of a large list fills them, pages of mail are
  // not wanted again, and a page that has left the processor's caches costs as much as one read anew.
  const char* settings =
      !keeps   ? "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                 "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192"
      : writes ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                 "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
                 "PRAGMA cache_size=-8192; PRAGMA journal_size_limit=67108864"
               : "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
                 "PRAGMA cache_size=-2048";
  if (auto set = connection->execute(settings); !set) {
    return error(set.error().fault, file + ": " + set.error().what);
  }
  return connection;
}

Connection::Connection(sqlite3* handle, Access access) : handle_(handle), access_(access) {}

Connection::~Connection() {
  for (const auto& [text, prepared] : prepared_) sqlite3_finalize(prepared.statement);
  sqlite3_close_v2(handle_);
}

Statement Connection::prepare(std::string_view literal_sql) {
  Prepared& known = prepared_[literal_sql.data()];
  // The text is compared all the same: one that is no literal would be another at the same place.
  if (known.statement != nullptr && !known.on_loan && literal_sql == sqlite3_sql(known.statement))
    return Statement(*this, known.statement, &known.on_loan);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, literal_sql.data(), static_cast<int>(literal_sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Statement(*this, last_error(literal_sql));
  BREAKWATER_ASSERT(statement != nullptr);
  if (known.statement != nullptr) return Statement(*this, statement, nullptr);
  known.statement = statement;
  return Statement(*this, statement, &known.on_loan);
}

Result<void> Connection::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return last_error(sql);
  return {};
}

std::int64_t Connection::changes() const { return sqlite3_changes64(handle_); }

std::int64_t Connection::last_insert_rowid() const { return sqlite3_last_insert_rowid(handle_); }

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

bool Connection::read_only() const { return sqlite3_db_readonly(handle_, "main") == 1; }

Error Connection::last_error(std::string_view doing) const {
  constexpr std::size_t kShown = 120;  // a migration is long, its first line says enough
  const int code = sqlite3_extended_errcode(handle_);
  std::string what = "database: ";
  what += sqlite3_errmsg(handle_);
  if (const int system = sqlite3_system_errno(handle_); system != 0 && (code & 0xFF) != SQLITE_CONSTRAINT) {
    if ((code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CANTOPEN) {
      what += std::string(" (") + std::strerror(system) + ")";
    }
  }
  what += ", while: ";
  what += doing.substr(0, kShown);
  const bool damaged = (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB;
  if (damaged && access_ == Access::scratch) return error(Fault::invalid, std::move(what));
  return error(fault_of(code, sqlite3_system_errno(handle_)), std::move(what));
}

}  // namespace breakwater::store
