// Reading a password: from a terminal twice and without echo, else one line of standard input. Never from
// arguments, which every user of the machine can read.
#pragma once

#include <string>

#include "terms/result.h"

namespace breakwater::cli {

Result<std::string> read_password(const std::string& for_whom);

}  // namespace breakwater::cli
