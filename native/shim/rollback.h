/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back: a process that needs a library for which there is no twin starts anew under the emulator, as if it had never
 * been accelerated, provided that nobody has seen anything of it yet.
 */
#ifndef SHIM_ROLLBACK_H
#define SHIM_ROLLBACK_H

/*
 * Starts the program anew under qemu-user; does not return then. Where that is not possible any more, says so on stderr,
 * once, and returns the same words for dlerror.
 *
 * @param library the guest's library.
 */
const char *roll_back(const char *library);

#endif
