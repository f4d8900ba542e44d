/* SPDX-License-Identifier: Apache-2.0 */
#include "rollback.h"

#include "../dispatcher/emulators.h"
#include "../dispatcher/index.h"
#include "../dispatcher/text.h"
#include "../dispatcher/trace.h"
#include "config.h"
#include "effects.h"
#include "start.h"

enum { MESSAGE_MAX = 2 * START_PATH_MAX, EXIT_CANNOT_EXECUTE = 126 };

/* libc's; weak, because a program of another C library may not have them. */
struct stream;
extern struct stream *stdin __attribute__((weak));
extern struct stream *stdout __attribute__((weak));
extern struct stream *stderr __attribute__((weak));
extern unsigned long __fbufsize(struct stream *stream) __attribute__((weak));

/* glibc's streams write inside of it, and it has no function that tells whether one has. The flag of its FILE is part of
 * its ABI, for programs that were linked with the macros of old. */
static bool has_written(struct stream *const *stream) {
  const int putting = 0x800; /* _IO_CURRENTLY_PUTTING */
  return stream != NULL && *stream != NULL && (*(const int *)(const void *)*stream & putting) != 0;
}

static uint64_t streams_read(void) {
  const bool has_buffer = &stdin != NULL && __fbufsize != NULL && __fbufsize(stdin) != 0;
  return __atomic_load_n(&read_descriptors, __ATOMIC_RELAXED) | (has_buffer && was_open_at_start(0) ? 1u : 0u);
}

/* Adds why the program cannot start anew, as the end of a sentence about it; false where it can. */
static bool has_obstacle(const struct start *start, struct text *out) {
  const char *effect = __atomic_load_n(&first_effect, __ATOMIC_RELAXED);
  if (start == NULL) {
    text_add(out, "it was not started by the dispatcher");
  } else if (sys_getpid() != start->pid) {
    text_add(out, "it is a forked process");
  } else if (effect != NULL) {
    text_add(out, "it has called ");
    text_add(out, effect);
  } else if (has_written(&stdout) || has_written(&stderr)) {
    text_add(out, "it has written output");
  } else if ((streams_read() & start->streams) != 0) {
    text_add(out, "it has read input");
  } else if ((open_descriptors() & start->open_fds) != start->open_fds) {
    text_add(out, "it has closed what it was given");
  }
  return out->used > 0;
}

static void restore_descriptors(const struct start *start) {
  const uint64_t open = open_descriptors();
  const uint64_t read = streams_read();
  for (int fd = 0; fd < START_FDS; fd++) {
    if ((open >> fd & 1) != 0) {
      sys_set_close_on_exec(fd, (start->open_fds >> fd & 1) == 0);
    }
    /* Only where this process moved it: the offset belongs to others as well. */
    if ((read >> fd & 1) != 0) {
      sys_seek(fd, start->offsets[fd], SEEK_TO);
    }
  }
}

/* Handlers end with the exec by themselves. */
static void restore_signals(void) {
  const struct kernel_sigaction ignore = {.handler = (void *)SIG_IGN};
  const struct kernel_sigaction by_default = {.handler = (void *)SIG_DFL};
  for (int number = 1; number <= LAST_SIGNAL; number++) {
    const bool is_ignored = (start_signals.ignored >> (number - 1) & 1) != 0;
    sys_signal_action(number, is_ignored ? &ignore : &by_default, NULL);
  }
}

/* A timer that was running at the start and that the program has set anew runs from now on again. */
static void restore_rest(void) {
  if (start_directory.is_known && start_directory.path[0] != '\0') {
    sys_chdir(start_directory.path);
  }
  if (start_umask.is_known) {
    sys_umask(start_umask.mask);
  }
  if (start_timer.is_known) {
    sys_timer(&start_timer.value, NULL);
  }
}

