#include "cli/import.h"

#include <sys/stat.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <utility>

#include "admin/import_row.h"
#include "cli/import_order.h"
#include "cli/office.h"
#include "cli/print.h"
#include "cli/progress.h"

namespace breakwater::cli {
namespace {

// Rows of a transaction. Beside a server some 50 ms: mail is accepted between two. Alone, as many as are
// worth their memory (as JSON, some 300 bytes each): a page of an index that is written once is written once.
constexpr std::size_t kBatch = 10'000;
constexpr std::size_t kBatchAlone = 100'000;
constexpr std::size_t kShownBad = 100;
constexpr std::size_t kKeptBad = 10'000;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

struct Bad {
  std::size_t line;
  std::string address, reason;
};

struct Outcome {
  std::uint64_t rows = 0, added = 0, changed = 0, same = 0, bad_count = 0;
  std::vector<Bad> bad;
  void add_bad(Bad one) {
    ++bad_count;
    if (bad.size() < kKeptBad) bad.push_back(std::move(one));
  }
};

// A pass over the file: calls `take` for every record with its fields or what is wrong with it.
class Pass {
 public:
  using Take = std::function<void(std::size_t line, Result<std::vector<std::string>> fields)>;

  explicit Pass(std::FILE* file) : file_(file) {
    struct stat found {};
    if (fstat(fileno(file), &found) == 0 && S_ISREG(found.st_mode))
      size_ = static_cast<double>(found.st_size);
  }
  double share() const { return size_ > 0 ? static_cast<double>(read_) / size_ : -1; }

  // `after`: called between the blocks of the file; false: enough.
  Result<void> run(const Take& take, const std::function<bool()>& after) {
    const auto each = [&](const sources::CsvRecord& record) {
      if (std::exchange(first_, false) && columns_.take_header(record)) return;
      take(record.line, columns_.read(record));
    };
    std::string block(1 << 17, '\0');
    for (;;) {
      const std::size_t got = std::fread(block.data(), 1, block.size(), file_);
      if (got == 0) break;
      read_ += got;
      reader_.feed(std::string_view(block.data(), got), each);
      if (!after()) return {};
    }
    if (std::ferror(file_) != 0)
      return error(Fault::unavailable, std::string("reading failed: ") + std::strerror(errno));
    reader_.finish(each);
    (void)after();
    return {};
  }

 private:
  std::FILE* file_;
  sources::CsvReader reader_;
  ImportColumns columns_;
  bool first_ = true;
  double size_ = 0;
  std::uint64_t read_ = 0;
};

// Sends batches of the rows in order, one answer behind, so that the next is made while the server commits
// the last.
class Sender {
 public:
  Sender(Office& office, const ImportOptions& options, Outcome& outcome)
      : office_(office),
        options_(options),
        outcome_(outcome),
        batch_(office.server_runs() ? kBatch : kBatchAlone) {}

  void add(std::size_t line, const std::vector<std::string>& fields) { rows_.add(line, fields); }

  // When there are as many as may be kept, or all there are. `moved` is called after each batch.
  Result<void> send(bool all, const std::function<void()>& moved) {
    if (!all && !rows_.full()) return {};
    rows_.sort();
    for (std::size_t at = 0; at < rows_.size(); at += batch_) {
      if (const auto sent = send_batch(at, std::min(at + batch_, rows_.size())); !sent) return sent.error();
      moved();
    }
    rows_.clear();
    if (all && std::exchange(under_way_, false)) return receive();
    return {};
  }
  std::uint64_t done() const { return done_; }

 private:
  Result<void> send_batch(std::size_t from, std::size_t to) {
    boost::json::array rows;
    rows.reserve(to - from);
    for (std::size_t at = from; at < to; ++at) {
      const auto [line, fields] = rows_.at(at);
      rows.push_back(boost::json::array{line, fields[0], fields[1], fields[2], fields[3]});
    }
    const auto sent = office_.send({{"command", "member.import"},
                                    {"list", options_.list},
                                    {"dry_run", options_.dry_run},
                                    {"rows", std::move(rows)}});
    if (!sent) return sent.error();
    done_ += to - from;
    // Where no server works beside us the answer is made when it is taken.
    if (office_.server_runs() && !std::exchange(under_way_, true)) return {};
    return receive();
  }

  Result<void> receive() {
    const auto answer = office_.receive([](const boost::json::object&) { return true; });
    if (!answer) return answer.error();
    outcome_.added += answer->at("added").to_number<std::uint64_t>();
    outcome_.changed += answer->at("changed").to_number<std::uint64_t>();
    outcome_.same += answer->at("same").to_number<std::uint64_t>();
    for (const auto& one : answer->at("bad").as_array()) {
      outcome_.add_bad({one.at("line").to_number<std::size_t>(), std::string(one.at("address").as_string()),
                        std::string(one.at("reason").as_string())});
    }
    return {};
  }

  Office& office_;
  const ImportOptions& options_;
  Outcome& outcome_;
  const std::size_t batch_;
  ImportOrder rows_;
  bool under_way_ = false;
  std::uint64_t done_ = 0;
};

Result<File> open_file(const ImportOptions& options) {
  File file(nullptr, &std::fclose);
  if (options.file != "-") {
    file.reset(std::fopen(options.file.c_str(), "re"));
    if (file) return file;
    return error(Fault::unavailable, options.file + ": " + std::strerror(errno));
  }
  if (!options.strict) return File(stdin, [](std::FILE*) { return 0; });
  // Two passes need a file.
  file.reset(std::tmpfile());
  if (!file) return error(Fault::unavailable, std::string("a temporary file: ") + std::strerror(errno));
  std::string block(1 << 16, '\0');
  for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), stdin)) != 0;) {
    if (std::fwrite(block.data(), 1, got, file.get()) != got)
      return error(Fault::full, "no space for a temporary file");
  }
  std::rewind(file.get());
  return file;
}

