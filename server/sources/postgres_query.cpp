#include <libpq-fe.h>
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "sources/reading.h"
#include "sources/source.h"

namespace breakwater::sources {
namespace {

struct CloseConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Connection = std::unique_ptr<PGconn, CloseConnection>;
using Answer = std::unique_ptr<PGresult, ClearResult>;

std::string one_line(const char* text) {
  std::string out(stripped(text));
  for (char& c : out) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return out;
}

std::string_view value(const PGresult* result, int column) {
  return {PQgetvalue(result, 0, column), static_cast<std::size_t>(PQgetlength(result, 0, column))};
}

// One connection for one reading. Every wait is a poll with an end: libpq's own waits have none.
class PostgresReading {
 public:
  PostgresReading(Reading& reading, const PostgresQuery& query) : reading_(reading), query_(query) {}

  Result<SourceReport> run(std::chrono::milliseconds time) {
    if (const auto connected = connect(); !connected) return connected.error();
    PQsetClientEncoding(connection_.get(), "UTF8");
    // The server ends the query by itself when nobody waits for it any more. Not PQcancel: it has no end.
    const std::string begin =
        "BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = " + std::to_string(time.count() + 1000);
    if (PQsendQuery(connection_.get(), begin.c_str()) == 0) return broken_off();
    if (const auto begun = drain(); !begun) return begun.error();
    // With the extended protocol the query is one statement, whatever stands in it.
    if (PQsendQueryParams(connection_.get(), query_.query.c_str(), 0, nullptr, nullptr, nullptr, nullptr,
                          0) == 0)
      return broken_off();
    PQsetSingleRowMode(connection_.get());
    if (const auto all = rows(); !all) return all.error();
    return reading_.done();
  }

 private:
  Result<void> connect() {
    char* trouble = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        PQconninfoParse(query_.connection.c_str(), &trouble));
    PQfreemem(trouble);  // it may quote a password
    if (!options) {
      return reading_.failed(Fault::invalid,
                             "the connection is neither \"host=... dbname=...\" nor \"postgresql://...\"");
    }
    // A connection string in the place of a database's name (libpq 34.1, PQconnectStartParams); what comes
    // behind it counts before it, and what is empty does not count.
    const char* const keys[] = {"dbname", "password", nullptr};
    const char* const values[] = {query_.connection.c_str(), query_.password.c_str(), nullptr};
    connection_.reset(PQconnectStartParams(keys, values, 1));
    if (!connection_) return reading_.failed(Fault::unavailable, "out of memory");
    auto state = PGRES_POLLING_WRITING;
    while (PQstatus(connection_.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
      if (const auto waited = wait(state == PGRES_POLLING_READING ? POLLIN : POLLOUT); !waited) {
        return waited.error();
      }
      state = PQconnectPoll(connection_.get());
      if (state == PGRES_POLLING_FAILED) break;
    }
    if (PQstatus(connection_.get()) == CONNECTION_OK) return {};
    const std::string said = one_line(PQerrorMessage(connection_.get()));
    const bool denied = said.find("authentication failed") != std::string::npos ||
                        said.find("no password supplied") != std::string::npos ||
                        said.find("pg_hba.conf") != std::string::npos;
    return reading_.failed(denied ? Fault::denied : Fault::unavailable, "no connection: " + said);
  }

  // Until the socket is ready. The socket may be another one after each step of connecting.
  Result<void> wait(short events) {
    for (;;) {
      if (const auto on = reading_.may_go_on(); !on) return on.error();
      pollfd one{PQsocket(connection_.get()), events, 0};
      if (one.fd < 0) return broken_off();
      const int ready = poll(&one, 1, reading_.wait_ms());
      if (ready < 0 && errno != EINTR) return broken_off();
      if (ready > 0) return {};
    }
  }

  Result<Answer> next() {
    for (;;) {
      const int unsent = PQflush(connection_.get());
      if (unsent < 0) return broken_off();
      if (unsent == 0 && PQisBusy(connection_.get()) == 0) return Answer(PQgetResult(connection_.get()));
      if (const auto waited = wait(unsent > 0 ? POLLIN | POLLOUT : POLLIN); !waited) return waited.error();
      if (PQconsumeInput(connection_.get()) == 0) return broken_off();
    }
  }

  Result<void> drain() {
    for (;;) {
      const auto answer = next();
      if (!answer) return answer.error();
      if (!*answer) return {};
      if (PQresultStatus(answer->get()) != PGRES_COMMAND_OK) return refused(answer->get());
    }
  }

  Result<void> rows() {
    for (std::size_t row = 1;; ++row) {
      const auto answer = next();
      if (!answer) return answer.error();
      if (!*answer) return {};
      const ExecStatusType status = PQresultStatus(answer->get());
      if (status == PGRES_TUPLES_OK) continue;  // the end, without a row
      if (status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) {
        return reading_.failed(Fault::invalid, "the query gives no rows; only SELECT does");
      }
      if (status != PGRES_SINGLE_TUPLE) return refused(answer->get());
      if (PQnfields(answer->get()) < 1) return reading_.failed(Fault::invalid, "the query gives no column");
      const bool named = PQnfields(answer->get()) > 1;
      const auto taken = reading_.take("row " + std::to_string(row), value(answer->get(), 0),
                                       named ? value(answer->get(), 1) : std::string_view());
      if (!taken) return taken.error();
    }
  }

  Error refused(const PGresult* result) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string_view code = state == nullptr ? "" : state;
    const char* said = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string what = said == nullptr ? one_line(PQresultErrorMessage(result)) : one_line(said);
    if (code == "57014") return reading_.failed(Fault::unavailable, "the query took too long: " + what);
    if (code == "42501") return reading_.failed(Fault::denied, "the query is refused: " + what);
    if (code.starts_with("42") || code.starts_with("25") || code.starts_with("22")) {
      return reading_.failed(Fault::invalid, "the query is refused: " + what);
    }
    return reading_.failed(Fault::unavailable, "the query failed: " + what);
  }

  Error broken_off() {
    return reading_.failed(Fault::unavailable,
                           "the connection broke off: " + one_line(PQerrorMessage(connection_.get())));
  }

  Reading& reading_;
  const PostgresQuery& query_;
  Connection connection_;
};

class PostgresSource : public Source {
 public:
  PostgresSource(PostgresQuery query, SourceLimits limits) : query_(std::move(query)), limits_(limits) {}

  // Host and database only: the rest of a connection string may be a password.
  std::string describe() const override {
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        PQconninfoParse(query_.connection.c_str(), nullptr));
    std::string host, database;
    for (const PQconninfoOption* one = options.get(); one != nullptr && one->keyword != nullptr; ++one) {
      if (one->val == nullptr) continue;
      if (std::strcmp(one->keyword, "host") == 0) host = one->val;
      if (std::strcmp(one->keyword, "dbname") == 0) database = one->val;
    }
    return "PostgreSQL database" + (database.empty() ? "" : " " + database) +
           (host.empty() ? "" : " on " + host);
  }

  Result<SourceReport> read(const Each& each, std::stop_token stop) override {
    Reading reading(describe(), limits_, each, std::move(stop));
    return PostgresReading(reading, query_).run(limits_.time);
  }

 private:
  PostgresQuery query_;
  SourceLimits limits_;
};

}  // namespace

std::unique_ptr<Source> make_source(PostgresQuery query, SourceLimits limits) {
  return std::make_unique<PostgresSource>(std::move(query), limits);
}

}  // namespace breakwater::sources
