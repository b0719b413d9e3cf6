// The wall clock, so many seconds ahead ($SHIFT_S); the steady clock as it is. Preloaded by the tests that
// play days. By system call, since looking the real function up does not work under the sanitizers.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *at) {
  const int result = (int)syscall(SYS_clock_gettime, clock, at);
  const char *shift = clock == CLOCK_REALTIME ? getenv("SHIFT_S") : NULL;
  if (result == 0 && shift != NULL) at->tv_sec += atol(shift);
  return result;
}
