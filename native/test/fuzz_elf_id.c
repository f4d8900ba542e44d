/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: the reader of ELF headers and notes. Whatever was executed, it answers, and soon.
 */
#include <stdlib.h>

#include "../dispatcher/elf_id.h"
#include "fuzz.h"
#include "sample_elf.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  struct elf_id id;
  if (elf_identify(scratch_file(bytes, size), &id) != ELF_OK) return 0;
  if (id.build_id_size > EMUL_KEY_MAX || (id.build_id_size > 0 && id.build_id_size < 8)) abort();
  return 0;
}

size_t fuzz_seed(uint8_t *bytes, size_t capacity, unsigned which) {
  struct sample_elf elf = {.is_64 = (which & 1) != 0, .is_big = (which & 2) != 0, .machine = 40};
  elf.notes_at = (which & 4) != 0 ? 5000 : 0;
  sample_elf_write(&elf);
  if (which > 7 || elf.size > capacity) return 0;
  memcpy(bytes, elf.bytes, elf.size);
  return elf.size;
}

void fuzz_repair(uint8_t *bytes, size_t size) {
  (void)bytes;
  (void)size;
}
