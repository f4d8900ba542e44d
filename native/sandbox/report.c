/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "plan.h"

void report(const char *format, ...) {
  char line[512];
  va_list args;
  va_start(args, format);
  int size = vsnprintf(line, sizeof line - 1, format, args);
  va_end(args);
  if (size < 0) return;
  size_t used = (size_t)size < sizeof line - 1 ? (size_t)size : sizeof line - 2;
  line[used++] = '\n';
  /* Nobody may be left to hear it, which is no reason to die of SIGPIPE. */
  (void)!send(CONTROL_FD, line, used, MSG_NOSIGNAL);
}
