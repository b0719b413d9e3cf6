#include "opponents/sink_tally.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace breakwater::opponents {
namespace {

constexpr std::size_t kRecordBlock = 1 << 16;

template <class Each>
void each_line(std::string_view lines, Each each) {
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    each(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
}

struct BareEnds {
  std::uint64_t cr = 0, lf = 0;
};

BareEnds bare_ends(std::string_view message) {
  BareEnds found;
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (message[at] == '\n' && (at == 0 || message[at - 1] != '\r')) ++found.lf;
    if (message[at] == '\r' && (at + 1 == message.size() || message[at + 1] != '\n')) ++found.cr;
  }
  return found;
}

}  // namespace

std::int64_t wall_clock_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

std::string SinkCounts::json() const {
  const boost::json::object line{{"connections", connections},
                                 {"open", open},
                                 {"transactions", transactions},
                                 {"recipients", recipients},
                                 {"bytes", bytes},
                                 {"refused_temporarily", refused_temporarily},
                                 {"refused_for_good", refused_for_good},
                                 {"dropped", dropped},
                                 {"turned_away", turned_away},
                                 {"first_us", first_us},
                                 {"last_us", last_us}};
  return boost::json::serialize(line);
}

Result<void> SinkTally::open(SinkTally& tally, TallyOptions options) {
  if (!options.store_dir.empty()) {
    std::error_code status;
    std::filesystem::create_directories(options.store_dir, status);
    if (status) return error(Fault::unavailable, options.store_dir + ": " + status.message());
  }
  if (!options.record_file.empty()) {
    tally.record_ = Fd(::open(options.record_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!tally.record_) return error(Fault::unavailable, options.record_file + ": " + std::strerror(errno));
  }
  tally.options_ = std::move(options);
  return {};
}

void SinkTally::connected() {
  add(connections_, 1);
  add(open_, 1);
}
void SinkTally::disconnected() {
  open_.store(open_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}
void SinkTally::refused(bool for_good) { add(for_good ? refused_for_good_ : refused_temporarily_, 1); }
void SinkTally::dropped() { add(dropped_, 1); }
void SinkTally::turned_away() { add(turned_away_, 1); }

void SinkTally::taken(const Taken& taken) {
  const std::int64_t now = wall_clock_us();
  if (record_) record(taken, now);
  if (!options_.store_dir.empty()) store(taken);
  if (options_.watch) options_.watch(taken, now);
  if (first_us_.load(std::memory_order_relaxed) == 0) first_us_.store(now, std::memory_order_relaxed);
  last_us_.store(now, std::memory_order_relaxed);
  add(bytes_, taken.bytes);
  add(transactions_, 1);
  add(recipients_, taken.count);
}

void SinkTally::record(const Taken& taken, std::int64_t now_us) {
  if (options_.record_full) {
    const std::string front = std::to_string(now_us) + '\t' + std::string(taken.sender) + '\t';
    each_line(taken.recipients, [&](std::string_view one) { lines_.append(front).append(one).append("\n"); });
  } else {
    lines_.append(taken.recipients);
  }
  if (lines_.size() >= kRecordBlock) flush();
}

void SinkTally::flush() {
  if (lines_.empty() || !record_) return;
  std::string_view left = lines_;
  while (!left.empty()) {
    const ssize_t written = write(record_.get(), left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      std::fprintf(stderr, "sink: %s: %s\n", options_.record_file.c_str(), std::strerror(errno));
      break;
    }
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  lines_.clear();
}

void SinkTally::store(const Taken& taken) {
  char name[24];
  std::snprintf(name, sizeof name, "%06llu", static_cast<unsigned long long>(transactions_.load() + 1));
  const std::filesystem::path folder(options_.store_dir);
  std::ofstream(folder / (std::string(name) + ".eml"), std::ios::binary) << taken.message;

  boost::json::array recipients, parameters;
  each_line(taken.recipients, [&](std::string_view one) { recipients.emplace_back(one); });
  for (const std::string& one : taken.parameters) parameters.emplace_back(one);
  const BareEnds bare = bare_ends(taken.message);
  const boost::json::object envelope{{"helo", taken.helo},
                                     {"mail", taken.mail},
                                     {"sender", taken.sender},
                                     {"recipients", recipients},
                                     {"parameters", parameters},
                                     {"how", taken.how},
                                     {"bytes", taken.message.size()},
                                     {"bare_cr", bare.cr},
                                     {"bare_lf", bare.lf}};
  // The envelope appears whole and last: who sees it may read both.
  const auto temporary = folder / (std::string(name) + ".tmp");
  std::ofstream(temporary) << boost::json::serialize(envelope) << '\n';
  std::error_code status;
  std::filesystem::rename(temporary, folder / (std::string(name) + ".json"), status);
  if (status) std::fprintf(stderr, "sink: %s: %s\n", options_.store_dir.c_str(), status.message().c_str());
}

SinkCounts SinkTally::counts() const {
  SinkCounts now;
  now.connections = connections_;
  now.open = open_;
  now.transactions = transactions_;
  now.recipients = recipients_;
  now.bytes = bytes_;
  now.refused_temporarily = refused_temporarily_;
  now.refused_for_good = refused_for_good_;
  now.dropped = dropped_;
  now.turned_away = turned_away_;
  now.first_us = first_us_;
  now.last_us = last_us_;
  return now;
}

}  // namespace breakwater::opponents
