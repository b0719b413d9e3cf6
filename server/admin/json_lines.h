// One JSON object a line over a stream socket, with deadlines and a limit, blocking: what both ends of the
// control socket speak. One thread at a time.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <optional>
#include <string>

#include "terms/result.h"

namespace breakwater::admin {

class JsonLines {
 public:
  static constexpr std::size_t kMaxLine = 8 * 1024 * 1024;  // an import's batch is the longest there is

  // Takes the socket over.
  explicit JsonLines(int fd) : fd_(fd) {}
  ~JsonLines();
  JsonLines(JsonLines&& other) noexcept;
  JsonLines& operator=(JsonLines&&) = delete;

  // nullopt: the peer has closed, between lines. Errors: Fault::unavailable when `timeout_ms` (-1: none)
  // passes without a byte or the peer breaks off, Fault::full for a line that is too long, Fault::invalid for
  // no JSON object.
  Result<std::optional<boost::json::object>> read(int timeout_ms);
  // Buffers; what is written goes out with flush(), or when much has come together.
  Result<void> write(const boost::json::object& line, int timeout_ms);
  Result<void> flush(int timeout_ms);
  int fd() const { return fd_; }

 private:
  Result<bool> fill(int timeout_ms);
  int fd_;
  std::string in_, out_;
  std::size_t scanned_ = 0, used_ = 0;
};

}  // namespace breakwater::admin
