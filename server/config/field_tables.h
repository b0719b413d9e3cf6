// The rows of the table of fields, by file of the configuration. fields.h puts them together.
#pragma once

#include <vector>

#include "config/fields.h"

namespace breakwater::config {

std::vector<Section> server_sections();
Section list_section();
// Tables in the list file.
Section guard_section();
Section bounces_section();
Section digest_section();
Section rule_section();
Section sync_section();
Section source_section();
Section exclude_section();

}  // namespace breakwater::config
