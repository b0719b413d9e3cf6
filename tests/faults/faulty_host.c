// A host that fails, for LD_PRELOAD under the real server: a disk that can lose power or fail, and a clock
// that can be set. Read and steered by host.py.
//
// Under $FAULTY_ROOT, what is done to files is written to $FAULTY_JOURNAL in the order in which it was done,
// so that host.py can say what a disk would hold had the power gone: what was synced, and any part of what
// was not. $FAULTY_CONTROL is a page shared with host.py: calls are counted there, and from the
// `fail_from`-th to before the `fail_until`-th they fail. Real calls are made by number: nothing here calls
// what it replaces.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { kWrite = 1, kSync = 2, kOpen = 4 };  // kinds of calls that can fail
enum { kPowerCut = 9999 };  // instead of an error: the call that is not made, and none after it

struct Control {
  uint64_t calls, fail_from, fail_until;  // counted from 1; 0: none fail
  uint32_t kinds, error;
  uint64_t failed;   // calls so far
  int64_t clock_ns;  // added to what the clock says; the steady clock is not touched
};

// A record of the journal: this, then the path, then the data.
// A kill can tear the last one; the next process then begins behind it, which kBegin shows. So what changes
// content is written down before it is done: a torn record is of something that did not happen.
static const char kBegin[8] =
    "\xFB"
    "record";
struct Record {
  char begin[8];
  uint8_t what;  // 'C'reate 'W'rite 'T'runcate 'S'ync 'F'ailed sync 'D'irectory made 'R'ename 'U'nlink
  uint8_t unused;
  uint16_t path_bytes;
  uint32_t data_bytes;
  int64_t offset;  // of a write; the size of a truncation
};

enum { kDescriptors = 65536 };
static struct Control none, *control = &none;
static const char* root;
static int journal = -1;
static char* paths[kDescriptors];  // of the descriptors under the root
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char* lost_file;  // what a failed sync lost, see forget()

__attribute__((constructor)) static void begin(void) {
  root = getenv("FAULTY_ROOT");
  lost_file = getenv("FAULTY_LOST");
  const char* name = getenv("FAULTY_JOURNAL");
  if (name != NULL)
    journal = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  name = getenv("FAULTY_CONTROL");
  if (name == NULL) return;
  const int fd = (int)syscall(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC);
  void* page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof none, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) abort();
  control = page;
}

static int is_ours(const char* path) { return root != NULL && strncmp(path, root, strlen(root)) == 0; }

static const char* path_of(int fd) { return fd >= 0 && fd < kDescriptors ? paths[fd] : NULL; }

// Whether this call is to fail.
static int fails(uint32_t kind) {
  if ((control->kinds & kind) == 0) return 0;
  const uint64_t call = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
  if (control->fail_from == 0 || call < control->fail_from || call >= control->fail_until) return 0;
  __atomic_add_fetch(&control->failed, 1, __ATOMIC_SEQ_CST);
  if (control->error == kPowerCut) syscall(SYS_kill, (int)syscall(SYS_getpid), SIGKILL);
  return 1;
}

static void note(uint8_t what, const char* path, int64_t offset, const void* data, size_t bytes) {
  if (journal < 0) return;
  struct Record record = {{0}, what, 0, (uint16_t)strlen(path), (uint32_t)bytes, offset};
  memcpy(record.begin, kBegin, sizeof kBegin);
  const struct {
    const void* data;
    size_t bytes;
  } parts[] = {{&record, sizeof record}, {path, record.path_bytes}, {data, bytes}};
  if (syscall(SYS_writev, journal, parts, 3) != (long)(sizeof record + record.path_bytes + bytes)) abort();
}

static int failed_with(int error) {
  errno = error;
  return -1;
}

static int open_file(int at, const char* path, int flags, mode_t mode) {
  char full[PATH_MAX];
  if (path[0] != '/' && at == AT_FDCWD && root != NULL && getcwd(full, sizeof full) != NULL &&
      strlen(full) + strlen(path) + 2 < sizeof full) {
    strcat(strcat(full, "/"), path);
    path = full;
  }
  if (!is_ours(path)) return (int)syscall(SYS_openat, at, path, flags, mode);
  if (fails(kOpen)) return failed_with((int)control->error);
  pthread_mutex_lock(&mutex);
  const int was_there = syscall(SYS_faccessat, AT_FDCWD, path, F_OK) == 0;
  if (!was_there && (flags & O_CREAT) != 0) note('C', path, 0, NULL, 0);
  if (was_there && (flags & O_TRUNC) != 0) note('T', path, 0, NULL, 0);
  const int fd = (int)syscall(SYS_openat, at, path, flags, mode);
  const int error = errno;
  if (fd >= 0 && fd < kDescriptors) {
    free(paths[fd]);
    paths[fd] = strdup(path);
  }
  pthread_mutex_unlock(&mutex);
  errno = error;
  return fd;
}

