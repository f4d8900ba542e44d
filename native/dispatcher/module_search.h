/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a compiled module without twin lies below a directory.
 */
#ifndef MODULE_SEARCH_H
#define MODULE_SEARCH_H

#include "modules.h"

struct search {
  const struct open_index *index;
  bool is_perl;         /* else python */
  unsigned directories; /* how many more are read; a build tree may be of any size, and the rest is left to the shim */
};

bool look_below(struct search *search, const char *path);

/* A list of directories with colons between, or one: up to `size` bytes. */
bool look_below_each(struct search *search, const char *list, size_t size);

#endif
