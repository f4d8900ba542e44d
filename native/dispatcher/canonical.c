/* SPDX-License-Identifier: Apache-2.0 */
#include "canonical.h"

#include "sys.h"

bool canonical_path(int fd, const char *given, struct text *out) {
  char buffer[sizeof "/proc/self/fd/" + 20];
  struct text link = text_in(buffer, sizeof buffer);
  text_add(&link, "/proc/self/fd/");
  text_add_number(&link, (uint64_t)fd);
  char target[TEXT_PATH_MAX];
  long size = sys_readlink(link.bytes, target, sizeof target);
  if (size > 0 && size < (long)sizeof target) {
    if (target[0] == '/') text_add_bytes(out, target, (size_t)size);
    return true;
  }
  if (given[0] == '/' && !text_has_dot_dot(given, text_length(given))) text_add(out, given);
  return false;
}
