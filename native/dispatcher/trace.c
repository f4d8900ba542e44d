/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include "../include/emul_index.h"
#include "sys.h"

static void add_field(struct text *out, uint64_t number) {
  text_add(out, "\t");
  text_add_number(out, number);
}

static void add_escaped(struct text *out, const char *path) {
  for (; *path != '\0'; path++) {
    switch (*path) {
    case '\t': text_add(out, "\\t"); break;
    case '\n': text_add(out, "\\n"); break;
    case '\\': text_add(out, "\\\\"); break;
    default: text_add_bytes(out, path, 1);
    }
  }
}

void trace_format(const struct trace_line *line, struct text *out) {
  text_add(out, reason_is_accelerated(line->reason) ? "A\t" : "E\t");
  text_add(out, reason_word(line->reason));
  add_field(out, line->pid);
  add_field(out, line->ppid);
  add_field(out, line->clock_us);
  text_add(out, "\t");
  /* The builder takes one byte more, so that the line's end always fits. */
  struct text path = {.bytes = out->bytes + out->used, .size = out->size - out->used - 1};
  add_escaped(&path, line->path);
  out->used += path.used;
  text_add(out, "\n");
}

void trace_write(enum reason reason, const char *path) {
  int fd = sys_open(EMUL_TRACE_PATH, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return;
  /* PIPE_BUF bytes and the builder's NUL. */
  char bytes[TEXT_PATH_MAX + 1];
  struct text out = text_in(bytes, sizeof bytes);
  struct trace_line line = {.reason = reason,
                            .pid = (uint64_t)sys_getpid(),
                            .ppid = (uint64_t)sys_getppid(),
                            .clock_us = sys_clock_us(),
                            .path = path};
  trace_format(&line, &out);
  sys_write(fd, out.bytes, out.used);
  sys_close(fd);
}
