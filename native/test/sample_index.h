/* SPDX-License-Identifier: Apache-2.0
 *
 * A small index with two colliding keys, written by hand: the TypeScript writer is held against the reader elsewhere
 * (test/integration/index-layout.test.ts), this one must not depend on it.
 */
#ifndef SAMPLE_INDEX_H
#define SAMPLE_INDEX_H

#include <stddef.h>
#include <string.h>

#include "../dispatcher/index.h"

enum { SAMPLE_SLOTS = 4, SAMPLE_RECORDS = 2 };

struct sample_index {
  struct emul_header header;
  struct emul_record slots[SAMPLE_SLOTS];
};

static const char *const SAMPLE_TWINS[SAMPLE_RECORDS] = {"/emul/usr/bin/first", "/emul/usr/bin/second"};

/* Both keys start with the same 32 bits, so that the second record is found on the second probe. */
static inline struct index_key sample_key(unsigned which) {
  struct index_key key = {.size = 20, .kind = EMUL_KEY_BUILD_ID};
  memset(key.bytes, 0x42, 4);
  memset(key.bytes + 4, 0x10 + (int)which, 16);
  return key;
}

static inline void sample_seal(struct sample_index *index) {
  index->header.sum = emul_sum((const uint8_t *)&index->header, offsetof(struct emul_header, sum));
  for (unsigned i = 0; i < SAMPLE_SLOTS; i++) {
    index->slots[i].sum = emul_sum((const uint8_t *)&index->slots[i], offsetof(struct emul_record, sum));
  }
}

static inline struct sample_index sample_index(void) {
  struct sample_index index;
  memset(&index, 0, sizeof index);
  index.header = (struct emul_header){.version = EMUL_VERSION, .slot_count = SAMPLE_SLOTS, .max_probe = 2,
                                      .record_count = SAMPLE_RECORDS, .guest_machine = 183, .guest_class = 2,
                                      .guest_data = 1, .file_size = sizeof index};
  memcpy(index.header.magic, EMUL_MAGIC, sizeof index.header.magic);
  for (unsigned i = 0; i < SAMPLE_RECORDS; i++) {
    struct index_key key = sample_key(i);
    struct emul_record *record = &index.slots[(0x42 + i) % SAMPLE_SLOTS];
    memcpy(record->key, key.bytes, sizeof record->key);
    record->key_size = key.size;
    record->key_kind = key.kind;
    record->twin_size = (uint16_t)strlen(SAMPLE_TWINS[i]);
    memcpy(record->twin, SAMPLE_TWINS[i], strlen(SAMPLE_TWINS[i]));
  }
  sample_seal(&index);
  return index;
}

#endif
