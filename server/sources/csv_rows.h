// Rows of comma-separated values, from a file or a program: which column is which, and lines that are broken.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sources/csv.h"
#include "sources/reading.h"

namespace breakwater::sources {

class CsvRows {
 public:
  CsvRows(Reading& reading, std::string address_column, std::string name_column)
      : reading_(reading), address_(std::move(address_column)), name_(std::move(name_column)) {}

  // Any piece of the text. After an error nothing more is to be fed.
  Result<void> feed(std::string_view bytes);
  Result<void> finish();

 private:
  Result<void> take(const CsvRecord& record);
  Result<bool> take_header(const CsvRecord& first);

  Reading& reading_;
  std::string address_, name_;
  CsvReader reader_;
  std::size_t columns_ = 0;  // of the first record; 0: there was none yet
  std::size_t address_at_ = 0;
  std::optional<std::size_t> name_at_ = 1;
  std::optional<Error> failed_;
};

}  // namespace breakwater::sources
