// The load generator's side of one connection, as a state machine: replies in, bytes to send out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "opponents/blast.h"

namespace breakwater::opponents {

// What all connections share.
struct BlastRun {
  explicit BlastRun(const BlastOptions& options);
  const BlastOptions& options;
  std::string mail, rcpt, text;  // the lines of one transaction; the message behind its Message-ID
  std::uint32_t rcpt_count = 0;
  std::uint64_t started = 0;  // transactions handed out
  std::uint64_t salt = 0;     // makes Message-IDs of this run its own
  BlastReport report;

  bool done() const { return report.accepted + report.refused >= options.messages; }
  void refuse(std::string_view reply);
};

class BlastDialogue {
 public:
  using Clock = std::chrono::steady_clock;
  explicit BlastDialogue(BlastRun& run) : run_(run) {}
  // Uses whole lines of `in` and says how much; false: the connection is finished.
  bool feed(std::string_view in, std::size_t& used, std::string& out);
  bool in_transaction() const { return stage_ > Stage::hello && stage_ < Stage::quit; }

 private:
  enum class Stage { greeting, hello, mail, rcpt, data, content, reset, quit };
  void reply(std::string_view line, std::string& out);
  void next_transaction(std::string& out);
  void send_content(std::string& out);
  void give_up(std::string_view line, std::string& out);
  void rcpt_reply(bool good, std::string_view line, std::string& out);
  std::size_t rcpt_line(std::uint32_t number) const;

  BlastRun& run_;
  Stage stage_ = Stage::greeting;
  std::uint32_t rcpt_answers_ = 0, rcpt_good_ = 0;
  std::size_t rcpt_at_ = 0;  // without pipelining: the next line of run_.rcpt
  bool mail_good_ = false, ahead_ = false,
       over_ = false;  // ahead_: the next transaction's commands were sent
  std::string refusal_;
  Clock::time_point sent_{};
};

}  // namespace breakwater::opponents
