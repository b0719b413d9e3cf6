#include <sqlite3.h>

#include <memory>

#include "sources/reading.h"
#include "sources/source.h"

namespace breakwater::sources {
namespace {

constexpr int kValueBytes = 1024 * 1024;
constexpr int kBusyMs = 5000;  // a writer holds a file that is no WAL file for as long as it commits

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

// Reading the file's own tables, and nothing else: no other file, no setting, no extension.
int authorize(void* refused, int action, const char*, const char*, const char*, const char*) {
  const bool reads = action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
                     action == SQLITE_RECURSIVE;
  if (!reads) *static_cast<bool*>(refused) = true;
  return reads ? SQLITE_OK : SQLITE_DENY;
}

std::string_view column(sqlite3_stmt* statement, int at) {
  const unsigned char* text = sqlite3_column_text(statement, at);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(sqlite3_column_bytes(statement, at))};
}

class SqliteSource : public Source {
 public:
  SqliteSource(SqliteQuery query, SourceLimits limits) : query_(std::move(query)), limits_(limits) {}

  std::string describe() const override { return "SQLite file " + query_.path; }

  Result<SourceReport> read(const Each& each, std::stop_token stop) override {
    Reading reading(describe(), limits_, each, std::move(stop));
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int result = sqlite3_open_v2(query_.path.c_str(), &opened, flags, nullptr);
    const Database database(opened);
    if (result != SQLITE_OK) return failure(reading, database.get(), "it cannot be opened");
    sqlite3_busy_timeout(database.get(), reading.wait_ms(kBusyMs));
    sqlite3_limit(database.get(), SQLITE_LIMIT_LENGTH, kValueBytes);
    bool refused = false;
    sqlite3_set_authorizer(database.get(), authorize, &refused);
    // A query may compute for hours before its first row.
    const auto goes_on = [](void* of) { return static_cast<Reading*>(of)->may_go_on() ? 0 : 1; };
    sqlite3_progress_handler(database.get(), 10'000, goes_on, &reading);
    const auto statement = prepared(reading, database.get(), refused);
    if (!statement) return statement.error();
    return rows(reading, database.get(), statement->get());
  }

 private:
  Result<Statement> prepared(const Reading& reading, sqlite3* database, const bool& refused) const {
    sqlite3_stmt* made = nullptr;
    const char* rest = nullptr;
    const int result = sqlite3_prepare_v2(database, query_.query.c_str(),
                                          static_cast<int>(query_.query.size()) + 1, &made, &rest);
    Statement statement(made);
    if (refused || (made != nullptr && sqlite3_stmt_readonly(made) == 0)) {
      return reading.failed(Fault::invalid,
                            "the query does more than read the file's tables; only SELECT can");
    }
    if (result != SQLITE_OK) return failure(reading, database, "the query is refused");
    if (made == nullptr) return reading.failed(Fault::invalid, "the query is empty");
    const std::string_view more = stripped(rest);
    if (!more.empty() && !more.starts_with("--")) {
      return reading.failed(Fault::invalid, "the query is more than one statement");
    }
    return statement;
  }

  static Result<SourceReport> rows(Reading& reading, sqlite3* database, sqlite3_stmt* statement) {
    const bool named = sqlite3_column_count(statement) > 1;
    for (std::size_t row = 1;; ++row) {
      const int step = sqlite3_step(statement);
      if (step == SQLITE_DONE) return reading.done();
      if (step != SQLITE_ROW) {
        if (const auto on = reading.may_go_on(); !on) return on.error();
        return failure(reading, database, "row " + std::to_string(row) + " cannot be read");
      }
      const auto taken = reading.take("row " + std::to_string(row), column(statement, 0),
                                      named ? column(statement, 1) : std::string_view());
      if (!taken) return taken.error();
    }
  }

  static Error failure(const Reading& reading, sqlite3* database, const std::string& what) {
    const int code = database == nullptr ? SQLITE_NOMEM : sqlite3_errcode(database);
    const std::string said = database == nullptr ? "out of memory" : sqlite3_errmsg(database);
    switch (code) {
      case SQLITE_BUSY:
        return reading.failed(Fault::busy, what + ": another program holds it locked; try later");
      case SQLITE_PERM: return reading.failed(Fault::denied, what + ": " + said);
      case SQLITE_NOTADB: return reading.failed(Fault::invalid, what + ": it is no SQLite file");
      case SQLITE_CANTOPEN:
        return reading.failed(Fault::unavailable,
                              what + ": " + said +
                                  "; does it exist, and may the server read it? (A file in WAL "
                                  "mode needs its -wal and -shm beside it readable too)");
      case SQLITE_ERROR: return reading.failed(Fault::invalid, what + ": " + said);
      default: return reading.failed(Fault::unavailable, what + ": " + said);
    }
  }

  SqliteQuery query_;
  SourceLimits limits_;
};

}  // namespace

std::unique_ptr<Source> make_source(SqliteQuery query, SourceLimits limits) {
  return std::make_unique<SqliteSource>(std::move(query), limits);
}

}  // namespace breakwater::sources
