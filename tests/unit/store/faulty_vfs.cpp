#include "faulty_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <new>

namespace breakwater::store {
namespace {

std::atomic<FaultyDisk::Failing> how = FaultyDisk::Failing::nothing;
std::atomic<std::int64_t> strike_at = 0;
std::atomic<bool> strike_stays = false;
std::atomic<std::int64_t> counted = 0;
std::atomic<bool> has_struck = false;

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs faulty_vfs;
sqlite3_io_methods faulty_methods;

// What the n-th change answers instead of being made; SQLITE_OK: it is made.
int verdict(int io_error) {
  const std::int64_t number = ++counted;
  const auto failing = how.load();
  if (failing == FaultyDisk::Failing::nothing) return SQLITE_OK;
  if (number != strike_at && !(strike_stays && number > strike_at)) return SQLITE_OK;
  has_struck = true;
  return failing == FaultyDisk::Failing::full ? SQLITE_FULL : io_error;
}

struct File {
  sqlite3_file base;  // first: SQLite sees only this
  sqlite3_file* real;
};
sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real; }

int on_close(sqlite3_file* file) { return real_of(file)->pMethods->xClose(real_of(file)); }
int on_read(sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
  return real_of(f)->pMethods->xRead(real_of(f), to, n, at);
}
int on_write(sqlite3_file* file, const void* from, int count, sqlite3_int64 at) {
  if (const int failed = verdict(SQLITE_IOERR_WRITE); failed != SQLITE_OK) {
    // A write that fails may have been made in part.
    if (count > 1) (void)real_of(file)->pMethods->xWrite(real_of(file), from, count / 2, at);
    return failed;
  }
  return real_of(file)->pMethods->xWrite(real_of(file), from, count, at);
}
int on_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (const int failed = verdict(SQLITE_IOERR_TRUNCATE); failed != SQLITE_OK) return failed;
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}
int on_sync(sqlite3_file* file, int flags) {
  if (const int failed = verdict(SQLITE_IOERR_FSYNC); failed != SQLITE_OK) {
    return failed == SQLITE_FULL ? SQLITE_IOERR_FSYNC : failed;  // what SQLite makes of an ENOSPC there
  }
  return real_of(file)->pMethods->xSync(real_of(file), flags);
}
int on_file_size(sqlite3_file* f, sqlite3_int64* size) {
  return real_of(f)->pMethods->xFileSize(real_of(f), size);
}
int on_lock(sqlite3_file* f, int lock) { return real_of(f)->pMethods->xLock(real_of(f), lock); }
int on_unlock(sqlite3_file* f, int lock) { return real_of(f)->pMethods->xUnlock(real_of(f), lock); }
int on_check_lock(sqlite3_file* f, int* out) {
  return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}
int on_control(sqlite3_file* f, int op, void* arg) {
  return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}
int on_sector_size(sqlite3_file* f) { return real_of(f)->pMethods->xSectorSize(real_of(f)); }
int on_device(sqlite3_file* f) { return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f)); }
int on_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}
int on_shm_lock(sqlite3_file* f, int at, int n, int flags) {
  return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}
void on_shm_barrier(sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); }
int on_shm_unmap(sqlite3_file* f, int remove) { return real_of(f)->pMethods->xShmUnmap(real_of(f), remove); }

int on_open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_CREATE) != 0) {
    if (const int failed = verdict(SQLITE_CANTOPEN); failed != SQLITE_OK) return SQLITE_CANTOPEN;
  }
  File* ours = reinterpret_cast<File*>(file);
  ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
  const int code = real_vfs->xOpen(real_vfs, name, ours->real, flags, out_flags);
  if (ours->real->pMethods != nullptr) file->pMethods = &faulty_methods;
  return code;
}

int on_delete(sqlite3_vfs*, const char* name, int sync_directory) {
  if (const int failed = verdict(SQLITE_IOERR_DELETE); failed != SQLITE_OK) return SQLITE_IOERR_DELETE;
  return real_vfs->xDelete(real_vfs, name, sync_directory);
}

void make_methods() {
  faulty_methods = {};
  faulty_methods.iVersion = 2;  // without xFetch: no memory-mapped writes past us
  faulty_methods.xClose = on_close;
  faulty_methods.xRead = on_read;
  faulty_methods.xWrite = on_write;
  faulty_methods.xTruncate = on_truncate;
  faulty_methods.xSync = on_sync;
  faulty_methods.xFileSize = on_file_size;
  faulty_methods.xLock = on_lock;
  faulty_methods.xUnlock = on_unlock;
  faulty_methods.xCheckReservedLock = on_check_lock;
  faulty_methods.xFileControl = on_control;
  faulty_methods.xSectorSize = on_sector_size;
  faulty_methods.xDeviceCharacteristics = on_device;
  faulty_methods.xShmMap = on_shm_map;
  faulty_methods.xShmLock = on_shm_lock;
  faulty_methods.xShmBarrier = on_shm_barrier;
  faulty_methods.xShmUnmap = on_shm_unmap;
}

}  // namespace

FaultyDisk::FaultyDisk() {
  sqlite3_initialize();
  real_vfs = sqlite3_vfs_find("unix");
  make_methods();
  faulty_vfs = *real_vfs;
  faulty_vfs.pNext = nullptr;
  faulty_vfs.zName = "faulty";
  faulty_vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
  faulty_vfs.xOpen = on_open;
  faulty_vfs.xDelete = on_delete;
  heal();
  sqlite3_vfs_register(&faulty_vfs, 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&faulty_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

void FaultyDisk::fail(Failing failing, std::int64_t nth, bool stays) {
  heal();
  strike_at = nth;
  strike_stays = stays;
  how = failing;
}

void FaultyDisk::heal() {
  how = Failing::nothing;
  counted = 0;
  has_struck = false;
}

std::int64_t FaultyDisk::changes() const { return counted; }

bool FaultyDisk::struck() const { return has_struck; }

}  // namespace breakwater::store
