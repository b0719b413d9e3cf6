// "Remove me": a message whose whole own text asks to leave the list, in any of some twenty-five languages.
// It reaches nobody else and is answered privately; docs/storm.md says why. Pure.
#pragma once

#include "storm/verdict.h"

namespace breakwater::storm {

bool asks_to_leave(const Facts& facts);

}  // namespace breakwater::storm
