/* SPDX-License-Identifier: Apache-2.0
 *
 * Where qemu-user may be in the guest's root. The dispatcher and the shim look in the same places.
 */
#ifndef EMULATORS_H
#define EMULATORS_H

#include "text.h"

enum { EMULATOR_COUNT = 5, EMULATOR_PATH_SIZE = 128 };

/* Adds the path of one candidate; `arch` as QEMU names it. */
void emulator_path(unsigned which, const char *arch, struct text *out);

/*
 * Whether there is such a file and it is a program of the host. A build root may hold the guest's own build of qemu:
 * executing that one would call the dispatcher again, for ever. A script is refused for the same reason: its shell is a
 * guest binary.
 */
bool emulator_is_usable(const char *path);

#endif