// Strict: the whole file by the rules the server has, before anything is sent.
Result<void> check_all(std::FILE* file, Outcome& outcome) {
  Progress progress("rows checked");
  Pass pass(file);
  std::uint64_t rows = 0;
  const auto done = pass.run(
      [&](std::size_t line, const Result<std::vector<std::string>>& fields) {
        ++rows;
        if (!fields) return outcome.add_bad({line, "", fields.error().what});
        const std::vector<std::string>& of = *fields;
        const auto row = admin::read_import_row(of[0], of[1], of[2], of[3]);
        if (!row) outcome.add_bad({line, of[0], row.error().what});
      },
      [&] {
        progress.show(pass.share(), rows);
        return true;
      });
  outcome.rows = rows;
  std::rewind(file);
  return done;
}

Result<void> send_all(std::FILE* file, Office& office, const ImportOptions& options, Outcome& outcome) {
  Progress progress("rows");
  Pass pass(file);
  Sender sender(office, options, outcome);
  Result<void> sent{};
  outcome.rows = 0;
  const auto moved = [&] {
    // The file is read ahead of what is imported: the share is that of the rows read so far.
    const auto rows = static_cast<double>(std::max<std::uint64_t>(outcome.rows, 1));
    const double imported = static_cast<double>(sender.done()) / rows;
    progress.show(pass.share() < 0 ? -1 : pass.share() * imported, sender.done());
  };
  const auto read = pass.run(
      [&](std::size_t line, const Result<std::vector<std::string>>& fields) {
        ++outcome.rows;
        if (fields)
          sender.add(line, *fields);
        else
          outcome.add_bad({line, "", fields.error().what});
      },
      [&] {
        moved();
        sent = sender.send(false, moved);
        return sent.has_value();
      });
  if (!sent) return sent.error();
  if (!read) return read.error();
  return sender.send(true, moved);
}

void say_bad(const ImportOptions& options, const Outcome& outcome) {
  const std::string file = options.file == "-" ? "standard input" : options.file;
  for (std::size_t at = 0; at < outcome.bad.size() && at < kShownBad; ++at) {
    const Bad& one = outcome.bad[at];
    const std::string of = one.address.empty() ? std::string() : one.address + ": ";
    std::fprintf(stderr, "%s:%zu: %s\n", file.c_str(), one.line, terminal_text(of + one.reason).c_str());
  }
  if (outcome.bad_count > kShownBad) {
    std::fprintf(stderr, "... and %s more\n", counted(outcome.bad_count - kShownBad, "bad row").c_str());
  }
}

void say_result(const ImportOptions& options, const Outcome& outcome, double seconds, bool nothing_done) {
  if (options.json) {
    boost::json::array bad;
    for (const Bad& one : outcome.bad) {
      bad.push_back(
          boost::json::object{{"line", one.line}, {"address", one.address}, {"reason", one.reason}});
    }
    print_json({{"list", options.list},
                {"rows", outcome.rows},
                {"added", outcome.added},
                {"changed", outcome.changed},
                {"same", outcome.same},
                {"bad", outcome.bad_count},
                {"bad_rows", bad},
                {"dry_run", options.dry_run},
                {"imported", !nothing_done && !options.dry_run},
                {"seconds", seconds}});
    return;
  }
  if (nothing_done) {
    std::printf("%s, %s: nothing was imported (--strict)\n", counted(outcome.rows, "row").c_str(),
                (with_commas(outcome.bad_count) + " bad").c_str());
    return;
  }
  const char* const would = options.dry_run ? "would be " : "";
  std::printf(
      "%s: %s %sadded, %s %schanged, %s already there, %s bad (%.1f s, %s rows/s)\n",
      counted(outcome.rows, "row").c_str(), with_commas(outcome.added).c_str(), would,
      with_commas(outcome.changed).c_str(), would, with_commas(outcome.same).c_str(),
      with_commas(outcome.bad_count).c_str(), seconds,
      with_commas(static_cast<std::uint64_t>(static_cast<double>(outcome.rows) / std::max(seconds, 0.001)))
          .c_str());
}

}  // namespace

int run_import(const Context& context, const ImportOptions& options) {
  const auto file = open_file(options);
  if (!file) return fail(file.error());
  const auto office = Office::open(context.config_file);
  if (!office) return fail(office.error());
  // A list that does not exist is said before a long file is read.
  const auto known = (*office)->ask({{"command", "list.show"}, {"list", options.list}},
                                    [](const boost::json::object&) { return true; });
  if (!known) return fail(known.error());

  const Progress clock("");
  Outcome outcome;
  if (options.strict) {
    if (const auto checked = check_all(file->get(), outcome); !checked) return fail(checked.error());
  }
  const bool refused = outcome.bad_count != 0;
  if (!refused) {
    const auto sent = send_all(file->get(), **office, options, outcome);
    if (!sent) {
      fail(sent.error());
      std::fprintf(stderr, "%s had been imported when that happened; the import may simply be run again\n",
                   counted(outcome.added + outcome.changed + outcome.same, "row").c_str());
      return 1;
    }
  }
  std::sort(outcome.bad.begin(), outcome.bad.end(),
            [](const Bad& a, const Bad& b) { return a.line < b.line; });
  say_bad(options, outcome);
  say_result(options, outcome, clock.seconds(), refused);
  return outcome.bad_count == 0 ? 0 : 1;
}

}  // namespace breakwater::cli
