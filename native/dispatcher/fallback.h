/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FALLBACK_H
#define FALLBACK_H

#include "request.h"
#include "text.h"

/*
 * The QEMU name of the guest's architecture: `qemu-<arch>-binfmt`, which the dispatcher is registered as, says it. Empty
 * where the name has another form.
 */
void fallback_arch(const char *interpreter, struct text *out);

/* Runs the guest binary under qemu-user, or says on stderr where no emulator was found and exits 126. */
_Noreturn void fallback_emulate(struct request *request);

#endif
