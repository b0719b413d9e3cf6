#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sources/csv_rows.h"
#include "sources/fd.h"
#include "sources/source.h"

namespace breakwater::sources {
namespace {

class CsvFileSource : public Source {
 public:
  CsvFileSource(CsvFile file, SourceLimits limits) : file_(std::move(file)), limits_(limits) {}

  std::string describe() const override { return "CSV file " + file_.path; }

  Result<SourceReport> read(const Each& each, std::stop_token stop) override {
    Reading reading(describe(), limits_, each, std::move(stop));
    // Not blocking: a pipe that nobody writes to must not hold the thread.
    const Fd fd(open(file_.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) return unreadable(reading);
    struct stat before {};
    if (fstat(fd.get(), &before) != 0) return unreadable(reading);
    if (!S_ISREG(before.st_mode)) return reading.failed(Fault::invalid, "it is not a file");
    CsvRows rows(reading, file_.address_column, file_.name_column);
    std::string block(1 << 17, '\0');
    for (off_t total = 0;;) {
      const ssize_t got = ::read(fd.get(), block.data(), block.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return unreadable(reading);
      if (got == 0) break;
      if ((total += got) > before.st_size) return changed(reading);
      const auto fed = rows.feed(std::string_view(block.data(), static_cast<std::size_t>(got)));
      if (!fed) return fed.error();
    }
    if (const auto finished = rows.finish(); !finished) return finished.error();
    struct stat after {};
    if (fstat(fd.get(), &after) != 0) return unreadable(reading);
    if (before.st_size != after.st_size || before.st_mtim.tv_sec != after.st_mtim.tv_sec ||
        before.st_mtim.tv_nsec != after.st_mtim.tv_nsec) {
      return changed(reading);
    }
    return reading.done();
  }

 private:
  static Error changed(const Reading& reading) {
    return reading.failed(Fault::unavailable,
                          "it was written to while it was read; write a new file and rename it to this one");
  }

  static Error unreadable(const Reading& reading) {
    const Fault fault = errno == EACCES   ? Fault::denied
                        : errno == ENOENT ? Fault::not_found
                                          : Fault::unavailable;
    return reading.failed(fault, std::string("it cannot be read: ") + std::strerror(errno));
  }

  CsvFile file_;
  SourceLimits limits_;
};

}  // namespace

std::unique_ptr<Source> make_source(CsvFile file, SourceLimits limits) {
  return std::make_unique<CsvFileSource>(std::move(file), limits);
}

}  // namespace breakwater::sources
