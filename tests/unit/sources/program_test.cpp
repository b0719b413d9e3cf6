#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "collect.h"
#include "sources/fd.h"

namespace breakwater::sources {
namespace {

class ProgramTest : public testing::Test {
 protected:
  Collected run(const std::string& body, SourceLimits limits = within(20'000), std::uint64_t most = 1 << 20) {
    const std::string path = folder_.write("program", "#!/bin/sh\n" + body);
    chmod(path.c_str(), 0700);
    return collect(*make_source(Program{{path, "a b", "$(x)"}, most}, limits));
  }
  Folder folder_;
};

TEST_F(ProgramTest, PrintsWhatACsvFileWouldHold) {
  const auto found = run("echo 'address,name'; echo 'ann@example.org,Ann'; printf 'bob@example.org,Bob'");
  ASSERT_EQ(found.said(), "");
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[1].name, "Bob");
  EXPECT_EQ(found.rows[1].where, "line 3");
}

TEST_F(ProgramTest, NoShellNoInputNoDescriptorsASmallEnvironment) {
  setenv("BREAKWATER_SECRET", "x", 1);
  const Fd open_here(open("/dev/null", O_RDONLY));  // without O_CLOEXEC
  const auto found =
      run("echo \"a@example.org,$1|$2|$#\"\n"
          "echo \"b@example.org,$(cat | wc -c)\"\n"
          "echo \"c@example.org,$(env | grep -c SECRET)\"\n"
          "echo \"d@example.org,$(ls /proc/self/fd | wc -w)\"\n");
  ASSERT_EQ(found.rows.size(), 4U) << found.said();
  EXPECT_EQ(found.rows[0].name, "a b|$(x)|2");
  EXPECT_EQ(found.rows[1].name, "0");
  EXPECT_EQ(found.rows[2].name, "0");
  EXPECT_EQ(found.rows[3].name, "4");  // and the folder that ls reads
}

TEST_F(ProgramTest, AnExitStatusThatIsNotZeroFails) {
  auto found = run("echo 'ann@example.org'; echo 'no route to the staff office' >&2; exit 3");
  EXPECT_EQ(found.report.error().fault, Fault::unavailable);
  EXPECT_NE(found.said().find("failed with exit status 3 and said: no route to the staff office"),
            std::string::npos)
      << found.said();
  EXPECT_NE(run("echo 'ann@example.org'; kill -9 $$").said().find("ended by signal 9"), std::string::npos);
  EXPECT_EQ(run("exit 0").report.error().fault, Fault::not_found);
}

TEST_F(ProgramTest, WhatCannotBeStarted) {
  EXPECT_NE(collect(*make_source(Program{{"/nonexistent/x"}}, {})).said().find("No such file"),
            std::string::npos);
  EXPECT_NE(collect(*make_source(Program{{"ls"}}, {})).said().find("no absolute path"), std::string::npos);
  EXPECT_NE(collect(*make_source(Program{}, {})).said().find("no absolute path"), std::string::npos);
  EXPECT_EQ(collect(*make_source(Program{{folder_.write("plain", "x")}}, {})).report.error().fault,
            Fault::denied);
}

TEST_F(ProgramTest, OneThatOthersMayWriteToIsNotStarted) {
  const std::string path = folder_.write("program", "#!/bin/sh\necho ann@example.org; touch \"$0.ran\"\n");
  chmod(path.c_str(), 0757);
  const auto found = collect(*make_source(Program{{path}}, {}));
  EXPECT_EQ(found.report.error().fault, Fault::denied);
  EXPECT_NE(found.said().find("chmod go-w " + path), std::string::npos) << found.said();
  EXPECT_NE(access((path + ".ran").c_str(), F_OK), 0);
  chmod(path.c_str(), 0755);
  EXPECT_EQ(collect(*make_source(Program{{path}}, {})).said(), "");
}

TEST_F(ProgramTest, OneThatHangsIsEndedWithAllThatItStarted) {
  const auto begun = std::chrono::steady_clock::now();
  const auto found = run("trap '' TERM\necho 'ann@example.org'\nsleep 100 &\necho $! > " + (folder_ / "pid") +
                             "\nwait; wait; sleep 100",
                         within(500));
  EXPECT_NE(found.said().find("took more than 0.5 s"), std::string::npos) << found.said();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(8));
  pid_t left = 0;
  std::ifstream(folder_ / "pid") >> left;
  ASSERT_GT(left, 1);
  for (int at = 0; at < 50 && kill(left, 0) == 0; ++at) {
    std::ifstream stat("/proc/" + std::to_string(left) + "/stat");
    std::string word, state;
    stat >> word >> word >> state;
    if (state == "Z") return;  // nobody here is its parent
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_NE(kill(left, 0), 0) << "the program's own child goes on";
}

TEST_F(ProgramTest, OneThatPrintsWithoutEndIsEnded) {
  const auto found = run("while :; do echo ann@example.org; done", within(20'000), 100'000);
  EXPECT_EQ(found.report.error().fault, Fault::full);
  EXPECT_NE(run("while :; do echo no >&2; done", within(400)).said().find("took more than"),
            std::string::npos);
}

TEST_F(ProgramTest, AStopIsHeardWhileItHangs) {
  const std::string path = folder_.write("hang", "#!/bin/sh\nsleep 100\n");
  chmod(path.c_str(), 0700);
  std::stop_source stop;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stop.request_stop();
  });
  const auto begun = std::chrono::steady_clock::now();
  const auto found = collect(*make_source(Program{{path}}, {}), stop.get_token());
  later.join();
  EXPECT_NE(found.said().find("was stopped"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

}  // namespace
}  // namespace breakwater::sources
