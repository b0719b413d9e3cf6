// What the breaker says to people. Pure.
#pragma once

#include <string>

#include "storm/breaker_record.h"

namespace breakwater::storm {

// Why a posting is held: a sentence with the score, the limit, the next probe.
std::string reason_of(const Switch& breaker, bool of_thread, double limit);

}  // namespace breakwater::storm
