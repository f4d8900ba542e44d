/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMUL_SANDBOX_EXEC_H
#define EMUL_SANDBOX_EXEC_H

#include <signal.h>

#include "plan.h"

/* Becomes the command. What keeps it from starting is reported, and ends the process as a shell would: 127 when there
 * is no such program, 126 when it cannot be run, 125 for anything before that. */
_Noreturn void exec_command(const struct plan *plan, const sigset_t *mask);

#endif
