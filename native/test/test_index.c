/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever happens to the file, a lookup answers with exactly the right twin, or with none.
 */
#include <stdlib.h>

#include "check.h"
#include "sample_index.h"
#include "scratch.h"

/* Looks `key` up in a file of these bytes. */
static enum index_result look_up(const void *bytes, size_t size, const struct index_key *key, struct emul_record *out) {
  int fd = scratch_file(bytes, size);
  struct emul_header header;
  if (index_open(fd, &header) != INDEX_FOUND) return INDEX_BAD;
  return index_find(fd, &header, key, out);
}

static bool is_right_or_none(const void *bytes, size_t size, unsigned which) {
  struct index_key key = sample_key(which);
  struct emul_record record;
  return look_up(bytes, size, &key, &record) != INDEX_FOUND || strcmp(record.twin, SAMPLE_TWINS[which]) == 0;
}

static void finds_each_record(void) {
  struct sample_index index = sample_index();
  for (unsigned i = 0; i < SAMPLE_RECORDS; i++) {
    struct index_key key = sample_key(i);
    struct emul_record record;
    CHECK(look_up(&index, sizeof index, &key, &record) == INDEX_FOUND);
    CHECK(strcmp(record.twin, SAMPLE_TWINS[i]) == 0);
  }
}

static void does_not_find_others(void) {
  struct sample_index index = sample_index();
  struct index_key key = sample_key(7);
  struct emul_record record;
  CHECK(look_up(&index, sizeof index, &key, &record) == INDEX_NOT_FOUND);
  key = sample_key(0);
  key.kind = EMUL_KEY_PATH;
  CHECK(look_up(&index, sizeof index, &key, &record) == INDEX_NOT_FOUND);
}

static void finds_the_record_of_a_path(void) {
  struct sample_index index = sample_index();
  const struct index_key key = sample_key(0);
  memcpy(index.slots[0x43 % SAMPLE_SLOTS].key, key.bytes, sizeof key.bytes);
  sample_seal(&index);
  int fd = scratch_file((const uint8_t *)&index, sizeof index);
  struct emul_record record;
  for (unsigned i = 0; i < SAMPLE_RECORDS; i++) {
    const char *guest_path = SAMPLE_TWINS[i] + strlen(EMUL_TREE);
    CHECK(index_find_path(fd, &index.header, &key, guest_path, &record) == INDEX_FOUND);
    CHECK(strcmp(record.twin, SAMPLE_TWINS[i]) == 0);
  }
  CHECK(index_find_path(fd, &index.header, &key, "/usr/bin/third", &record) == INDEX_NOT_FOUND);
  CHECK(index_find_path(fd, &index.header, &key, "", &record) == INDEX_NOT_FOUND);
  index.slots[0x43 % SAMPLE_SLOTS].twin[0] = '!';
  fd = scratch_file((const uint8_t *)&index, sizeof index);
  CHECK(index_find_path(fd, &index.header, &key, "/usr/bin/second", &record) == INDEX_BAD);
}

static void stops_after_max_probe(void) {
  struct sample_index index = sample_index();
  for (unsigned i = 0; i < SAMPLE_SLOTS; i++) index.slots[i] = index.slots[0x42 % SAMPLE_SLOTS];
  sample_seal(&index);
  struct index_key key = sample_key(1);
  struct emul_record record;
  CHECK(look_up(&index, sizeof index, &key, &record) == INDEX_NOT_FOUND);
}

static void survives_truncation_at_every_byte(void) {
  struct sample_index index = sample_index();
  for (size_t size = 0; size < sizeof index; size++) {
    for (unsigned i = 0; i < SAMPLE_RECORDS; i++) CHECK(is_right_or_none(&index, size, i));
  }
  struct index_key key = sample_key(0);
  struct emul_record record;
  CHECK(look_up(&index, sizeof index.header - 1, &key, &record) == INDEX_BAD);
  CHECK(look_up(&index, sizeof index.header, &key, &record) == INDEX_BAD);
}

static void survives_each_flipped_bit(void) {
  const struct sample_index good = sample_index();
  struct index_key first = sample_key(0);
  for (size_t bit = 0; bit < 8 * sizeof good; bit++) {
    struct sample_index index = good;
    ((uint8_t *)&index)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    for (unsigned i = 0; i < SAMPLE_RECORDS; i++) CHECK(is_right_or_none(&index, sizeof index, i));
    struct emul_record record;
    bool is_in_its_way = bit < 8 * sizeof index.header ||
                         (bit / 8 >= offsetof(struct sample_index, slots[2]) && bit / 8 < offsetof(struct sample_index, slots[3]));
    if (is_in_its_way) CHECK(look_up(&index, sizeof index, &first, &record) == INDEX_BAD);
  }
}

/* Sums are right here, so each rule has to hold by itself. */
static void refuses_what_it_does_not_know(void) {
  struct index_key key = sample_key(0);
  for (unsigned which = 0; which < 12; which++) {
    struct sample_index index = sample_index();
    struct emul_record *record = &index.slots[0x42 % SAMPLE_SLOTS];
    switch (which) {
    case 0: index.header.version++; break;
    case 1: index.header.flags = 2; break;
    case 2: index.header.slot_count = 3; break;
    case 3: index.header.max_probe = 0; break;
    case 4: index.header.max_probe = SAMPLE_SLOTS + 1; break;
    case 5: index.header.file_size--; break;
    case 6: record->reserved = 1; break;
    case 7: record->flags = EMUL_RECORD_FLAGS + 1; break;
    case 8: record->key_kind = 3; break;
    case 9: memcpy(record->twin, "/usr_", 5); break;
    case 10: record->twin_size = EMUL_TWIN_MAX; break;
    default: memcpy(record->twin, "/emul/../bin/sh\0\0\0", 19); record->twin_size = 15; break;
    }
    sample_seal(&index);
    struct emul_record found;
    CHECK(look_up(&index, sizeof index, &key, &found) == INDEX_BAD);
  }
}

static void path_key_is_sum_and_size(void) {
  struct index_key key = index_path_key("/usr/bin/tool", 0x0102);
  uint64_t sum = emul_sum((const uint8_t *)"/usr/bin/tool", 13);
  CHECK(key.size == 16 && key.kind == EMUL_KEY_PATH);
  CHECK(memcmp(key.bytes, &sum, 8) == 0);
  CHECK(key.bytes[8] == 2 && key.bytes[9] == 1 && key.bytes[10] == 0);
}

int main(void) {
  RUN(finds_each_record);
  RUN(does_not_find_others);
  RUN(finds_the_record_of_a_path);
  RUN(stops_after_max_probe);
  RUN(survives_truncation_at_every_byte);
  RUN(survives_each_flipped_bit);
  RUN(refuses_what_it_does_not_know);
  RUN(path_key_is_sum_and_size);
  return check_status();
}
