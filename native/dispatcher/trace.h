/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRACE_H
#define TRACE_H

#include "reason.h"
#include "text.h"

/* One trace line, as src/core/trace.ts describes it. A path that does not fit is cut, never inside an escape. */
struct trace_line {
  enum reason reason;
  uint64_t pid, ppid, clock_us;
  const char *path;
};
void trace_format(const struct trace_line *line, struct text *out);

/* Appends a line about this process to /emul/trace. What cannot be written is lost: a build does not fail for a trace. */
void trace_write(enum reason reason, const char *path);

#endif
