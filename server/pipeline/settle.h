// Settle: what an answer of the next server means for a slice. Delivered and failed recipients are done;
// deferred ones are tried again on the schedule until the slice expires, then they fail. Pure: time and
// entropy are arguments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "queue/consignment.h"
#include "queue/retry_schedule.h"
#include "queue/slice.h"
#include "terms/instant.h"
#include "terms/result.h"

namespace breakwater::pipeline {

// A recipient who will not get the posting.
struct Failure {
  std::uint32_t index = 0;  // in the slice
  std::string status;       // RFC 3463: "5.1.1"
  std::string diagnostic;   // the reply
  Instant at{};
};

struct Settled {
  std::uint32_t delivered = 0, failed = 0;  // newly, by this report
  std::vector<Failure> failures;
  std::string log;  // what to keep of the answers, with what became of those that no answer named
  Instant log_base{};
  bool finished = false;  // nobody is left to do
};

// Applies one report to the slice: marks, and with report.finished the next due time (attempts + 1 when
// somebody is left). `answered` is empty bits at the start of a try and carries from report to report who has
// been named; at the end the others get report.rest. Indices past the slice's end are ignored. Errors:
// Fault::invalid on a corrupt log.
Result<Settled> settle(queue::Slice& slice, queue::Bitmap& answered, const queue::Report& report,
                       const queue::RetrySchedule& schedule, Instant now, std::uint64_t entropy);

// "5.1.1" of "550 5.1.1 no such user"; "5.0.0" or "4.0.0" where the server gave none.
std::string status_of(std::string_view reply);

}  // namespace breakwater::pipeline
