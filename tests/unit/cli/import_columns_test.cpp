#include "cli/import.h"

#include <gtest/gtest.h>

namespace breakwater::cli {
namespace {

using Fields = std::vector<std::string>;

sources::CsvRecord record(Fields fields) { return {1, std::move(fields), ""}; }

TEST(ImportColumns, without_a_header_in_the_order_of_the_manual) {
  ImportColumns columns;
  EXPECT_FALSE(columns.take_header(record({"ann@example.org", "Ann"})));
  EXPECT_EQ(*columns.read(record({" ann@example.org ", "Ann"})), (Fields{"ann@example.org", "Ann", "", ""}));
  EXPECT_FALSE(columns.read(record({"a@b.example", "Smith", " Ann", "member", "each"})).has_value());
  EXPECT_FALSE(columns.read(record({"", "Ann"})).has_value());
  EXPECT_FALSE(columns.read(record({"ann@example.org", "J\xF6rg"})).has_value());
}

TEST(ImportColumns, a_header_names_them_in_any_order) {
  ImportColumns columns;
  EXPECT_TRUE(columns.take_header(record({"Name", "Phone", " E-Mail", "Role"})));
  EXPECT_EQ(*columns.read(record({"Ann", "123", "ann@example.org", "owner"})),
            (Fields{"ann@example.org", "Ann", "owner", ""}));
}

TEST(ImportColumns, a_last_line_that_was_cut_off_is_no_row) {
  for (const char* first : {"address", "ann@example.org"}) {
    ImportColumns columns;
    columns.take_header(record({first, "name"}));
    sources::CsvRecord last = record({"bob@exam"});
    EXPECT_TRUE(columns.read(last)) << "who leaves columns out means so";
    last.open = true;
    EXPECT_EQ(columns.read(last).error().what,
              "the file ends in this line, before all its columns: was it cut off?");
    last.fields.emplace_back("Bob");
    EXPECT_TRUE(columns.read(last)) << "an editor may end a file so";
  }
}

}  // namespace
}  // namespace breakwater::cli
