/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: the index reader. Whatever the file, it answers within the format's limits.
 */
#include <stdlib.h>

#include "fuzz.h"
#include "sample_index.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  int fd = scratch_file(bytes, size);
  struct emul_header header;
  struct emul_record record;
  if (index_open(fd, &header) != INDEX_FOUND) return 0;
  for (unsigned i = 0; i < SAMPLE_RECORDS; i++) {
    struct index_key key = sample_key(i);
    if (index_find(fd, &header, &key, &record) != INDEX_FOUND) continue;
    if (strncmp(record.twin, "/emul/", 6) != 0 || strlen(record.twin) != record.twin_size) abort();
    const char *other = SAMPLE_TWINS[SAMPLE_RECORDS - 1] + strlen(EMUL_TREE);
    if (index_find_path(fd, &header, &key, other, &record) != INDEX_FOUND) continue;
    if (strcmp(record.twin + strlen(EMUL_TREE), other) != 0) abort();
  }
  return 0;
}

size_t fuzz_seed(uint8_t *bytes, size_t capacity, unsigned which) {
  struct sample_index index = sample_index();
  if (which > 0 || sizeof index > capacity) return 0;
  memcpy(bytes, &index, sizeof index);
  return sizeof index;
}

/* Random changes alone would never get past the checksums. */
void fuzz_repair(uint8_t *bytes, size_t size) {
  struct sample_index index;
  if (size != sizeof index) return;
  memcpy(&index, bytes, sizeof index);
  sample_seal(&index);
  memcpy(bytes, &index, sizeof index);
}
