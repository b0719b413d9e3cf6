// Numbers in the reasons of verdicts, as people read them. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace breakwater::storm {

std::string grouped(std::int64_t number);  // "850,000"
std::string people(std::int64_t number);   // "850,000 people", "1 person"

}  // namespace breakwater::storm
