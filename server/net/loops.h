// The loops: one io_context a core, each run by one thread.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>
#include <vector>

namespace breakwater::net {

class Loops {
 public:
  explicit Loops(unsigned count) {
    for (unsigned at = 0; at < count; ++at) {
      contexts_.push_back(std::make_unique<Context>());
      guards_.emplace_back(contexts_.back()->get_executor());
    }
  }
  // What waits in one context may own sockets of another (an accept, of the connection it is to take): what
  // waits in each is destroyed before the first of them goes.
  ~Loops() {
    stop();
    for (const auto& context : contexts_) context->drop_what_waits();
  }

  void run() {
    for (const auto& context : contexts_) threads_.emplace_back([&loop = *context] { loop.run(); });
  }
  void stop() {
    for (const auto& context : contexts_) context->stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  boost::asio::io_context& first() { return *contexts_.front(); }
  std::vector<boost::asio::io_context*> all() const {
    std::vector<boost::asio::io_context*> out;
    for (const auto& context : contexts_) out.push_back(context.get());
    return out;
  }

 private:
  struct Context : boost::asio::io_context {
    Context() : io_context(1) {}  // one thread each: no locks inside
    void drop_what_waits() { shutdown(); }
  };

  std::vector<std::unique_ptr<Context>> contexts_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> guards_;
  std::vector<std::thread> threads_;
};

}  // namespace breakwater::net
