/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FALLBACK_H
#define FALLBACK_H

#include "../include/emul_index.h"
#include "request.h"
#include "text.h"

/*
 * The QEMU name of the guest's architecture: `qemu-<arch>-binfmt`, which the dispatcher is registered as, says it. Empty
 * where the name has another form.
 */
void fallback_arch(const char *interpreter, struct text *out);

/*
 * Runs the guest binary under qemu-user, or says on stderr where no emulator was found and exits 126. `fast_pauth`: see
 * emulators.h; an embedded emulator is not told.
 */
_Noreturn void fallback_emulate(struct request *request, const struct emul_emulator *fast_pauth);

#endif
