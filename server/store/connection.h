// A small RAII layer over SQLite's C API: connection, statement, errors. No ORM, no string building: SQL is
// literal, values are bound. A connection belongs to one thread at a time and must outlive its statements.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace breakwater::store {

class Connection;
class StormCache;

// Marks bytes that are bound as a BLOB, where text would be the default.
struct Blob {
  std::string_view bytes;
};

// A prepared statement on loan from its connection's cache; reset and unbound when it goes out of scope.
//   auto find = connection.prepare("SELECT id FROM address WHERE key = ?1");
//   find.bind(1, key);
//   if (auto row = find.step(); row && *row) id = find.int64(0);
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Bytes are copied: what was bound need not live on. A value that cannot be bound makes step() fail.
  void bind(int at, std::int64_t value);
  void bind(int at, std::string_view text);
  void bind(int at, const std::string& text) { bind(at, std::string_view(text)); }
  void bind(int at, const char* text) { bind(at, std::string_view(text)); }
  void bind(int at, Instant value) { bind(at, to_ms(value)); }
  void bind(int at, Blob value) { bind_blob(at, value.bytes); }
  template <class Tag>
  void bind(int at, Id<Tag> value) {
    bind(at, value.value);
  }
  void bind_blob(int at, std::string_view bytes);
  void bind_null(int at);
  // ?1, ?2, ... in order. The statement itself is returned: db.prepare("...").bind_all(id).run().
  template <class... Values>
  Statement& bind_all(const Values&... values) {
    int at = 0;
    (bind(++at, values), ...);
    return *this;
  }

  Result<bool> step();  // true: a row is there; false: done
  Result<void> run();   // step to the end, no row wanted
  void reset();         // to run it again with new values

  std::int64_t int64(int column) const;
  std::string_view text(int column) const;  // until the next step or reset
  std::string_view blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* statement, bool* on_loan);
  Statement(Connection& connection, Error failed);
  void check_bound(int code);

  Connection* connection_;
  sqlite3_stmt* statement_;  // nullptr: prepare failed, step() says why
  bool* on_loan_ = nullptr;  // of the connection's; nullptr: this one's alone
  Error failed_;             // empty `what`: nothing failed
};

class Connection {
 public:
  enum class Access { read_write, read_only, scratch };
  // read_write makes a missing file (0600), in WAL mode, synchronous=FULL. Foreign keys are held. scratch: a
  // file that is begun anew after a crash; no journal, so nothing in it can be rolled back, and no syncs.
  static Result<std::unique_ptr<Connection>> open(const std::string& file, Access access);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Statement prepare(std::string_view literal_sql);  // cached; never fails here, see Statement
  Result<void> execute(const char* sql);            // several statements, no values: migrations, pragmas
  std::int64_t changes() const;                     // rows touched by the last statement
  std::int64_t last_insert_rowid() const;
  bool in_transaction() const;
  // How often members were changed by this connection, rolled back or not: what was counted before may not
  // hold.
  std::uint64_t member_changes() const { return member_changes_; }
  void note_member_change() { ++member_changes_; }
  bool read_only() const;
  // SQLITE_FULL: Fault::full; IOERR, CORRUPT, NOTADB: Fault::storage. Of a scratch file CORRUPT and NOTADB
  // are Fault::invalid: it is not what it was, and no later try finds it so.
  Error last_error(std::string_view doing) const;
  sqlite3* handle() const { return handle_; }
  // Of storm records, by list and kind: the last number (storm_memory.h). Forgotten when something is rolled
  // back, since what was counted may be gone.
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>& last_numbers() { return last_numbers_; }
  // The writer's alone, which makes it: elsewhere nullptr, and storm records are read and written as they
  // stand.
  std::unique_ptr<StormCache>& storm_cache() { return storm_cache_; }

 private:
  friend class Statement;
  Connection(sqlite3* handle, Access access);
  struct Prepared {
    sqlite3_stmt* statement = nullptr;
    bool on_loan = false;
  };
  sqlite3* handle_;
  Access access_;
  std::uint64_t member_changes_ = 0;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> last_numbers_;
  std::unique_ptr<StormCache> storm_cache_;
  std::unordered_map<const char*, Prepared> prepared_;  // by where the literal stands
};

}  // namespace breakwater::store
