/* SPDX-License-Identifier: Apache-2.0
 *
 * Which guest program this process is, and what a twin's path is to the guest.
 */
#ifndef SHIM_EXE_H
#define SHIM_EXE_H

#include <stdbool.h>

/* The guest's name of a path in the tree, as /proc shows it: without /emul, and without the " (deleted)" that follows
 * when the tree was removed while the twin ran. Changes `link`. */
const char *guest_path_of(char *link);

/* The guest program that this twin stands for, or NULL when the process was not started by the dispatcher. */
const char *own_guest_path(void);

/* True for the two names that qemu-user answers itself: /proc/self/exe and /proc/<own pid>/exe. */
bool is_own_exe(const char *path);

#endif
