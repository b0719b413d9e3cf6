#include "cli/cli.h"

#include <cstdio>
#include <cstring>

namespace breakwater::cli {

int run(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
    std::puts("breakwater " BREAKWATER_VERSION);
    return 0;
  }
  std::fputs("usage: breakwater --version\n", stderr);
  return 2;
}

}  // namespace breakwater::cli
