/* SPDX-License-Identifier: Apache-2.0
 *
 * LD_PRELOAD and twins. The variable names guest libraries, and a twin's loader cannot load those.
 *
 * - `libfakeroot.so`, a name without slash: the twin's DT_RPATH finds the host's build of it in /emul/usr/lib, if it is
 *   there. The environment stays as it is.
 * - `/usr/lib/x/libfoo.so`, a path: the twin needs `/emul/usr/lib/x/libfoo.so`. It is then started with
 *   `LD_PRELOAD=/emul/usr/lib/libemul.so:<entries, /emul in front of each path>`, and the shim puts the variable back
 *   before the program's own code runs.
 * - a 32-bit twin takes names only, of /emul/usr/lib32: the library at a path has one twin, of 64 bits.
 * - anything without twin: the program is emulated, where the guest's library works.
 */
#ifndef PRELOAD_H
#define PRELOAD_H

#include "text.h"

enum preload_result {
  PRELOAD_AS_IS,
  PRELOAD_MAPPED,
  PRELOAD_NO_TWIN,
};

/* Undoes a mapping that came from a parent whose shim did not run (a static twin). Changes strings of `envp` in place. */
void preload_unmap(char **envp);

/*
 * Decides for a twin. On PRELOAD_MAPPED `*slot` is the entry of `envp` to replace, and `out` its new text. A second
 * LD_PRELOAD, or a variable that asks the loader itself (LD_DEBUG), is answered with PRELOAD_NO_TWIN.
 */
enum preload_result preload_map(char **envp, bool is_32bit, char ***slot, struct text *out);

#endif
