#include "config/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "config/template_files.h"

namespace breakwater::config {
namespace {

constexpr std::size_t largest_file = 1024 * 1024;

std::string words_of(int number) { return std::generic_category().message(number); }

class Descriptor {
 public:
  // Non-blocking: a FIFO among the files must not hold up a reload.
  explicit Descriptor(const std::string& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string read_all(int fd, std::string& text) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return words_of(errno);
  if (!S_ISREG(facts.st_mode)) return S_ISDIR(facts.st_mode) ? words_of(EISDIR) : "Not a regular file";
  std::size_t filled = 0;
  for (;;) {
    text.resize(std::max(filled + 4096, static_cast<std::size_t>(std::max<off_t>(facts.st_size, 0)) + 1));
    if (text.size() > largest_file + 1) text.resize(largest_file + 1);
    const ssize_t got = ::read(fd, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return words_of(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > largest_file) return "larger than 1 MiB";
  }
  text.resize(filled);
  return {};
}

}  // namespace

SourceFile read_source(const std::string& path) {
  SourceFile source{path, {}, {}};
  const Descriptor file(path);
  const std::string why = file.get() < 0 ? words_of(errno) : read_all(file.get(), source.text);
  if (why.empty()) return source;
  source.text.clear();
  source.trouble = "cannot be read: " + why;
  return source;
}

std::vector<SourceFile> read_lists(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.c_str()), ::closedir);
  if (!open) {
    if (errno == ENOENT) return {};
    return {SourceFile{folder, {}, "cannot be read: " + words_of(errno)}};
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(open.get())) {
    std::string name = entry->d_name;
    if (name.ends_with(".toml") && !name.starts_with('.')) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  std::vector<SourceFile> files;
  files.reserve(names.size());
  for (const std::string& name : names) files.push_back(read_source(folder + "/" + name));
  return files;
}

std::string why_unreadable(const std::string& path) {
  const Descriptor file(path);
  if (file.get() < 0) return words_of(errno);
  struct stat facts {};
  if (::fstat(file.get(), &facts) != 0) return words_of(errno);
  return S_ISDIR(facts.st_mode) ? words_of(EISDIR) : std::string();
}

std::string why_no_secret(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return "cannot be read: " + words_of(errno);
  if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    return "is open to everybody on this machine; take that away with chmod o=";
  }
  return facts.st_size == 0 ? "is empty; write the password into it, on one line" : "";
}

std::string why_not_executable(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return words_of(errno);
  if (!S_ISREG(facts.st_mode)) return "Not a regular file";
  return ::access(path.c_str(), X_OK) == 0 ? "" : words_of(errno);
}

Loaded load(const std::string& file) {
  const std::filesystem::path path(file);
  const std::string folder = path.has_parent_path() ? path.parent_path().string() + "/" : std::string();
  std::error_code ignored;
  const std::filesystem::path whole = std::filesystem::absolute(path, ignored);
  const Disk disk{whole.parent_path().lexically_normal().string(), why_unreadable, read_templates,
                  why_no_secret, why_not_executable};
  return load_with(read_source(file), read_lists(folder + "lists"), disk);
}

}  // namespace breakwater::config
