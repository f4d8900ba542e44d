/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_TWIN_H
#define SHIM_TWIN_H

#include <stdbool.h>

enum library_kind {
  LIBRARY_OTHER,   /* not there, no ELF file, or one that the host's loader can take: none of our business */
  LIBRARY_TWIN,    /* a library of the guest, with a twin */
  LIBRARY_NO_TWIN, /* a library of the guest, and nothing in the tree was made for it as it is now */
};

/* Whether the tree has a library of that name, where the twins' loader looks. */
bool is_tree_library(const char *name);

/* Writes the twin's path to `twin`, which has PATH_SIZE bytes. Changes no errno. */
enum library_kind find_twin(const char *path, char *twin);

/*
 * The same for a name without slash, which the guest's loader would have looked for in its directories: the guest's
 * library is put into `path`.
 */
enum library_kind find_by_name(const char *name, char *path, char *twin);

#endif
