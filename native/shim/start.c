/* SPDX-License-Identifier: Apache-2.0 */
#include "start.h"

#include "config.h"
#include "exe.h"
#include "precision-32.h"
#include "preload.h"
#include "text.h"

extern unsigned long getauxval(unsigned long type);

const struct start *process_start;

const char *start_variable(const char *name_and_equals) {
  char *const *entry = process_start == NULL ? NULL : process_start->environment;
  for (; entry != NULL && *entry != NULL; entry++) {
    const char *value = text_after(*entry, name_and_equals);
    if (value != NULL) {
      return value;
    }
  }
  return NULL;
}

uint64_t open_descriptors(void) {
  struct pollfd list[START_FDS];
  for (int fd = 0; fd < START_FDS; fd++) {
    list[fd] = (struct pollfd){.fd = fd};
  }
  /* The kernel takes no more of them than the process may have open. */
  const unsigned standard = 3;
  const unsigned count = sys_poll(list, START_FDS) >= 0 ? START_FDS : sys_poll(list, standard) >= 0 ? standard : 0;
  uint64_t open = 0;
  for (unsigned i = 0; i < count; i++) {
    open |= (uint64_t)((list[i].revents & POLLNVAL) == 0) << i;
  }
  return open;
}

static void remember_descriptors(struct start *start) {
  start->open_fds = open_descriptors();
  for (int fd = 0; fd < START_FDS; fd++) {
    if ((start->open_fds >> fd & 1) != 0) {
      start->offsets[fd] = sys_seek(fd, 0, SEEK_HERE);
      start->streams |= (uint64_t)(start->offsets[fd] < 0) << fd;
    }
  }
}

static size_t size_of(char *const *list, size_t *count) {
  size_t bytes = 0;
  for (*count = 0; list[*count] != NULL; ++*count) {
    for (const char *at = list[*count]; *at++ != '\0'; bytes++) {
    }
    bytes++;
  }
  return bytes;
}

/* Copies the list, with its strings to `text`; returns the end of these. */
static char *copy_list(char **to, char *const *list, char *text) {
  for (; *list != NULL; list++) {
    const char *from = *list;
    *to++ = text;
    while ((*text++ = *from++) != '\0') {
    }
  }
  *to = NULL;
  return text;
}

static struct start *new_start(char *const *argv, char *const *environment) {
  size_t arguments = 0;
  size_t variables = 0;
  const size_t text_size = size_of(argv, &arguments) + size_of(environment, &variables);
  const size_t words = START_ROOM + arguments + 1 + variables + 1;
  struct start *start = sys_memory(sizeof *start + words * sizeof(char *) + text_size);
  if (start == NULL) {
    return NULL;
  }
  start->argv = (char **)(start + 1) + START_ROOM;
  start->environment = start->argv + arguments + 1;
  char *text = (char *)(start->environment + variables + 1);
  copy_list(start->environment, environment, copy_list(start->argv, argv, text));
  return start;
}

static void remember_start(char *const *argv, char *const *environment) {
  const char *program = own_guest_path();
  if (program == NULL || shim_config.emulator[0] == '\0' || argv[0] == NULL || getauxval(AT_SECURE) != 0) {
    return;
  }
  struct start *start = new_start(argv, environment);
  if (start == NULL) {
    return;
  }
  start->pid = sys_getpid();
  start->program = program;
  remember_descriptors(start);
  process_start = start;
}

/*
 * x87 rounds to 64 bits of mantissa where the guest's floating point rounds each result to 53, and 32-bit code computes with
 * x87. The control word can say 53; new threads take it over. (Linux leaves it at 64 for long double, which a 32-bit Arm has
 * at 53 bits as well.)
 */
static void round_as_guest(void) {
#ifndef __x86_64__
  set_precision(PRECISION_53);
#endif
}

/* -z initfirst: before the initialisers of all other libraries, which may read LD_PRELOAD themselves. libc is not ready
 * yet: of it, only getauxval is called, which reads what the loader left. */
static void initialise(int argc, char **argv, char **environment) {
  (void)argc;
  round_as_guest();
  restore_preload(environment);
  remember_start(argv, environment);
}

static __attribute__((section(".init_array"), used)) void (*const first)(int, char **, char **) = initialise;
