// `breakwater storm status`: what is open, frozen and held, once or each second.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "cli/groups.h"

namespace breakwater::cli {

void add_storm_status(const Command& storm, const Context& context);

// The desk's answer to storm.status as people read it. Pure.
std::string status_text(const boost::json::object& answer, const std::vector<boost::json::object>& lists);

}  // namespace breakwater::cli
