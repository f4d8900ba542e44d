/* SPDX-License-Identifier: Apache-2.0
 *
 * The smallest file with a build-id, in each word size and byte order: header, one PT_NOTE program header, a note of
 * another kind, the build-id note.
 */
#ifndef SAMPLE_ELF_H
#define SAMPLE_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { SAMPLE_ELF_MAX = 16384 };

struct sample_elf {
  bool is_64, is_big;
  uint16_t machine;
  uint32_t phoff;    /* 0: right after the header */
  uint32_t notes_at; /* 0: right after the program header */
  size_t size;       /* set by sample_elf_write */
  uint8_t bytes[SAMPLE_ELF_MAX];
};

static inline void sample_put(struct sample_elf *elf, size_t at, unsigned size, uint64_t value) {
  for (unsigned i = 0; i < size; i++) {
    elf->bytes[at + (elf->is_big ? size - 1 - i : i)] = (uint8_t)(value >> (8 * i));
  }
}

static inline size_t sample_note(struct sample_elf *elf, size_t at, uint32_t type, uint8_t fill) {
  sample_put(elf, at, 4, 4);
  sample_put(elf, at + 4, 4, 20);
  sample_put(elf, at + 8, 4, type);
  memcpy(elf->bytes + at + 12, "GNU", 4);
  memset(elf->bytes + at + 16, fill, 20);
  return at + 36;
}

static inline void sample_elf_write(struct sample_elf *elf) {
  unsigned word = elf->is_64 ? 8 : 4;
  size_t header = elf->is_64 ? 64 : 52, phdr_size = elf->is_64 ? 56 : 32;
  memset(elf->bytes, 0, sizeof elf->bytes);
  memcpy(elf->bytes, "\177ELF", 4);
  elf->bytes[4] = elf->is_64 ? 2 : 1;
  elf->bytes[5] = elf->is_big ? 2 : 1;
  elf->bytes[6] = 1;
  sample_put(elf, 16, 2, 2);
  sample_put(elf, 18, 2, elf->machine);
  if (elf->phoff == 0) elf->phoff = (uint32_t)header;
  if (elf->notes_at == 0) elf->notes_at = elf->phoff + (uint32_t)phdr_size;
  sample_put(elf, elf->is_64 ? 32 : 28, word, elf->phoff);
  sample_put(elf, elf->is_64 ? 54 : 42, 2, phdr_size);
  sample_put(elf, elf->is_64 ? 56 : 44, 2, 1);
  size_t notes_end = sample_note(elf, sample_note(elf, elf->notes_at, 1, 0xee), 3, 0xab);
  sample_put(elf, elf->phoff, 4, 4);
  sample_put(elf, elf->phoff + word, word, elf->notes_at);
  sample_put(elf, elf->phoff + (elf->is_64 ? 32 : 16), word, notes_end - elf->notes_at);
  sample_put(elf, elf->phoff + (elf->is_64 ? 48 : 28), word, 4);
  elf->size = notes_end > elf->phoff + phdr_size ? notes_end : elf->phoff + phdr_size;
}

#endif
