// The hands of a desk without a server.
#pragma once

#include <string>

#include "admin/hands.h"
#include "store/directory.h"
#include "store/store.h"

namespace breakwater::admin {

// Puts rows where the server puts them; what follows from them is the daemon's, and its tests'.
class PlainHands : public Hands {
 public:
  explicit PlainHands(store::Store& store) : store_(store) {}
  Result<Outcome> carry_out(const Order&) override { return error(Fault::invalid, "not asked here"); }
  Result<std::string> change_membership(const MemberOrder&) override {
    return error(Fault::invalid, "not asked here");
  }
  Result<void> put_members(const std::string&, const PutMembers& put) override {
    return store_.write_and_wait([&put](store::Connection& db) -> Result<void> {
      const auto done = put(db);
      return done ? Result<void>() : done.error();
    });
  }

 private:
  store::Store& store_;
};

}  // namespace breakwater::admin
