/* SPDX-License-Identifier: Apache-2.0
 *
 * What the process was when its program started: all that an exec hands on. rollback.c goes back to it.
 *
 * The shim's initialiser takes what any code of the program may change: arguments, environment, descriptors. The rest
 * would cost each twin some forty system calls more; guards.c has it taken just before it is changed for the first time.
 */
#ifndef SHIM_START_H
#define SHIM_START_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel.h"

/* Descriptors that are looked after: 0 to 63. Others are left to FD_CLOEXEC. */
enum { START_FDS = 64, START_ROOM = 5, START_PATH_MAX = 4096 };

struct start {
  long pid;
  const char *program; /* the guest's path of it */
  char **argv;         /* a copy, since programs write over theirs ($0 of perl); START_ROOM words before it are the emulator's */
  char **environment;  /* a copy as well */
  uint64_t open_fds;   /* bit n: descriptor n was open */
  uint64_t streams;    /* bit n: it was open, and what is read from it cannot be read again */
  int64_t offsets[START_FDS];
};

/* Each is meaningful only where `is_known`; else the process has not changed it. */
struct start_signals {
  bool is_known;
  uint64_t ignored; /* bit n - 1: signal n was ignored */
  uint64_t mask;    /* of the thread that asked first */
};
struct start_directory {
  bool is_known;
  char path[START_PATH_MAX]; /* empty: it had none */
};
struct start_umask {
  bool is_known;
  uint32_t mask;
};
struct start_timer {
  bool is_known;
  struct __kernel_old_itimerval value;
};

/* NULL where the process has no start to go back to: it is no twin, is privileged, or memory was short. */
extern const struct start *process_start;

extern struct start_signals start_signals;
extern struct start_directory start_directory;
extern struct start_umask start_umask;
extern struct start_timer start_timer;

/* To be called before a change; only the first call counts. */
void remember_signals(void);
void remember_directory(void);
void remember_umask(void);
void remember_timer(void);

static inline bool was_open_at_start(int fd) {
  return process_start != NULL && fd >= 0 && fd < START_FDS && (process_start->open_fds >> fd & 1) != 0;
}

/* The value of a variable as the program started with it, or NULL. `name_and_equals`: "PATH=". */
const char *start_variable(const char *name_and_equals);

/* Which of descriptors 0 to 63 are open now. One system call. */
uint64_t open_descriptors(void);

#endif
