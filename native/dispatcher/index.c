/* SPDX-License-Identifier: Apache-2.0 */
#include "index.h"

#include <stdbool.h>
#include <stddef.h>

#include "sys.h"
#include "text.h"

static bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

static bool is_zero(const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

struct index_key index_build_id_key(const struct elf_id *id) {
  struct index_key key = {.size = id->build_id_size, .kind = EMUL_KEY_BUILD_ID};
  for (size_t i = 0; i < id->build_id_size; i++) key.bytes[i] = id->build_id[i];
  return key;
}

struct index_key index_path_key(const char *canonical_path, uint64_t file_size) {
  struct index_key key = {.size = 16, .kind = EMUL_KEY_PATH};
  uint64_t sum = emul_sum((const uint8_t *)canonical_path, text_length(canonical_path));
  for (unsigned i = 0; i < 8; i++) {
    key.bytes[i] = (uint8_t)(sum >> (8 * i));
    key.bytes[8 + i] = (uint8_t)(file_size >> (8 * i));
  }
  return key;
}

enum index_result index_open(int fd, struct emul_header *out) {
  if (sys_pread(fd, out, sizeof *out, 0) != (long)sizeof *out) return INDEX_BAD;
  if (!bytes_equal(out->magic, (const uint8_t *)EMUL_MAGIC, sizeof out->magic)) return INDEX_BAD;
  if (out->version != EMUL_VERSION || (out->flags & ~EMUL_HEADER_TRACE) != 0) return INDEX_BAD;
  if (out->sum != emul_sum((const uint8_t *)out, offsetof(struct emul_header, sum))) return INDEX_BAD;
  bool is_power_of_two = out->slot_count != 0 && (out->slot_count & (out->slot_count - 1)) == 0;
  if (!is_power_of_two || out->max_probe == 0 || out->max_probe > out->slot_count) return INDEX_BAD;
  if (out->record_count > out->slot_count) return INDEX_BAD;
  bool has_size = out->file_size == sizeof *out + (uint64_t)out->slot_count * sizeof(struct emul_record);
  return has_size ? INDEX_FOUND : INDEX_BAD;
}

static bool has_good_key(const struct emul_record *record) {
  uint8_t size = record->key_size;
  if (record->key_kind == EMUL_KEY_PATH && size != 16) return false;
  if (record->key_kind == EMUL_KEY_BUILD_ID && (size < 8 || size > EMUL_KEY_MAX)) return false;
  return record->key_kind <= EMUL_KEY_PATH && is_zero(record->key + size, EMUL_KEY_MAX - size);
}

/* Below /emul, no `..`: whatever the index says, `rm -rf /emul` turns acceleration off. */
static bool has_good_twin(const struct emul_record *record) {
  uint16_t size = record->twin_size;
  if (size == 0 || size >= EMUL_TWIN_MAX) return false;
  if (!is_zero((const uint8_t *)record->twin + size, EMUL_TWIN_MAX - size)) return false;
  return text_length(record->twin) == size && text_starts_with(record->twin, EMUL_TREE "/") &&
         !text_has_dot_dot(record->twin, size);
}

static enum index_result check_record(const struct emul_record *record, const struct index_key *key) {
  if (record->sum != emul_sum((const uint8_t *)record, offsetof(struct emul_record, sum))) return INDEX_BAD;
  if (record->key_kind == EMUL_KEY_NONE) return INDEX_NOT_FOUND;
  if ((record->flags & ~EMUL_RECORD_FLAGS) != 0 || record->reserved != 0) return INDEX_BAD;
  if (!has_good_key(record) || !has_good_twin(record)) return INDEX_BAD;
  bool is_same = record->key_kind == key->kind && record->key_size == key->size &&
                 bytes_equal(record->key, key->bytes, sizeof record->key);
  return is_same ? INDEX_FOUND : INDEX_NOT_FOUND;
}

/* A twin lies at EMUL_TREE and the guest's path; `guest_path` may be NULL. */
static bool is_twin_of(const struct emul_record *record, const char *guest_path) {
  return guest_path == NULL || text_equal(record->twin + sizeof EMUL_TREE - 1, guest_path);
}

enum index_result index_find_path(int fd, const struct emul_header *header, const struct index_key *key,
                                  const char *guest_path, struct emul_record *out) {
  uint32_t hash = 0;
  for (unsigned i = 0; i < 4; i++) hash |= (uint32_t)key->bytes[i] << (8 * i);
  for (uint32_t probe = 0; probe < header->max_probe; probe++) {
    uint64_t slot = (hash + probe) & (header->slot_count - 1);
    uint64_t at = sizeof *header + slot * sizeof *out;
    if (sys_pread(fd, out, sizeof *out, at) != (long)sizeof *out) return INDEX_BAD;
    enum index_result result = check_record(out, key);
    bool is_end = result == INDEX_BAD || out->key_kind == EMUL_KEY_NONE;
    if (is_end || (result == INDEX_FOUND && is_twin_of(out, guest_path))) return result;
  }
  return INDEX_NOT_FOUND;
}

enum index_result index_find(int fd, const struct emul_header *header, const struct index_key *key,
                             struct emul_record *out) {
  return index_find_path(fd, header, key, NULL, out);
}
