// The control socket: a unix stream socket (mode 0600) through which the command line asks the running
// server's desk. A request is one line of JSON; the answer is lines {"row": {...}} and a last one, {"done":
// {...}} or
// {"error": {"fault": "...", "what": "..."}}. Several requests may follow one another, also before their
// answers.
//
// It has threads of its own (one that accepts, one a connection, at most kMaxSessions) instead of a place on
// a loop: every request blocks on the store, few come at a time, and a slow reader then holds up nobody but
// itself. The desk must outlive the socket. Destroying it lets requests under way finish and closes.
#pragma once

#include <memory>
#include <string>

#include "admin/desk.h"
#include "terms/result.h"

namespace breakwater::admin {

class ControlSocket {
 public:
  static constexpr std::size_t kMaxSessions = 8;

  // A socket left behind by a dead server is replaced: the store's lock has said that none lives. `path` of
  // at most 107 bytes. Errors: Fault::invalid, Fault::unavailable.
  static Result<std::unique_ptr<ControlSocket>> open(const std::string& path, const Desk& desk);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  struct State;
  explicit ControlSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace breakwater::admin
