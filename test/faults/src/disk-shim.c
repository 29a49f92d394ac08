/*
 * Simulates a failing disk, or a power cut, for one process: loaded by LD_PRELOAD. Only files below
 * SHIM_UNDER are affected.
 *
 *   SHIM_FAIL_FROM, SHIM_FAIL_COUNT, SHIM_ERRNO   operations with these numbers, from 1, fail
 *                                                 with this error
 *   SHIM_CUT_AT, SHIM_CUT_ON                      the process is killed before the operation with
 *                                                 this number, of those on paths that contain
 *                                                 SHIM_CUT_ON, or of all
 *   SHIM_LOG                                      a line for each completed operation, see
 *                                                 power-cut.ts
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *under, *cut_on;
static size_t under_length;
static long fail_from, fail_count, fail_errno, cut_at;
static int log_fd = -1;
static atomic_long operations, cuttable;
/* Keeps the log in the order in which operations were done. */
static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;

static long number_of(const char *name) {
  const char *value = getenv(name);
  return value == NULL ? 0 : atol(value);
}

__attribute__((constructor)) static void begin(void) {
  under = getenv("SHIM_UNDER");
  if (under == NULL) return;
  under_length = strlen(under);
  fail_from = number_of("SHIM_FAIL_FROM");
  fail_count = number_of("SHIM_FAIL_COUNT");
  fail_errno = number_of("SHIM_ERRNO");
  cut_at = number_of("SHIM_CUT_AT");
  cut_on = getenv("SHIM_CUT_ON");
  const char *log = getenv("SHIM_LOG");
  if (log != NULL) log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) {
  return under != NULL && strncmp(path, under, under_length) == 0 && path[under_length] == '/';
}

/* The path of a descriptor, or an empty one. */
static void path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
}

static void absolute(const char *name, char *path) {
  if (name[0] == '/' || getcwd(path, PATH_MAX) == NULL) {
    snprintf(path, PATH_MAX, "%s", name);
    return;
  }
  size_t length = strlen(path);
  snprintf(path + length, PATH_MAX - length, "/%s", name);
}

/* Counts an operation. Returns 1 if it is to fail, with errno set. */
static int fails(const char *path) {
  long number = atomic_fetch_add(&operations, 1) + 1;
  if (cut_at > 0 && (cut_on == NULL || strstr(path, cut_on) != NULL) &&
      atomic_fetch_add(&cuttable, 1) + 1 >= cut_at)
    kill(getpid(), SIGKILL), pause();
  if (fail_from == 0 || number < fail_from || number >= fail_from + fail_count) return 0;
  errno = (int)fail_errno;
  return 1;
}

static void note(const char *format, ...) {
  if (log_fd < 0) return;
  char line[2 * PATH_MAX + 64];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  int kept = errno;
  if (write(log_fd, line, length) != length) abort();
  errno = kept;
}

static long size_of(int fd) {
  struct stat now;
  return fstat(fd, &now) == 0 ? (long)now.st_size : 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define ON_DESCRIPTOR(type, name, parameters, arguments, mark)                 \
  type name parameters {                                                       \
    static __typeof__(&name) next;                                             \
    if (next == NULL) next = NEXT(name);                                       \
    char path[PATH_MAX];                                                       \
    if (under == NULL || fd == log_fd) return next arguments;                  \
    path_of(fd, path);                                                         \
    if (!is_ours(path)) return next arguments;                                 \
    pthread_mutex_lock(&in_order);                                             \
    type result = fails(path) ? -1 : next arguments;                               \
    if (result >= 0) note(mark "\t%s\t%ld\n", path, size_of(fd));              \
    pthread_mutex_unlock(&in_order);                                           \
    return result;                                                             \
  }

ON_DESCRIPTOR(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length), "write")
ON_DESCRIPTOR(ssize_t, pwrite, (int fd, const void *data, size_t length, off_t at), (fd, data, length, at), "write")
ON_DESCRIPTOR(ssize_t, pwrite64, (int fd, const void *data, size_t length, off64_t at), (fd, data, length, at), "write")
ON_DESCRIPTOR(ssize_t, writev, (int fd, const struct iovec *pieces, int count), (fd, pieces, count), "write")
ON_DESCRIPTOR(ssize_t, pwritev, (int fd, const struct iovec *pieces, int count, off_t at), (fd, pieces, count, at), "write")
ON_DESCRIPTOR(ssize_t, pwritev64, (int fd, const struct iovec *pieces, int count, off64_t at), (fd, pieces, count, at), "write")
ON_DESCRIPTOR(int, ftruncate, (int fd, off_t length), (fd, length), "write")
ON_DESCRIPTOR(int, ftruncate64, (int fd, off64_t length), (fd, length), "write")
ON_DESCRIPTOR(int, fsync, (int fd), (fd), "sync")
ON_DESCRIPTOR(int, fdatasync, (int fd), (fd), "sync")

int rename(const char *from, const char *to) {
  static __typeof__(&rename) next;
  if (next == NULL) next = NEXT(rename);
  char first[PATH_MAX], second[PATH_MAX];
  if (under == NULL) return next(from, to);
  absolute(from, first);
  absolute(to, second);
  if (!is_ours(second)) return next(from, to);
  pthread_mutex_lock(&in_order);
  int replaces = access(second, F_OK) == 0;
  int result = fails(second) ? -1 : next(from, to);
  if (result == 0) note("rename\t%s\t%s\t%d\n", first, second, replaces);
  pthread_mutex_unlock(&in_order);
  return result;
}

int unlink(const char *name) {
  static __typeof__(&unlink) next;
  if (next == NULL) next = NEXT(unlink);
  char path[PATH_MAX];
  if (under == NULL) return next(name);
  absolute(name, path);
  if (!is_ours(path)) return next(name);
  pthread_mutex_lock(&in_order);
  int result = fails(path) ? -1 : next(name);
  if (result == 0) note("unlink\t%s\n", path);
  pthread_mutex_unlock(&in_order);
  return result;
}
