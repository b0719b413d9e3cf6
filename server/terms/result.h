// Result: an operating error as a value (a full disk, a refused connection, a malformed file).
// Not for refusals (those are replies and verdicts) and not for broken invariants (those are
// BREAKWATER_ASSERT).
#pragma once

#include <boost/system/result.hpp>
#include <boost/throw_exception.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace breakwater {

enum class Fault {
  invalid,      // the input is malformed
  not_found,    // what was named does not exist
  exists,       // what was to be made is there already
  unavailable,  // a peer, a resolver or a file cannot be reached now
  full,         // no space, no budget, over a limit; recovers by itself
  storage,      // the disk failed: what was written since the last commit is gone
  busy,         // somebody else holds it
  denied,       // credentials or permissions
};

// What happened and where, in words a person can act on.
struct Error {
  Fault fault = Fault::invalid;
  std::string what;
};

// boost::system::result wants to know what to throw when value() is called on an error.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  boost::throw_with_location(std::runtime_error(error.what), where);
}

template <class T>
using Result = boost::system::result<T, Error>;

inline Error error(Fault fault, std::string what) { return Error{fault, std::move(what)}; }

}  // namespace breakwater
