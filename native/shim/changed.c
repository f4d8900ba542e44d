/* SPDX-License-Identifier: Apache-2.0
 *
 * The part of a process's start that is taken when the program is about to change it (start.h).
 */
#include "start.h"

struct start_signals start_signals;
struct start_directory start_directory;
struct start_umask start_umask;
struct start_timer start_timer;

void remember_signals(void) {
  enum { LAST_CLASSIC = 31 }; /* nobody ignores real-time signals for others */
  if (start_signals.is_known) {
    return;
  }
  for (int number = 1; number <= LAST_CLASSIC; number++) {
    struct kernel_sigaction action = {0};
    sys_signal_action(number, NULL, &action);
    start_signals.ignored |= (uint64_t)(action.handler == (void *)SIG_IGN) << (number - 1);
  }
  sys_signal_mask(NULL, &start_signals.mask);
  start_signals.is_known = true;
}

void remember_directory(void) {
  if (start_directory.is_known) {
    return;
  }
  const long size = sys_getcwd(start_directory.path, sizeof start_directory.path);
  if (size < 0 || start_directory.path[0] != '/') {
    start_directory.path[0] = '\0';
  }
  start_directory.is_known = true;
}

/* There is no call that only asks. */
void remember_umask(void) {
  if (!start_umask.is_known) {
    start_umask.mask = sys_umask(077);
    sys_umask(start_umask.mask);
    start_umask.is_known = true;
  }
}

void remember_timer(void) {
  if (!start_timer.is_known) {
    sys_timer(NULL, &start_timer.value);
    start_timer.is_known = true;
  }
}
