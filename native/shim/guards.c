/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions that act on the world with some arguments only (effects.h). Declared here as the ABI passes their arguments, and
 * not by libc's headers: a third argument of open that is not there is passed on unread.
 */
#include "effects.h"
#include "next.h"
#include "perl.h"
#include "start.h"
#include "text.h"

typedef long any_function(long, long, long, long);

/* A tail call: the C library may look at its caller, and a thread may be cancelled in it. */
#define GO_ON(name, ...) \
  static void *kept; \
  return ((any_function *)next_symbol(&kept, #name))(__VA_ARGS__)

static bool is_text(const char *a, const char *b) {
  const char *rest = text_after(a, b);
  return rest != NULL && *rest == '\0';
}

/*
 * Files whose writing may be repeated. /dev/null keeps nothing; and python writes what it compiled to __pycache__, under
 * another name first, before it gets to load a module: that it then finds it there changes nothing.
 */
static bool is_harmless(const char *path) {
  static const char cache[] = "__pycache__";
  if (path == NULL || is_text(path, "/dev/null")) {
    return true;
  }
  for (const char *name = path; *name != '\0';) {
    const char *rest = text_after(name, cache);
    if (rest != NULL && (*rest == '/' || *rest == '\0')) {
      return true;
    }
    while (*name != '\0' && *name++ != '/') {
    }
  }
  return false;
}

static uint64_t harmless_descriptors;

static long keep_harmless(int fd) {
  if (fd >= 0 && fd < START_FDS) {
    __atomic_fetch_or(&harmless_descriptors, (uint64_t)1 << fd, __ATOMIC_RELAXED);
  }
  return fd;
}

static bool is_harmless_descriptor(int fd) {
  return fd >= 0 && fd < START_FDS && (harmless_descriptors >> fd & 1) != 0;
}

/* Opening for writing alone is seen by nobody. */
#define GUARD_OPEN(name) \
  WRAPPER long name(const char *path, long flags, long mode) { \
    static void *kept; \
    any_function *next = (any_function *)next_symbol(&kept, #name); \
    if ((flags & (O_WRONLY | O_RDWR)) != 0 && is_harmless(path)) { \
      return keep_harmless((int)next((long)path, flags, mode, 0)); \
    } \
    if ((flags & (O_CREAT | O_TRUNC)) != 0) { \
      note_effect(#name); \
    } else if (path != NULL) { \
      note_perl_header(path); \
    } \
    return next((long)path, flags, mode, 0); \
  }
GUARD_OPEN(open)
GUARD_OPEN(open64)
GUARD_OPEN(__open_2)
GUARD_OPEN(__open64_2)

#define GUARD_OPENAT(name) \
  WRAPPER long name(long directory, const char *path, long flags, long mode) { \
    static void *kept; \
    any_function *next = (any_function *)next_symbol(&kept, #name); \
    if ((flags & (O_WRONLY | O_RDWR)) != 0 && is_harmless(path)) { \
      return keep_harmless((int)next(directory, (long)path, flags, mode)); \
    } \
    if ((flags & (O_CREAT | O_TRUNC)) != 0) { \
      note_effect(#name); \
    } \
    return next(directory, (long)path, flags, mode); \
  }
GUARD_OPENAT(openat)
GUARD_OPENAT(openat64)
GUARD_OPENAT(__openat_2)
GUARD_OPENAT(__openat64_2)

/* A stream writes inside libc, so that only its opening can be seen. */
#define GUARD_FOPEN(name) \
  WRAPPER long name(const char *path, const char *mode) { \
    if ((mode[0] != 'r' || text_has(mode, '+')) && !is_harmless(path)) { \
      note_effect(#name); \
    } \
    GO_ON(name, (long)path, (long)mode, 0, 0); \
  }
GUARD_FOPEN(fopen)
GUARD_FOPEN(fopen64)

WRAPPER long write(long fd, const void *bytes, long size) {
  if (size != 0 && !is_harmless_descriptor((int)fd)) {
    note_effect("write");
  }
  GO_ON(write, fd, (long)bytes, size, 0);
}

static void note_read(long fd) {
  if (__builtin_expect(was_open_at_start((int)fd), 0)) {
    __atomic_fetch_or(&read_descriptors, (uint64_t)1 << fd, __ATOMIC_RELAXED);
  }
}

#define GUARD_READ(name) \
  WRAPPER long name(long fd, long second, long third, long fourth) { \
    note_read(fd); \
    GO_ON(name, fd, second, third, fourth); \
  }
GUARD_READ(read)
GUARD_READ(readv)
GUARD_READ(__read_chk)

/* What was open at the start and is closed cannot be opened again. */
static void note_end(long fd, const char *function) {
  if (was_open_at_start((int)fd)) {
    note_effect(function);
  }
  if (is_harmless_descriptor((int)fd)) {
    __atomic_fetch_and(&harmless_descriptors, ~((uint64_t)1 << fd), __ATOMIC_RELAXED);
  }
}

WRAPPER long close(long fd) {
  note_end(fd, "close");
  GO_ON(close, fd, 0, 0, 0);
}

WRAPPER long dup2(long from, long to) {
  if (from != to) {
    note_end(to, "dup2");
  }
  GO_ON(dup2, from, to, 0, 0);
}

WRAPPER long dup3(long from, long to, long flags) {
  note_end(to, "dup3");
  GO_ON(dup3, from, to, flags, 0);
}

/* Signal 0 only asks. */
WRAPPER long kill(long pid, long number) {
  if (number != 0) {
    note_effect("kill");
  }
  GO_ON(kill, pid, number, 0, 0);
}

WRAPPER long mkdir(const char *path, long mode) {
  if (!is_harmless(path)) {
    note_effect("mkdir");
  }
  GO_ON(mkdir, (long)path, mode, 0, 0);
}

WRAPPER long unlink(const char *path) {
  if (!is_harmless(path)) {
    note_effect("unlink");
  }
  GO_ON(unlink, (long)path, 0, 0, 0);
}

WRAPPER long rename(const char *from, const char *to) {
  if (!is_harmless(to)) {
    note_effect("rename");
  }
  GO_ON(rename, (long)from, (long)to, 0, 0);
}

/* libfakeroot asks its daemon by messages what it shall answer. What it then does to files goes through other wrappers. */
#define GUARD_MESSAGE(name) \
  WRAPPER long name(long first, long second, long third, long fourth, long fifth) { \
    static void *kept; \
    if (start_variable("FAKEROOTKEY=") == NULL) { \
      note_effect(#name); \
    } \
    return ((message_function *)next_symbol(&kept, #name))(first, second, third, fourth, fifth); \
  }
typedef long message_function(long, long, long, long, long);
GUARD_MESSAGE(msgget)
GUARD_MESSAGE(msgsnd)
GUARD_MESSAGE(msgrcv)
GUARD_MESSAGE(semget)
GUARD_MESSAGE(semop)

/* A stream on a descriptor that the program was given: what it writes passes no wrapper. */
WRAPPER long fdopen(long fd, const char *mode) {
  if (was_open_at_start((int)fd) && (mode[0] != 'r' || text_has(mode, '+'))) {
    note_effect("fdopen");
  }
  GO_ON(fdopen, fd, (long)mode, 0, 0);
}

/* What is set back by rollback.c is no effect, but must be known. */
#define REMEMBER(name, remember) \
  WRAPPER long name(long first, long second, long third) { \
    remember(); \
    GO_ON(name, first, second, third, 0); \
  }
REMEMBER(sigaction, remember_signals)
REMEMBER(__sigaction, remember_signals)
REMEMBER(signal, remember_signals)
REMEMBER(bsd_signal, remember_signals)
REMEMBER(ssignal, remember_signals)
REMEMBER(sysv_signal, remember_signals)
REMEMBER(__sysv_signal, remember_signals)
REMEMBER(sigset, remember_signals)
REMEMBER(sigignore, remember_signals)
REMEMBER(sigprocmask, remember_signals)
REMEMBER(pthread_sigmask, remember_signals)
REMEMBER(sigblock, remember_signals)
REMEMBER(sigsetmask, remember_signals)
REMEMBER(sighold, remember_signals)
REMEMBER(sigrelse, remember_signals)
REMEMBER(chdir, remember_directory)
REMEMBER(fchdir, remember_directory)
REMEMBER(umask, remember_umask)
REMEMBER(alarm, remember_timer)
REMEMBER(ualarm, remember_timer)
REMEMBER(setitimer, remember_timer)
