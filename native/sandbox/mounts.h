/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EMUL_SANDBOX_MOUNTS_H
#define EMUL_SANDBOX_MOUNTS_H

#include <stddef.h>

#include "plan.h"

/* The sandbox's file systems while they are being put together. */
struct mounts {
  int root;    /* O_PATH: what targets are looked up in */
  int scratch; /* a tmpfs for the bytes of `data`, gone with the old root; -1 without a new root */
};

/* Each returns 0 or -errno; *step then names the system call for the report. */
int mounts_begin(struct mounts *mounts, const char **step);
int mounts_apply(struct mounts *mounts, const struct op *op, const char **step);
/* Makes the new root the root of this mount namespace and lets go of the old one. */
int mounts_enter(const struct mounts *mounts, const char **step);

#endif
