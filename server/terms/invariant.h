// BREAKWATER_ASSERT: stays on in release. A broken invariant stops the process with file and line; the store
// is built so that stopping at any instant loses nothing.
#pragma once

#include <cstdio>
#include <cstdlib>

#define BREAKWATER_ASSERT(condition)                                                         \
  do {                                                                                       \
    if (!(condition)) [[unlikely]] {                                                         \
      std::fprintf(stderr, "%s:%d: invariant broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)
