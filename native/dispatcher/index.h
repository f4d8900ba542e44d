/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader of /emul/index (emul_index.h has the format). It believes nothing: the answer is the twin exactly as it was
 * written, or that there is none, or that the index is bad.
 */
#ifndef INDEX_H
#define INDEX_H

#include "../include/emul_index.h"
#include "elf_id.h"

enum index_result {
  INDEX_FOUND,
  INDEX_NOT_FOUND,
  INDEX_BAD, /* damaged, cut short, or of another version */
};

struct index_key {
  uint8_t bytes[EMUL_KEY_MAX]; /* zero-padded */
  uint8_t size;
  uint8_t kind;
};

/* The key of a binary that has a build-id. */
struct index_key index_build_id_key(const struct elf_id *id);
/* The key of one that has none. */
struct index_key index_path_key(const char *canonical_path, uint64_t file_size);

/* Reads and checks the header: INDEX_FOUND or INDEX_BAD. */
enum index_result index_open(int fd, struct emul_header *out);
/*
 * Looks one key up: the first record that has it. `header` is one that index_open found good. On INDEX_FOUND `out->twin` is a
 * path below /emul.
 */
enum index_result index_find(int fd, const struct emul_header *header, const struct index_key *key,
                             struct emul_record *out);
/* The same, but only the record whose twin stands for the guest's file of this path. */
enum index_result index_find_path(int fd, const struct emul_header *header, const struct index_key *key,
                                  const char *guest_path, struct emul_record *out);

#endif