/* All zero where there is no good index: nothing is traced, and no emulator is told anything. */
static struct emul_header read_index_header(void) {
  struct emul_header header;
  const int index = sys_open(EMUL_INDEX_PATH, O_RDONLY | O_CLOEXEC);
  const bool is_good = index >= 0 && index_open(index, &header) == INDEX_FOUND;
  if (index >= 0) {
    sys_close(index);
  }
  return is_good ? header : (struct emul_header){0};
}

/* Finds the emulator; false where there is none. */
static bool find_emulator(struct text *path, struct elf_id *id) {
  char arch[SHIM_EMULATOR_MAX];
  for (unsigned i = 0; i < SHIM_EMULATOR_MAX; i++) {
    arch[i] = shim_config.emulator[i];
  }
  for (unsigned i = 0; i < EMULATOR_COUNT; i++) {
    path->used = 0;
    emulator_path(i, arch, path);
    if (emulator_is_usable(path->bytes, id)) {
      return true;
    }
  }
  return false;
}

/* Returns only where there is no emulator, or the guest's program has gone. */
static void start_anew(const struct start *start) {
  char bytes[EMULATOR_PATH_SIZE];
  struct text emulator = text_in(bytes, sizeof bytes);
  struct elf_id id;
  if (!find_emulator(&emulator, &id) || sys_access(start->program, SYS_X_OK) < 0) {
    return;
  }
  /* No handler may run between the old program and the new one. */
  const uint64_t all = ~(uint64_t)0;
  remember_signals();
  sys_signal_mask(&all, NULL);
  const struct emul_header header = read_index_header();
  if ((header.flags & EMUL_HEADER_TRACE) != 0) {
    trace_write(REASON_ROLLED_BACK, start->program);
  }
  restore_descriptors(start);
  restore_rest();
  restore_signals();
  _Static_assert(START_ROOM == 3 + EMULATOR_ROOM, "the emulator's name, -0, argv[0], and what it is told");
  char **argv = start->argv + EMULATOR_ROOM - START_ROOM;
  argv[2] = start->argv[0];
  argv[3] = (char *)start->program;
  argv[1] = (char *)"-0";
  argv[0] = emulator.bytes;
  argv = emulator_with_fast_pauth(argv, &header.fast_pauth, &id, start->environment);
  sys_signal_mask(&start_signals.mask, NULL);
  sys_execve(emulator.bytes, argv, start->environment);
  /* Too many arguments, no memory: half of the process has been set back, so there is no way on. */
  static const char words[] = ": the emulator does not start\n";
  sys_write(2, emulator.bytes, emulator.used);
  sys_write(2, words, sizeof words - 1);
  sys_exit(EXIT_CANNOT_EXECUTE);
}

static void say_once(const struct text *message) {
  static bool is_said;
  if (!__atomic_exchange_n(&is_said, true, __ATOMIC_RELAXED)) {
    sys_write(2, message->bytes, message->used);
    sys_write(2, "\n", 1);
  }
}

const char *roll_back(const struct need *need) {
  static char bytes[MESSAGE_MAX];
  char obstacle_bytes[128];
  struct text obstacle = text_in(obstacle_bytes, sizeof obstacle_bytes);
  if (!has_obstacle(process_start, &obstacle)) {
    start_anew(process_start);
    text_add(&obstacle, "there is no emulator for it");
  }
  struct text message = text_in(bytes, sizeof bytes);
  const char *program = process_start == NULL ? "the program" : process_start->program;
  const char *const parts[] = {need->subject, ": ", need->why, ", and ", program, " cannot start anew under emulation: ",
                               obstacle.bytes, ". ", need->remedy};
  for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    text_add(&message, parts[i]);
  }
  say_once(&message);
  return bytes;
}

void roll_back_if_possible(void) {
  char bytes[128];
  struct text obstacle = text_in(bytes, sizeof bytes);
  if (!has_obstacle(process_start, &obstacle)) {
    start_anew(process_start);
  }
}
