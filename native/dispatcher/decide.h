/* SPDX-License-Identifier: Apache-2.0
 *
 * The decision: which twin stands in for a guest binary, or why it is emulated. Any doubt means emulate.
 */
#ifndef DECIDE_H
#define DECIDE_H

#include "../include/emul_index.h"
#include "reason.h"
#include "request.h"
#include "text.h"

struct decision {
  enum reason reason;
  bool is_traced;
  /* As the index says, for a whole ELF file of the guest: of others, qemu says something else once it is given a CPU. */
  struct emul_emulator fast_pauth;
  char **preload_slot; /* the entry of envp that the twin gets another text for, or NULL */
  bool is_32bit; /* the twin loads from EMUL_LIBRARIES_32 */
  char preload[TEXT_PATH_MAX];
  char twin[TEXT_PATH_MAX];
};

/* Closes `request->fd`, which neither a twin nor the emulator shall inherit, unless the emulator needs it for the path. */
void decide(const struct request *request, struct decision *out);

#endif
