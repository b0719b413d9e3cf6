// The rows of the table of fields, by file of the configuration. fields.h puts them together.
#pragma once

#include <vector>

#include "config/fields.h"

namespace breakwater::config {

std::vector<Section> server_sections();
Section list_section();
Section guard_section();  // a table in the list file

}  // namespace breakwater::config
