/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back: a process that needs a library for which there is no twin starts anew under the emulator, as if it had never
 * been accelerated, provided that nobody has seen anything of it yet.
 */
#ifndef SHIM_ROLLBACK_H
#define SHIM_ROLLBACK_H

/* What only the guest's own build can have: `subject`: `why`, and ... `remedy`. */
struct need {
  const char *subject;
  const char *why;
  const char *remedy;
};

/*
 * Starts the program anew under qemu-user; does not return then. Where that is not possible any more, says so on stderr,
 * once, and returns the same words for dlerror.
 */
const char *roll_back(const struct need *need);

/* The same, but goes on silently where it is not possible. */
void roll_back_if_possible(void);

#endif
