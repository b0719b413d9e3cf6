// Slows down who guesses passwords: by the address guesses come from, and by the account they are for. Pure:
// time is an argument, no decision hangs on the order of a table. One thread, or a lock around it. Memory: at
// most Options::entries, the least recently used is forgotten first.
//
// Every attempt is charged before it is looked at (parallel guesses count too) and given back when it was
// right. A charge is forgiven after `forgive`, so that a lock opens by itself. Who has logged in to an
// account from an address stays able to, while others guess at it from elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "terms/instant.h"

namespace breakwater::identity {

class GuessLimiter {
 public:
  struct Options {
    std::uint32_t per_address = 10;  // attempts at once; then one each `forgive`
    std::uint32_t per_account = 30;
    Duration forgive{60'000};
    Duration trust{30LL * 24 * 3600 * 1000};
    std::size_t entries = 65'536;
  };

  explicit GuessLimiter(Options options) : options_(options) {}

  // Charges one attempt; false when there are too many: then nothing is charged.
  bool try_address(std::string_view address, Instant now);
  bool try_account(std::string_view address, std::string_view account, Instant now);

  // The attempt was right: both charges are given back, and the pair is trusted.
  void succeeded(std::string_view address, std::string_view account, Instant now);
  // Nothing was learned by the attempt (the server was too busy to look).
  void give_back_address(std::string_view address);

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    Instant until{};  // charges: when all will be forgiven; a trusted pair: for how long
  };
  using Entries = std::list<Entry>;  // most recently used first

  Entry& entry(std::string key);
  Entry* find(const std::string& key);
  bool charge(std::string key, std::uint32_t limit, Instant now);
  void give_back(const std::string& key);

  const Options options_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> index_;  // views of the entries' keys
};

}  // namespace breakwater::identity
