/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a guest binary really is, symbolic links followed.
 */
#ifndef CANONICAL_H
#define CANONICAL_H

#include <stdbool.h>

#include "text.h"

/*
 * The kernel's own name of an open file (proc(5), /proc/pid/fd). Without /proc, `given` where it is absolute and free of
 * `..`, which may be the name of a symbolic link: false then. The answer is empty where neither helps, or where the file
 * cannot be reached from the root directory.
 */
bool canonical_path(int fd, const char *given, struct text *out);

#endif
