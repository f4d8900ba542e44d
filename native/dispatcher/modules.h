/* SPDX-License-Identifier: Apache-2.0
 *
 * Modules of perl and python that were built a moment ago. Their twins are made by `install` and `refresh`; until then an
 * interpreter that loads one must be emulated. The shim takes a twin back to emulation when it asks for such a module, but
 * a test script often prints its plan first, and then there is no way back. So the dispatcher looks where a build puts
 * modules, before it starts an interpreter: any that has no twin there, and the interpreter is emulated from the start. The
 * same for modules that pip or a package brought after the tree was made.
 */
#ifndef MODULES_H
#define MODULES_H

#include <stdbool.h>

#include "../include/emul_index.h"
#include "request.h"

struct open_index {
  int fd;
  const struct emul_header *header;
};

/* The flags of the interpreter's record say whose modules to look for; without these nothing is read. */
bool modules_need_guest(const struct request *request, const struct open_index *index, const struct emul_record *record);

#endif
