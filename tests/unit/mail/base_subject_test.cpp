#include <gtest/gtest.h>

#include "mail/message.h"

namespace breakwater::mail {
namespace {

TEST(BaseSubject, IsWhatRepliesHaveInCommon) {
  for (const char* reply :
       {"Re: Lunch  on Friday", "RE: AW: lunch on friday", "[all] Re: Lunch on Friday",
        "Re[2]: Lunch on Friday (fwd)", "回复：Lunch on Friday", "Fwd: [all] [x] Lunch on Friday"}) {
    const BaseSubject base = base_subject(reply);
    EXPECT_EQ(base.text, "lunch on friday") << reply;
    EXPECT_TRUE(base.marked) << reply;
  }
  EXPECT_FALSE(base_subject("Lunch on Friday").marked);
}

TEST(BaseSubject, KeepsWhatIsNoMarker) {
  EXPECT_EQ(base_subject("[Lunch]").text, "[lunch]");
  EXPECT_EQ(base_subject("Report: May").text, "report: may");
  EXPECT_EQ(base_subject("").text, "");
  EXPECT_EQ(base_subject("Re: ").text, "");
  EXPECT_EQ(base_subject("(fwd)").text, "(fwd)");
}

}  // namespace
}  // namespace breakwater::mail
