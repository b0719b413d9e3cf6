// What a storm came to, as the demo prints it at its end. A value; printing on one thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>

#include "cli/ordinary_mail.h"

namespace breakwater::cli {

struct ScoreCard {
  std::string storm;
  std::uint64_t members = 0, seed = 1;
  int minutes = 0;  // that the storm took
  int seconds = 0;  // in which it was played

  std::uint64_t messages = 0;  // sent to the list, the first included
  std::uint64_t accepted = 0;  // with a 250
  std::uint64_t refused = 0;   // in the session
  std::uint64_t failed = 0;    // neither: the server did not answer
  // What became of those accepted, by the server's own books.
  std::uint64_t let_through = 0;  // replies that went to the list
  std::uint64_t diverted = 0, held = 0, discarded = 0;
  bool first_sent = false;        // the first message went to everybody
  std::string first_how;          // "at once", "after its sender confirmed"
  std::uint64_t unaccounted = 0;  // a 250, and not in the books: must be none
  std::uint64_t deliveries = 0;   // copies of what went to the list
  std::uint64_t letters = 0;      // that the server wrote to people
  std::string breaker;            // "open since ..., the list's"
  double server_peak_mb = 0;
  OrdinaryMail::Seen ordinary;

  std::uint64_t plain_deliveries() const { return messages * members; }
  std::uint64_t spared() const {
    return plain_deliveries() > deliveries ? plain_deliveries() - deliveries : 0;
  }
  // Every 250 accounted for, all ordinary mail there.
  bool sound() const;
};

std::string score_text(const ScoreCard& card);
boost::json::object score_json(const ScoreCard& card);
std::string ms_text(std::uint64_t us);  // "3.1 ms"

}  // namespace breakwater::cli
