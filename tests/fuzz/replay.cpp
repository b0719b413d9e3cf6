// Runs a fuzz target without libFuzzer: over its seeds, then over mutations of them, always the same ones.
//   fuzz_NAME CORPUS MUTATIONS SECONDS
// Ends with 1 when there is nothing to run. When the target crashes, the input is left in fuzz_NAME.crash.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// There when a sanitizer is; called before it ends the process.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

std::string input;       // what the target is given, for keep_input()
std::string crash_file;  // named before anything can crash

void keep_input() {
  if (std::FILE* file = std::fopen(crash_file.c_str(), "wb")) {
    std::fwrite(input.data(), 1, input.size(), file);
    std::fclose(file);
    std::fprintf(stderr, "the input (%zu bytes) is in %s\n", input.size(), crash_file.c_str());
  }
}

void on_signal(int number) {
  keep_input();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

std::vector<std::string> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string next() {
    std::string made = seeds_[below(seeds_.size())];
    for (std::size_t steps = 1 + below(4); steps > 0; --steps) step(made);
    return made;
  }

 private:
  // Not a distribution of <random>: those differ between standard libraries.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

  void step(std::string& made) {
    const std::size_t at = below(made.size() + 1);
    const std::size_t length = std::min(made.size() - at, below(16) + 1);
    switch (below(6)) {
      case 0:
        if (at < made.size()) made[at] = static_cast<char>(made[at] ^ (1 << below(8)));
        break;
      case 1: made.insert(at, kPieces[below(std::size(kPieces))]); break;
      case 2: made.erase(at, length); break;
      case 3:
        if (made.size() < kMost) made.insert(at, made.substr(at, length));
        break;
      case 4: made.resize(at); break;
      default: {
        const std::string& other = seeds_[below(seeds_.size())];
        made = made.substr(0, at) + other.substr(below(other.size() + 1));
        if (made.size() > kMost) made.resize(kMost);
      }
    }
  }

  static constexpr std::size_t kMost = 64 * 1024;
  // What mail grammars trip over.
  static constexpr std::string_view kPieces[] = {"\r\n",
                                                 "\n",
                                                 "\r",
                                                 ".",
                                                 "\r\n.\r\n",
                                                 "\n.\n",
                                                 "\r\n ",
                                                 "\r\n\r\n",
                                                 " ",
                                                 "\t",
                                                 "<",
                                                 ">",
                                                 "@",
                                                 ":",
                                                 ";",
                                                 ",",
                                                 "\"",
                                                 "\\",
                                                 "(",
                                                 ")",
                                                 "=",
                                                 "--",
                                                 "%",
                                                 "{}",
                                                 std::string_view("\0", 1),
                                                 "\x7f",
                                                 "\x80",
                                                 "\xff",
                                                 "\xc3\xa9",
                                                 "\xe2\x80\xae",
                                                 "\xc0\xaf",
                                                 "18446744073709551616",
                                                 "-1",
                                                 "=?utf-8?q?",
                                                 "?="};

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_{20260101};
};

void run(std::string next) {
  input = std::move(next);
  // A copy of exactly that size, so that AddressSanitizer sees a read past its end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

int number(const char* text) {
  int value = 0;
  std::from_chars(text, text + std::string_view(text).size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 || !std::filesystem::is_directory(argv[1])) {
    std::fprintf(stderr, "usage: %s CORPUS-FOLDER MUTATIONS SECONDS (with at least one seed in it)\n",
                 argv[0]);
    return 1;
  }
  crash_file = std::filesystem::path(argv[0]).filename().string() + ".crash";
  std::signal(SIGABRT, on_signal);
  std::signal(SIGSEGV, on_signal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_input);

  const auto seeds = read_corpus(argv[1]);
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", argv[1]);
    return 1;
  }
  run("");
  for (const auto& seed : seeds) run(seed);
  Mutator mutator(seeds);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(number(argv[3]));
  int done = 0;
  for (; done < number(argv[2]) && std::chrono::steady_clock::now() < end; ++done) run(mutator.next());
  std::printf("%zu seeds, %d mutations\n", seeds.size(), done);
  return done > 0 ? 0 : 1;
}
