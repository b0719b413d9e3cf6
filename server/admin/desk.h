// The desk: what an administrator can ask of a server, running or not. A request is a JSON object with a
// "command"
// ("member.add") and its arguments; the answer is any number of rows and one closing object.
//
// The same desk stands behind the control socket of a running server and, where none runs, inside the command
// line's own process on a store it opened itself. ask() blocks on the store: call it from a thread that may
// (never from a loop, never from the store's writer). It keeps no state: several threads may ask at once.
//
// Commands (arguments; rows; closing object) are listed in docs/control-socket.md. Who asks is an argument of
// its own, never part of the request: the audit trail must not say what a client says of itself.
#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "admin/hands.h"
#include "admin/sync.h"
#include "config/config.h"
#include "terms/ids.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::store {
class Store;
}

namespace breakwater::admin {

// A destination that is left alone for a while.
struct Pause {
  Instant until{};
  std::string reply;  // what was said last, by the next server or of the way to it
};

// What only a running server can do. Called on the thread that asks; implemented by the daemon, which crosses
// to its own threads as it must.
class Live {
 public:
  virtual ~Live() = default;
  virtual Result<std::string> reload() = 0;  // what was done, in a sentence
  virtual Result<void> without_reload(const std::function<Result<void>()>& act) = 0;  // while it acts
  virtual void list_purged() = 0;                       // its address is as one that never was
  virtual void wake_queue() = 0;                        // slices became due
  virtual void posting_dropped(PostingId posting) = 0;  // stop handing it over
  virtual boost::json::object status() = 0;             // counters, as they are to be shown
  virtual std::map<std::string, Pause> paused() = 0;    // by destination, as queue listings name it
};

// False: nobody reads any more, the rest may be left out.
using Row = std::function<bool(const boost::json::object&)>;

struct DeskOptions {
  std::function<config::Snapshot()> config;  // the one in force
  store::Store* store = nullptr;             // must outlive the desk
  Live* live = nullptr;                      // nullptr: no server runs
  std::function<Instant()> now;
  Hands* hands = nullptr;  // must outlive the desk; nullptr: what they would do is answered "not available"
  Syncs* syncs = nullptr;  // likewise
};

class Desk {
 public:
  explicit Desk(DeskOptions options);
  // `actor`: "uid 0 by the control socket". Errors: Fault::invalid for an unknown command or a wrong
  // argument, else those of the store.
  Result<boost::json::object> ask(const boost::json::object& request, const Row& row,
                                  const std::string& actor) const;
  static std::vector<std::string> commands();

 private:
  DeskOptions options_;
};

}  // namespace breakwater::admin
