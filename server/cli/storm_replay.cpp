#include "cli/storm_replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include "cli/print.h"
#include "cli/storm_guard.h"
#include "cli/storm_table.h"
#include "opponents/socket.h"
#include "opponents/storm_peers.h"
#include "opponents/storm_trace.h"
#include "storm/plain_memory.h"

namespace breakwater::cli {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

void tell(const opponents::Became& became) {
  print_json({{"id", became.id},
              {"verdict", name_of(became.verdict)},
              {"reason", became.reason},
              {"audience", became.audience}});
}

class Replay {
 public:
  Replay(const ReplayOptions& options, const StormPolicy& policy)
      : options_(options),
        guard_(our_guard(policy.policy, options.only_breaker)),
        course_({options.members, options.confirm, policy.trusted}, guard_, memory_, tell) {
    if (options.compare) peers_ = opponents::peer_rules(options.members);
  }

  Result<void> read(int fd);
  void say_summary() const;
  std::size_t bad() const { return bad_; }

 private:
  void line(std::size_t number, std::string_view text, bool too_long);

  const ReplayOptions& options_;
  storm::PlainMemory memory_;
  opponents::StormGuard guard_;
  opponents::StormCourse course_;
  std::vector<std::unique_ptr<opponents::PeerRule>> peers_;
  opponents::TraceReader reader_;
  std::optional<Error> broken_;  // the guard's memory failed: nothing after it counts
  std::size_t bad_ = 0;
};

void Replay::line(std::size_t number, std::string_view text, bool too_long) {
  if (broken_) return;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty() && !too_long) return;
  const auto row = too_long ? Result<storm::TraceRow>(error(Fault::invalid, "it is longer than 1 MiB"))
                            : reader_.read(text);
  if (!row) {
    ++bad_;
    std::fprintf(stderr, "line %zu is left out: %s\n", number, terminal_text(row.error().what).c_str());
    return;
  }
  for (const auto& peer : peers_) peer->take(*row);
  if (const auto done = course_.take(*row); !done) broken_ = done.error();
}

Result<void> Replay::read(int fd) {
  opponents::TraceLines lines;
  std::vector<char> block(kBlock);
  const auto each = [this](std::size_t number, std::string_view text, bool too_long) {
    line(number, text, too_long);
  };
  for (;;) {
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return error(Fault::unavailable, options_.trace + ": " + std::strerror(errno));
    if (got == 0) break;
    lines.feed({block.data(), static_cast<std::size_t>(got)}, each);
    if (broken_) return *broken_;
  }
  lines.finish(each);
  if (broken_) return *broken_;
  return course_.finish();
}

void Replay::say_summary() const {
  auto summary = tally_json(course_.tally());
  if (options_.compare) {
    std::vector<RuleRow> rows;
    for (const auto& peer : peers_)
      rows.push_back({std::string(peer->name()), std::string(peer->rule()), peer->tally()});
    rows.push_back({"Breakwater", "", course_.tally()});
    print_rules(rows, stderr);
    rows.pop_back();
    summary["compare"] = rules_json(rows);
  }
  print_json({{"summary", std::move(summary)}});
}

}  // namespace

int run_replay(const ReplayOptions& options) {
  StormPolicy policy;
  if (!options.list_file.empty()) {
    auto read = read_storm_policy(options.list_file);
    if (!read) return fail(read.error());
    policy = std::move(*read);
  }
  opponents::Fd file;
  if (options.trace != "-") {
    file = opponents::Fd(open(options.trace.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return fail(error(Fault::not_found, options.trace + ": " + std::strerror(errno)));
  }
  Replay replay(options, policy);
  if (const auto done = replay.read(options.trace == "-" ? STDIN_FILENO : file.get()); !done)
    return fail(done.error());
  replay.say_summary();
  if (replay.bad() > 0)
    std::fprintf(stderr, "breakwater: %s left out\n", counted(replay.bad(), "bad line").c_str());
  return replay.bad() == 0 ? 0 : 1;
}

}  // namespace breakwater::cli
