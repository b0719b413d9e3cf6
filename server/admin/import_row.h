// One row of an import, judged: the same function for the server's desk and for a strict check of the whole
// file.
#pragma once

#include <string_view>

#include "lists/list.h"
#include "store/directory.h"
#include "terms/result.h"

namespace breakwater::admin {

struct ImportRow {
  store::NewMember member;
  lists::Role role = lists::Role::member;
};

// Empty role: member; empty delivery: as it was, or each. Errors: Fault::invalid with the reason, as it is
// shown beside the line.
Result<ImportRow> read_import_row(std::string_view address, std::string_view name, std::string_view role,
                                  std::string_view delivery);

}  // namespace breakwater::admin
