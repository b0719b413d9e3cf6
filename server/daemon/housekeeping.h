// What is over is taken away, some rows at a time. What is kept: docs/operations.md.
#pragma once

#include "store/store.h"

namespace breakwater::daemon {

// A write job for each sort of rows, so that mail goes on between them, and one sort that cannot be taken
// away (a corrupt row) is logged and holds up no other. Any thread; returns at once.
void keep_house(store::Store& store);

}  // namespace breakwater::daemon
