/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMUL_SANDBOX_INIT_H
#define EMUL_SANDBOX_INIT_H

#include <signal.h>

#include "plan.h"

/* Process 1 of the sandbox. `life` is a socket to the launcher: bytes that come in are signal numbers for the command,
 * its wait status goes out as an int, and its end means that the launcher is dead. `mask` is the command's. */
_Noreturn void init_main(const struct plan *plan, int life, const sigset_t *mask);

#endif
