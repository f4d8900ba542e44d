/* SPDX-License-Identifier: Apache-2.0 */
#include "exe.h"

#include <elf.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "text.h"

#define DELETED " (deleted)"

const char *guest_path_of(char *link) {
  const size_t length = text_length(link);
  const size_t suffix = sizeof DELETED - 1;
  if (length > suffix && text_after(link + length - suffix, DELETED) != NULL) {
    link[length - suffix] = '\0';
  }
  return link + TREE_LENGTH;
}

/* The dispatcher executes a twin by its path in the tree, which the kernel passes on as AT_EXECFN. */
const char *own_guest_path(void) {
  const char *started = (const char *)getauxval(AT_EXECFN);
  return started != NULL && is_in_tree(started) ? started + TREE_LENGTH : NULL;
}

bool is_own_exe(const char *path) {
  const char *rest = text_after(path, "/proc/");
  if (rest == NULL) {
    return false;
  }
  const char *after_self = text_after(rest, "self");
  if (after_self != NULL) {
    rest = after_self;
  } else {
    long pid = 0;
    if (*rest < '1' || *rest > '9') {
      return false;
    }
    while (*rest >= '0' && *rest <= '9' && pid < 1L << 24) {
      pid = pid * 10 + (*rest++ - '0');
    }
    if (pid != getpid()) {
      return false;
    }
  }
  const char *end = text_after(rest, "/exe");
  return end != NULL && *end == '\0';
}
