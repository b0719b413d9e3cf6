// An errand: one consignment on its way. It is the load of the SMTP client, keeps who is still to do, gathers
// answers in a handover log and reports them. Lives on one loop; no allocation for a recipient once its
// buffers have grown.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "queue/consignment.h"
#include "smtp/client.h"

namespace breakwater::delivery {

class Errand final : public smtp::Load {
 public:
  using Progress = std::function<void(queue::Report)>;
  using Clock = std::chrono::steady_clock;

  Errand(queue::Consignment consignment, Progress progress, std::shared_ptr<const smtp::Content> content);

  bool spoken_for = false;  // an idle connection of its loop (IdleDirectory)

  const queue::Consignment& consignment() const { return consignment_; }
  const smtp::Content& content() const { return *content_; }
  std::uint32_t batch() const;
  smtp::Todo& todo() { return todo_; }

  void set_peer(const std::string& peer);  // whose answers come from now on
  void count_transactions(std::uint32_t more) { transactions_ += more; }
  void tick();  // reports what waits for it longer than 100 ms
  // The last report; whoever is in the todo is the rest. Called once.
  void finish(queue::Outcome rest, std::string trouble);
  void count_connection() { ++opened_; }
  void refuse() { refused_ = true; }  // no connection came up, or it said nothing about anybody

  // smtp::Load
  std::string_view mailbox(std::uint32_t at) const override { return consignment_.to[at].mailbox; }
  void reverse_path(std::uint32_t at, std::string& out) override;
  std::size_t own_head_size() const override {
    return consignment_.individual ? consignment_.own_head_size : 0;
  }
  void own_head(std::uint32_t at, std::string& out) override {
    consignment_.own_head(consignment_.to[at], out);
  }
  void settle(smtp::Settled how, std::string_view reply, const std::uint32_t* at, std::size_t count) override;
  bool stopped() const override;
  void stop() { stopped_ = true; }  // the server is being shut down

 private:
  void close_record();
  void report(bool finished, queue::Outcome rest, std::string trouble);

  queue::Consignment consignment_;
  Progress progress_;
  std::shared_ptr<const smtp::Content> content_;
  smtp::Todo todo_;
  queue::HandoverLog log_;
  std::string peer_;
  std::uint32_t transactions_ = 0, waiting_ = 0, taken_ = 0, put_off_ = 0,
                opened_ = 0;  // since the last report
  Clock::time_point reported_;
  bool stopped_ = false, finished_ = false, refused_ = false;

  // The record being gathered: equal answers to one transaction after the other are one.
  std::vector<std::uint32_t> indices_;
  std::string reply_;
  queue::Outcome outcome_ = queue::Outcome::deferred;
  Instant at_{};
};

}  // namespace breakwater::delivery