#define OPEN(name)                                 \
  int name(const char* path, int flags, ...) {     \
    va_list more;                                  \
    va_start(more, flags);                         \
    const mode_t mode = va_arg(more, mode_t);      \
    va_end(more);                                  \
    return open_file(AT_FDCWD, path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (path_of(fd) != NULL) {
    pthread_mutex_lock(&mutex);
    free(paths[fd]);
    paths[fd] = NULL;
    pthread_mutex_unlock(&mutex);
  }
  return (int)syscall(SYS_close, fd);
}

ssize_t pwrite64(int fd, const void* data, size_t bytes, off64_t offset) {
  const char* path = path_of(fd);
  if (path == NULL) return syscall(SYS_pwrite64, fd, data, bytes, offset);
  if (fails(kWrite)) return failed_with((int)control->error);
  pthread_mutex_lock(&mutex);
  note('W', path, offset, data, bytes);
  const ssize_t written = syscall(SYS_pwrite64, fd, data, bytes, offset);
  const int error = errno;
  pthread_mutex_unlock(&mutex);
  errno = error;
  return written;
}

ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) {
  return pwrite64(fd, data, bytes, offset);
}

ssize_t write(int fd, const void* data, size_t bytes) {
  if (path_of(fd) == NULL) return syscall(SYS_write, fd, data, bytes);
  const off_t offset = lseek(fd, 0, SEEK_CUR);
  const ssize_t written = pwrite64(fd, data, bytes, offset);
  if (written > 0) lseek(fd, offset + written, SEEK_SET);
  return written;
}

int ftruncate64(int fd, off64_t size) {
  const char* path = path_of(fd);
  if (path == NULL) return (int)syscall(SYS_ftruncate, fd, size);
  if (fails(kWrite)) return failed_with((int)control->error);
  pthread_mutex_lock(&mutex);
  note('T', path, size, NULL, 0);
  const int done = (int)syscall(SYS_ftruncate, fd, size);
  const int error = errno;
  pthread_mutex_unlock(&mutex);
  errno = error;
  return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

// The files are in memory as far as this test goes: what a sync means is what host.py makes of it.
static int sync_file(int fd, long call) {
  const char* path = path_of(fd);
  if (path == NULL) return (int)syscall(call, fd);
  const int fails_now = fails(kSync);
  pthread_mutex_lock(&mutex);
  note(fails_now ? 'F' : 'S', path, 0, NULL, 0);
  pthread_mutex_unlock(&mutex);
  return fails_now ? failed_with((int)control->error) : 0;
}

int fsync(int fd) { return sync_file(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_file(fd, SYS_fdatasync); }

// After a failed sync the kernel calls the pages clean: they are read as written until they are dropped, then
// as the disk has them. host.py has put into $FAULTY_LOST what that is.
int posix_fadvise64(int fd, off64_t offset, off64_t bytes, int advice) {
  const char* path = path_of(fd);
  if (path != NULL && advice == POSIX_FADV_DONTNEED && lost_file != NULL) {
    const int lost = (int)syscall(SYS_openat, AT_FDCWD, lost_file, O_RDONLY | O_CLOEXEC);
    struct Record record;
    while (lost >= 0 && read(lost, &record, sizeof record) == sizeof record) {
      char name[PATH_MAX] = {0};
      char* data = malloc(record.data_bytes + 1);
      if (read(lost, name, record.path_bytes) != record.path_bytes) abort();
      if (read(lost, data, record.data_bytes) != (ssize_t)record.data_bytes) abort();
      const int file =
          strcmp(name, path) == 0 ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC) : -1;
      if (file >= 0) {
        if (syscall(SYS_pwrite64, file, data, (size_t)record.data_bytes, record.offset) < 0) abort();
        syscall(SYS_close, file);
      }
      free(data);
    }
    if (lost >= 0) syscall(SYS_close, lost);
  }
  return (int)syscall(SYS_fadvise64, fd, offset, bytes, advice);
}

int posix_fadvise(int fd, off_t offset, off_t bytes, int advice) {
  return posix_fadvise64(fd, offset, bytes, advice);
}

static int change_name(uint8_t what, const char* path, const char* more, long done) {
  const int error = errno;
  if (done == 0 && is_ours(path)) {
    pthread_mutex_lock(&mutex);
    note(what, path, 0, more, more == NULL ? 0 : strlen(more));
    pthread_mutex_unlock(&mutex);
  }
  errno = error;
  return (int)done;
}

int unlink(const char* path) {
  return change_name('U', path, NULL, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int mkdir(const char* path, mode_t mode) {
  return change_name('D', path, NULL, syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int rename(const char* from, const char* to) {
  return change_name('R', from, to, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  static int (*real)(clockid_t, struct timespec*);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const int done = real(clock, now);
  if (done != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return done;
  const int64_t ns = (int64_t)now->tv_sec * 1000000000 + now->tv_nsec +
                     __atomic_load_n(&control->clock_ns, __ATOMIC_SEQ_CST);
  now->tv_sec = ns / 1000000000;
  now->tv_nsec = ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* where) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (where != NULL) *where = now.tv_sec;
  return now.tv_sec;
}
