/* SPDX-License-Identifier: Apache-2.0
 *
 * An emulator inside the dispatcher's own file.
 *
 * A build that makes a root inside its root (mmdebstrap, debootstrap, mkosi) enters it with chroot, and there is no
 * /usr/bin/qemu-<arch> in it. A kernel-registered qemu still works there, because the kernel opened it early (flag F). The
 * sandbox gives the dispatcher the same strength: core/embed-qemu.ts appends a static qemu to it, as a read-only segment
 * that costs nothing until it is used.
 */
#ifndef EMBEDDED_H
#define EMBEDDED_H

#include "request.h"

/* Executes the embedded emulator; returns only where there is none or it does not start. */
void embedded_execute(const struct request *request, char *const *argv);

#endif
