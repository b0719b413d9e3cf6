// The least configuration that is whole, for tests that add to it.
#pragma once

#include <string>

namespace breakwater::config {

inline const std::string least = R"(hostname = "lists.example.org"
postmaster = "admin@example.org"
[[listener]]
kind = "mx"
address = "127.0.0.1:2525"
[[route]]
name = "internet"
kind = "mx"
domains = "*"
)";
inline const std::string least_list = "domain = \"lists.example.org\"\nowners = [\"ann@example.org\"]\n";

}  // namespace breakwater::config
