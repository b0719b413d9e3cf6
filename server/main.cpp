#include "cli/cli.h"

int main(int argc, char** argv) { return breakwater::cli::run(argc, argv); }
