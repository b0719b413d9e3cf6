#include <sys/stat.h>

#include <thread>

#include "collect.h"

namespace breakwater::sources {
namespace {

using Addresses = std::vector<std::string>;

Collected read(std::string_view text, std::string address_column = "", std::string name_column = "") {
  const Folder folder;
  CsvFile file{folder.write("staff.csv", text), std::move(address_column), std::move(name_column)};
  return collect(*make_source(std::move(file), {}));
}

TEST(CsvFile, WithAndWithoutAHeader) {
  auto found = read("Name,E-Mail,Room\r\n\"Lee, Ann\", ann@example.org ,12\r\nBob,bob@example.org,\r\n");
  ASSERT_EQ(found.said(), "");
  ASSERT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.rows[0].address, "ann@example.org");
  EXPECT_EQ(found.rows[0].name, "Lee, Ann");
  EXPECT_EQ(found.rows[1].where, "line 3");
  EXPECT_EQ(found.report->rows, 2U);
  EXPECT_EQ(read("ann@example.org;Ann\nbob@example.org;").rows[0].name, "Ann");
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "ann@example.org\n")
                .addresses(),
            Addresses{"ann@example.org"});
}

TEST(CsvFile, ColumnsThatTheConfigurationNames) {
  const std::string_view text = "mail,private,who\nann@example.org,ann@home.example,Ann\n";
  const auto found = read(text, "Private", "who");
  ASSERT_EQ(found.rows.size(), 1U);
  EXPECT_EQ(found.rows[0].address, "ann@home.example");
  EXPECT_EQ(found.rows[0].name, "Ann");
  EXPECT_NE(read(text, "office").said().find("line 1 names no column \"office\""), std::string::npos);
  EXPECT_NE(read(text, "", "nick").said().find("line 1 names no column \"nick\""), std::string::npos);
  EXPECT_NE(read("Vorname,Nachname\nAnn,Lee\n").said().find("neither an address nor a header"),
            std::string::npos);
}

TEST(CsvFile, ABrokenLineFailsTheFileAndIsNamed) {
  EXPECT_NE(read("ann@example.org,Ann\nbob@example.org,\"Bob\n").said().find("line 2: a quote is opened"),
            std::string::npos);
  // An upload that broke off: the last line is shorter than the first, or ends in the middle of a quote.
  EXPECT_NE(read("address,name,room\nann@example.org,Ann,1\nbob@ex")
                .said()
                .find("line 3 has 1 of the first line's 3 columns; was it cut off?"),
            std::string::npos);
  EXPECT_NE(read("address,name\nann@example.org,Lee, Ann\n").said().find("not quoted?"), std::string::npos);
}

TEST(CsvFile, AnAddressThatTheFileEndsInIsNotTakenForWhole) {
  constexpr const char* kEnd = "line 3, the last, ends with its address and has no line end; was it cut off?";
  EXPECT_NE(read("name,mail\nAnn,ann@example.org\nBob,bob@example.ne").said().find(kEnd), std::string::npos);
  EXPECT_NE(read("ann@example.org\ncid@example.org\nbob@example.ne").said().find(kEnd), std::string::npos);
  // What shows that it is whole: a line end of any kind, a closing quote, a column behind it.
  for (const char* whole : {"\n", "\r\n", "\r"}) {
    EXPECT_EQ(read(std::string("name,mail\nBob,bob@example.net") + whole).addresses(),
              Addresses{"bob@example.net"});
  }
  EXPECT_EQ(read("name,mail\nBob,\"bob@example.net\"").addresses(), Addresses{"bob@example.net"});
  EXPECT_EQ(read("mail,name\nbob@example.net,Bo").addresses(), Addresses{"bob@example.net"});
}

