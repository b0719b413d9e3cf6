// What monitoring reads from the store and the server when its page is asked for. Blocks: on the thread that
// writes pages, never on a loop or the store's writer. At most once a second, however often it is asked.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "daemon/running.h"
#include "store/store.h"
#include "terms/instant.h"
#include "terms/result.h"
#include "web/series.h"

namespace breakwater::daemon {

class Readings {
 public:
  // All must outlive it. `sessions`: open now; any thread.
  Readings(web::Metrics& metrics, store::Store& store, const InForce& in_force,
           std::function<std::uint64_t()> sessions)
      : metrics_(metrics), store_(store), in_force_(in_force), sessions_(std::move(sessions)) {}

  // The page. Where the store cannot be read, what is counted is still said; what is read is left out.
  std::string page(Instant now);

 private:
  Result<void> read(Instant now);
  void forget();

  web::Metrics& metrics_;
  store::Store& store_;
  const InForce& in_force_;
  std::function<std::uint64_t()> sessions_;
  std::optional<std::chrono::steady_clock::time_point> read_at_;
};

}  // namespace breakwater::daemon
