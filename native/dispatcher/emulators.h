/* SPDX-License-Identifier: Apache-2.0
 *
 * Where qemu-user may be in the guest's root. The dispatcher and the shim look in the same places.
 */
#ifndef EMULATORS_H
#define EMULATORS_H

#include "../include/emul_index.h"
#include "elf_id.h"
#include "text.h"

enum { EMULATOR_COUNT = 5, EMULATOR_PATH_SIZE = 128, EMULATOR_ROOM = 2 };

/* Adds the path of one candidate; `arch` as QEMU names it. */
void emulator_path(unsigned which, const char *arch, struct text *out);

/*
 * Whether there is such a file and it is a program of the host. A build root may hold the guest's own build of qemu:
 * executing that one would call the dispatcher again, for ever. A script is refused for the same reason: its shell is a
 * guest binary. `out`: what it is, where it is usable.
 */
bool emulator_is_usable(const char *path, struct elf_id *out);

/*
 * Tells an emulator of 64-bit Arm to sign pointers by the quick way, and returns the argv that does. `argv[0]` is its name, and
 * EMULATOR_ROOM words before that are free; nothing is changed where `id` is not `fast_pauth`, or the caller has chosen a
 * CPU in `environment`.
 *
 * Armv8.3 lets each CPU have an algorithm of its own for pointer authentication. qemu before 10.0 computes the reference one,
 * in software and with each call of a function: a shell's loop takes seven times as long. core/emulators.ts knows for which
 * emulators that is so.
 */
char **emulator_with_fast_pauth(char **argv, const struct emul_emulator *fast_pauth, const struct elf_id *id,
                                char *const *environment);

#endif