TEST(CsvFile, WhatHasNoAddressIsCountedAndAnEmptyFileIsAnError) {
  const auto found = read("name,mail\nAnn,ann@example.org\nBob,\nCid, \n");
  EXPECT_EQ(found.addresses(), Addresses{"ann@example.org"});
  EXPECT_EQ(found.report->without_address, 2U);
  EXPECT_EQ(found.report->first_without, "line 3");
  EXPECT_EQ(read("").report.error().fault, Fault::not_found);
  EXPECT_EQ(read("address,name\n").report.error().fault, Fault::not_found);
  EXPECT_NE(read("address,name\n,Ann\n").said().find("in 1 rows (the first: line 2)"), std::string::npos);
}

TEST(CsvFile, NamesInLatin1AreTakenForThat) {
  EXPECT_EQ(read("ann@example.org,J\xF6rg\n").rows[0].name, "Jörg");
}

TEST(CsvFile, WhatIsNoFileAndWhatIsNotThere) {
  const Folder folder;
  EXPECT_EQ(collect(*make_source(CsvFile{folder / "none.csv", "", ""}, {})).report.error().fault,
            Fault::not_found);
  EXPECT_NE(collect(*make_source(CsvFile{folder.path(), "", ""}, {})).said().find("it is not a file"),
            std::string::npos);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_NE(collect(*make_source(CsvFile{folder / "pipe", "", ""}, {})).said().find("it is not a file"),
            std::string::npos);
}

TEST(CsvFile, AFileThatIsWrittenToMeanwhileDoesNotCount) {
  const Folder folder;
  const std::string path = folder.write("staff.csv", "ann@example.org\nbob@example.org\n");
  const auto source = make_source(CsvFile{path, "", ""}, {});
  const auto report = source->read(
      [&](const SourceRow&) -> Result<void> {
        std::ofstream(path, std::ios::app) << "eve@example.org\n";
        return {};
      },
      {});
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().what.find("rename it to this one"), std::string::npos);
}

TEST(CsvFile, WhatTheReaderOfRowsSaysNamesThePlace) {
  const Folder folder;
  const auto source = make_source(CsvFile{folder.write("a.csv", "ann@example.org\nbob@\n"), "", ""}, {});
  const auto report = source->read(
      [](const SourceRow& row) -> Result<void> {
        if (row.address == "bob@") return error(Fault::invalid, "\"bob@\" is no address");
        return {};
      },
      {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().what, "CSV file " + (folder / "a.csv") + ": line 2: \"bob@\" is no address");
}

TEST(CsvFile, Limits) {
  const Folder folder;
  const std::string path = folder.write("a.csv", "a@example.org\nb@example.org\nc@example.org\n");
  SourceLimits two;
  two.rows = 2;
  EXPECT_EQ(collect(*make_source(CsvFile{path, "", ""}, two)).report.error().fault, Fault::full);
  EXPECT_NE(collect(*make_source(CsvFile{path, "", ""}, within(0))).said().find("took more than"),
            std::string::npos);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_NE(collect(*make_source(CsvFile{path, "", ""}, {}), stop.get_token()).said().find("was stopped"),
            std::string::npos);
}

// The promise: 850,000 rows under 15 s with memory that does not grow with them.
TEST(CsvFile, EightHundredAndFiftyThousandRows) {
  const Folder folder;
  {
    std::ofstream file(folder / "big.csv");
    file << "address,name,room\n";
    for (int at = 0; at < 850'000; ++at) {
      file << "person" << at << "@staff.example.org,\"Person, Number " << at << "\"," << at % 900 << "\r\n";
    }
  }
  const double before = peak_mb();
  const auto begun = std::chrono::steady_clock::now();
  std::size_t letters = 0;
  const auto report = make_source(CsvFile{folder / "big.csv", "", ""}, {})
                          ->read(
                              [&](const SourceRow& row) -> Result<void> {
                                letters += row.address.size() + row.name.size();
                                return {};
                              },
                              {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->rows, 850'000U);
  EXPECT_GT(letters, 30'000'000U);
  EXPECT_LT(took.count(), 15.0);
  EXPECT_LT(peak_mb() - before, kKeptMb);
  RecordProperty("seconds", std::to_string(took.count()));
}

}  // namespace
}  // namespace breakwater::sources
