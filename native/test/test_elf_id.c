/* SPDX-License-Identifier: Apache-2.0 */
#include "../dispatcher/elf_id.h"

#include "check.h"
#include "sample_elf.h"
#include "scratch.h"

static bool has_build_id(const struct elf_id *id) {
  if (id->build_id_size != 20) return false;
  for (unsigned i = 0; i < 20; i++) {
    if (id->build_id[i] != 0xab) return false;
  }
  return true;
}

static enum elf_result identify(const struct sample_elf *elf, size_t size, struct elf_id *out) {
  return elf_identify(scratch_file(elf->bytes, size), out);
}

static void reads_every_class_and_byte_order(void) {
  for (unsigned which = 0; which < 4; which++) {
    struct sample_elf elf = {.is_64 = (which & 1) != 0, .is_big = (which & 2) != 0, .machine = 0x1234};
    struct elf_id id;
    sample_elf_write(&elf);
    CHECK(identify(&elf, elf.size, &id) == ELF_OK);
    CHECK(has_build_id(&id) && id.machine == 0x1234);
    CHECK(id.class == (elf.is_64 ? 2 : 1) && id.data == (elf.is_big ? 2 : 1));
  }
}

static void finds_tables_beyond_the_first_read(void) {
  static const uint32_t places[][2] = {{0, 9000}, {9000, 0}, {9000, 200}, {4090, 0}, {0, 4093}};
  for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
    struct sample_elf elf = {.is_64 = true, .machine = 183, .phoff = places[i][0], .notes_at = places[i][1]};
    struct elf_id id;
    sample_elf_write(&elf);
    CHECK(identify(&elf, elf.size, &id) == ELF_OK && has_build_id(&id));
  }
}

static void is_right_or_empty_when_cut_anywhere(void) {
  struct sample_elf elf = {.is_64 = true, .machine = 183};
  sample_elf_write(&elf);
  for (size_t size = 0; size < elf.size; size++) {
    struct elf_id id;
    CHECK(identify(&elf, size, &id) == ELF_BAD || id.build_id_size == 0);
  }
}

static void refuses_what_is_not_elf(void) {
  static const struct {
    size_t at;
    uint8_t byte;
  } changes[] = {{0, 0}, {3, 'f'}, {4, 3}, {5, 0}, {54, 55}, {56, 0}, {57, 2}, {39, 0xff}};
  for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    struct sample_elf elf = {.is_64 = true, .machine = 183};
    struct elf_id id;
    sample_elf_write(&elf);
    elf.bytes[changes[i].at] = changes[i].byte;
    CHECK(identify(&elf, elf.size, &id) == ELF_BAD);
  }
}

static void takes_no_build_id_that_is_no_key(void) {
  static const uint32_t sizes[] = {0, 7, 33, 0xffffffff, 0x7fffffff};
  for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    struct sample_elf elf = {.is_64 = true, .machine = 183};
    struct elf_id id;
    sample_elf_write(&elf);
    sample_put(&elf, elf.notes_at + 36 + 4, 4, sizes[i]);
    CHECK(identify(&elf, elf.size, &id) == ELF_OK && id.build_id_size == 0);
  }
}

static void passes_over_notes_padded_to_8(void) {
  struct sample_elf elf = {.is_64 = true, .machine = 183};
  struct elf_id id;
  sample_elf_write(&elf);
  /* The first note gets a 13-byte value, padded to 16, and p_align 8 says that its end is too. */
  size_t next = elf.notes_at + 16 + 16;
  sample_put(&elf, elf.notes_at + 4, 4, 13);
  size_t end = sample_note(&elf, next, 3, 0xab);
  sample_put(&elf, elf.phoff + 48, 8, 8);
  sample_put(&elf, elf.phoff + 32, 8, end - elf.notes_at);
  CHECK(identify(&elf, end, &id) == ELF_OK && has_build_id(&id));
}

int main(void) {
  RUN(reads_every_class_and_byte_order);
  RUN(finds_tables_beyond_the_first_read);
  RUN(is_right_or_empty_when_cut_anywhere);
  RUN(refuses_what_is_not_elf);
  RUN(takes_no_build_id_that_is_no_key);
  RUN(passes_over_notes_padded_to_8);
  return check_status();
}
