/* SPDX-License-Identifier: Apache-2.0
 *
 * What the shim must know of the guest. A block of fixed size in .rodata, empty as built; src/adapters/twin/shim.ts finds
 * it by its magic and fills it in the copy that an emul tree gets. A block and not an environment variable or a file:
 * nothing shows in the guest's view, and nothing is opened at a program's start.
 */
#ifndef SHIM_CONFIG_H
#define SHIM_CONFIG_H

#include <stdint.h>

#define SHIM_CONFIG_MAGIC "EMULSHIM" /* 8 bytes, no NUL */
#define SHIM_CONFIG_VERSION 2u
#define SHIM_MACHINE_MAX 65u /* struct utsname of Linux, NUL included */
#define SHIM_EMULATOR_MAX 16u
#define SHIM_TRIPLET_MAX 32u

struct shim_config {
  uint8_t magic[8];
  uint32_t version;
  char machine[SHIM_MACHINE_MAX];   /* what uname says, NUL-terminated, zero-padded; empty: leave the answer alone */
  char emulator[SHIM_EMULATOR_MAX]; /* qemu-<emulator> runs the guest's programs; empty: there is no way back to it */
  char triplet[SHIM_TRIPLET_MAX];   /* names the guest's library directories */
  uint8_t reserved[3];              /* zero */
};
_Static_assert(sizeof(struct shim_config) == 128, "the block is 128 bytes");

/* volatile: its content is not known when the compiler runs. */
extern const volatile struct shim_config shim_config;

#endif
