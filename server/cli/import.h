// `breakwater member import`: a CSV file in batches through the office, with a progress bar.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/groups.h"
#include "sources/csv.h"
#include "terms/result.h"

namespace breakwater::cli {

struct ImportOptions {
  std::string list, file;
  bool strict = false, dry_run = false, json = false;
};

int run_import(const Context& context, const ImportOptions& options);

// Which field stands in which column. Without a header row: address, name, role, delivery.
class ImportColumns {
 public:
  // To be asked of the first record. True when it is a header row (it names a column "address" or "email")
  // and was taken as one.
  bool take_header(const sources::CsvRecord& first);
  // address, name, role, delivery; surrounding white space stripped. Errors: Fault::invalid with the reason.
  Result<std::vector<std::string>> read(const sources::CsvRecord& record) const;

 private:
  std::vector<int> column_ = {0, 1, 2, 3};  // -1: not there
  std::size_t known_ = 0;                   // columns of the header row; 0: none
  std::size_t first_ = 0;                   // columns of the first line, whatever it is
};

}  // namespace breakwater::cli
