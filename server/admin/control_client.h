// The command line's end of the control socket: blocking, one thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "admin/desk.h"
#include "admin/json_lines.h"
#include "terms/result.h"

namespace breakwater::admin {

class ControlClient {
 public:
  // Errors: Fault::not_found when no server listens there, Fault::denied, Fault::unavailable.
  static Result<ControlClient> connect(const std::string& path);

  Result<boost::json::object> ask(const boost::json::object& request, const Row& row);

  // In two steps, so that several requests can be under way. The caller must take answers before too many are
  // (about 8 MiB of requests): neither end reads while it writes.
  Result<void> send(const boost::json::object& request);
  Result<boost::json::object> receive(const Row& row);

 private:
  explicit ControlClient(int fd) : lines_(fd) {}
  JsonLines lines_;
};

}  // namespace breakwater::admin
