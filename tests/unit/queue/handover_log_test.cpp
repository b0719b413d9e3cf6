#include "queue/handover_log.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace breakwater::queue {
namespace {

const Instant kNoon = from_ms(1'700'000'000'000);

TEST(HandoverLog, OneAnswerForManyIsOneRecordWithRuns) {
  HandoverLog log(kNoon);
  const std::uint32_t indices[] = {0, 1, 2, 5, 9, 10};
  log.append(kNoon + Duration{250}, Outcome::delivered, "250 2.0.0 Ok: queued as 4F3\r\n", indices, 6);
  int records = 0;
  ASSERT_TRUE(read_handovers(kNoon, log.bytes(), [&](const Handover& handover) {
    ++records;
    EXPECT_EQ(handover.at, kNoon + Duration{250});
    EXPECT_EQ(handover.outcome, Outcome::delivered);
    EXPECT_EQ(handover.reply, "250 2.0.0 Ok: queued as 4F3??");
    const std::vector<std::pair<std::uint32_t, std::uint32_t>> runs = {{0, 3}, {5, 1}, {9, 2}};
    EXPECT_EQ(handover.runs, runs);
  }));
  EXPECT_EQ(records, 1);
}

TEST(HandoverLog, CorruptBytesAreAnErrorAndNeverACrash) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    std::size_t total = 0;
    (void)read_handovers(kNoon, bytes, [&](const Handover& handover) { total += handover.reply.size(); });
    RC_ASSERT(total <= bytes.size());
  }));
}

}  // namespace
}  // namespace breakwater::queue
