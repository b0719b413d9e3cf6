// Where the command line takes its questions: to the running server's control socket, or, where none runs, to
// a desk of its own on the store it opens. One thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>

#include "admin/desk.h"
#include "terms/result.h"

namespace breakwater::cli {

class Office {
 public:
  // Reads the configuration. Run by root on a data directory that belongs to another user (the service's), it
  // goes on as that user where no server runs, so that no file in it becomes root's: open files that only
  // root may read before. Errors: Fault::invalid (the configuration), Fault::busy, those of the store.
  static Result<std::unique_ptr<Office>> open(const std::string& config_file);
  virtual ~Office() = default;

  virtual bool server_runs() const = 0;
  Result<boost::json::object> ask(const boost::json::object& request, const admin::Row& row);
  // In two steps: with a server, one request may be under way while the next is made.
  virtual Result<void> send(boost::json::object request) = 0;
  virtual Result<boost::json::object> receive(const admin::Row& row) = 0;
};

// The configuration; what is wrong with it goes to stderr, all of it. Fault::invalid then.
Result<config::Snapshot> load_config(const std::string& config_file);

}  // namespace breakwater::cli
