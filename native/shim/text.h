/* SPDX-License-Identifier: Apache-2.0
 *
 * The few string functions that the shim needs, inlined: calling libc's before libc is initialised is not safe.
 */
#ifndef SHIM_TEXT_H
#define SHIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "emul_index.h"

#define TREE_LENGTH (sizeof EMUL_TREE - 1)
#define PATH_SIZE 4096u /* PATH_MAX of Linux, NUL included */

static inline size_t text_length(const char *text) {
  size_t length = 0;
  while (text[length] != '\0') {
    length++;
  }
  return length;
}

/* What follows `prefix` in `text`, or NULL when text does not begin with it. */
static inline const char *text_after(const char *text, const char *prefix) {
  while (*prefix != '\0') {
    if (*text++ != *prefix++) {
      return NULL;
    }
  }
  return text;
}

static inline bool text_has(const char *text, char wanted) {
  while (*text != '\0') {
    if (*text++ == wanted) {
      return true;
    }
  }
  return false;
}

/* True for a path below the emul tree. */
static inline bool is_in_tree(const char *path) {
  const char *rest = text_after(path, EMUL_TREE);
  return rest != NULL && *rest == '/';
}

#endif
