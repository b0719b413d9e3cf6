#include "cli/demo_sink.h"

#include <utility>

#include "mail/header_block.h"
#include "mail/message.h"

namespace breakwater::cli {
namespace {

constexpr std::size_t kMostLetters = 10'000;  // that nobody has asked for yet
constexpr std::size_t kSubjectBytes = 200;

DemoLetter letter_of(const opponents::Taken& taken) {
  DemoLetter letter;
  letter.to = taken.recipients.substr(0, taken.recipients.find('\n'));
  const auto block = mail::HeaderBlock::parse(taken.message);
  if (const auto* subject = block.find("Subject"))
    letter.subject = mail::readable(subject->body, kSubjectBytes);
  if (const auto* reply_to = block.find("Reply-To")) letter.command_address = reply_to->unfolded();
  return letter;
}

}  // namespace

Result<std::unique_ptr<DemoSink>> DemoSink::start(Watch watch, std::uint32_t latency_ms, bool chunking) {
  std::unique_ptr<DemoSink> made(new DemoSink);
  made->watch_ = std::move(watch);
  opponents::SinkOptions options;
  options.rules.latency_ms = latency_ms;
  options.rules.chunking = chunking;
  options.tally.watch = [self = made.get()](const opponents::Taken& taken, std::int64_t taken_us) {
    self->take(taken, taken_us);
  };
  auto sink = opponents::Sink::open(std::move(options));
  if (!sink) return sink.error();
  made->sink_ = std::move(*sink);
  made->thread_ = std::thread([self = made.get()] { self->sink_->run(); });
  return made;
}

DemoSink::~DemoSink() {
  if (!thread_.joinable()) return;
  sink_->stop();
  thread_.join();
}

void DemoSink::take(const opponents::Taken& taken, std::int64_t taken_us) {
  if (taken.sender.empty()) {
    DemoLetter letter = letter_of(taken);
    const std::lock_guard lock(mutex_);
    ++letters_taken_;
    if (letters_.size() < kMostLetters) letters_.push_back(std::move(letter));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    arrived_.copies += taken.count;
    ++arrived_.transactions;
    if (arrived_.first_us == 0) arrived_.first_us = taken_us;
    arrived_.last_us = taken_us;
  }
  if (watch_) watch_(taken, taken_us);
}

Arrived DemoSink::arrived() const {
  const std::lock_guard lock(mutex_);
  return arrived_;
}

std::vector<DemoLetter> DemoSink::letters() {
  const std::lock_guard lock(mutex_);
  return std::exchange(letters_, {});
}

std::uint64_t DemoSink::letters_taken() const {
  const std::lock_guard lock(mutex_);
  return letters_taken_;
}

std::string demo_answer(const DemoLetter& letter) {
  if (letter.command_address.empty()) return {};
  if (letter.subject.starts_with("Confirm: your message ")) return "confirm";
  if (letter.subject.starts_with("Release or discard: message ")) return "release";
  return {};
}

}  // namespace breakwater::cli
