/* SPDX-License-Identifier: Apache-2.0
 *
 * What identifies a guest binary: its machine, and the GNU build-id that its linker wrote into a PT_NOTE segment.
 * Both word sizes, both byte orders. The file is whatever somebody executed, so every offset in it is suspect.
 */
#ifndef ELF_ID_H
#define ELF_ID_H

#include <stdint.h>

#include "../include/emul_index.h"

struct elf_id {
  uint16_t machine;      /* e_machine */
  uint8_t class;         /* ELFCLASS32 or ELFCLASS64 */
  uint8_t data;          /* ELFDATA2LSB or ELFDATA2MSB */
  uint8_t build_id_size; /* 0 where there is none that can be a key */
  uint8_t build_id[EMUL_KEY_MAX];
};

enum elf_result {
  ELF_OK,
  ELF_BAD, /* not ELF, cut short, or with tables that are not where they say */
};

/* Nearly always one pread of 4 KiB. On ELF_BAD nothing in `out` has a meaning. */
enum elf_result elf_identify(int fd, struct elf_id *out);

#endif
