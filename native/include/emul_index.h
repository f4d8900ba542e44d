/* SPDX-License-Identifier: Apache-2.0
 *
 * /emul/index: which host-architecture twin stands in for which guest binary.
 *
 * The dispatcher reads this file once per exec, so it is laid out to be read, not parsed: a 64-byte header, then
 * `slot_count` records of 256 bytes that form an open-addressing hash table. A lookup is one pread of the header and,
 * nearly always, one pread of a record. Nothing points anywhere: a record holds its whole answer.
 *
 *   header | slot 0 | slot 1 | ... | slot (slot_count - 1)
 *
 * A key's first slot is `le32(key) & (slot_count - 1)`; a collision goes to the next slot, wrapping, for at most
 * `max_probe` slots in all. An empty slot (key_kind EMUL_KEY_NONE) ends the search. Several records may have one key: the
 * hard links of a program that asks for its own path.
 *
 * Header and record each carry a checksum of their own bytes (`emul_sum`), because a flipped bit in a twin's path must
 * end in emulation and never in another program. All integers are little-endian: only x86 hosts read this file.
 * core/index-layout.ts mirrors this header; test/integration/index-layout.test.ts holds the two together.
 */
#ifndef EMUL_INDEX_H
#define EMUL_INDEX_H

#include <stdint.h>

#define EMUL_INDEX_PATH "/emul/index"
/* Present in every tree that qemu-accel wrote. Where it is and the index is not, the tree is damaged: emulate. Where
 * neither is, the tree was made by hand: look up EMUL_TREE + canonical path. */
#define EMUL_MANIFEST_PATH "/emul/manifest.json"
#define EMUL_TRACE_PATH "/emul/trace"
#define EMUL_TREE "/emul"
/* An empty file with the time of change that the database's directory had when the tree was made. Missing where some module
 * of a package has no twin. */
#define EMUL_PACKAGES_PATH "/emul/packages"
#define EMUL_PACKAGE_DATABASE "/var/lib/dpkg/info"

/* The libraries of all twins, and the time of change that their directory has as long as nobody changes it: 1980-01-01.
 * Those of 32-bit twins are apart. */
#define EMUL_LIBRARIES "/emul/usr/lib"
#define EMUL_LIBRARIES_32 "/emul/usr/lib32"
#define EMUL_TREE_TIME 315532800u

#define EMUL_MAGIC "EMULIDX\n" /* 8 bytes, no NUL */
#define EMUL_VERSION 1u

/* emul_header.flags */
#define EMUL_HEADER_TRACE 1u /* append one trace line per exec to EMUL_TRACE_PATH */

/* emul_record.key_kind */
#define EMUL_KEY_NONE 0u     /* an empty slot */
#define EMUL_KEY_BUILD_ID 1u /* key: the GNU build-id, 8 to 32 bytes */
#define EMUL_KEY_PATH 2u     /* key: emul_sum of the canonical path's bytes (u64), then the file's size (u64) */

/* emul_record.flags: when the tool is emulated. With certain arguments (dispatcher/arguments.c) ... */
#define EMUL_RECORD_CPU_NATIVE 1u   /* -march=native and its like ask for the guest's CPU */
#define EMUL_RECORD_OFFLOAD 2u      /* -fopenmp, -fopenacc: offloading is configured in the guest's own compiler only */
#define EMUL_RECORD_OWN_CHECKSUM 4u /* -version of cc1 prints a checksum of its own executable */
#define EMUL_RECORD_LINKS 8u        /* none of -c, -S, -E ...: a driver that links gives cc1plus options for offloading */
#define EMUL_RECORD_LIBRARIES 16u   /* -lm and its like: a driver that can offload hands them on to the compiler */
#define EMUL_RECORD_SANITIZE 32u    /* -fsanitize=bounds, in undefined too: cc1's own evaluation order shows */
#define EMUL_RECORD_OWN_BUILD 512u  /* --version, -V, version, speed, info: told with the options it was built with */
#define EMUL_RECORD_GENERAL_NUMERIC 2048u /* sort -g: compares long doubles, which are wider on the guest */
#define EMUL_RECORD_UNSIGNED_FORMAT 4096u /* awk's printf %x: what a negative double is as an unsigned number */
/* ... and with modules that have no twin yet (dispatcher/modules.c) */
#define EMUL_RECORD_PERL_MODULES 64u
#define EMUL_RECORD_PYTHON_MODULES 128u
/* ... and as a copy elsewhere: the program asks the kernel for its own path, and a twin knows its own only. Each hard link
 * of it has a record, with the same key and another twin. */
#define EMUL_RECORD_OWN_PATH 256u
/* The twin is a 32-bit program: it loads from EMUL_LIBRARIES_32. */
#define EMUL_RECORD_32BIT 1024u
#define EMUL_RECORD_FLAGS 8191u

/* An emulator, by the first bytes of its build-id; all zero: none. */
#define EMUL_EMULATOR_SIZE 16u
struct emul_emulator {
  uint8_t build_id[EMUL_EMULATOR_SIZE];
};

struct emul_header {
  uint8_t magic[8];
  uint32_t version;
  uint32_t flags;
  uint32_t slot_count; /* a power of two, at least 1 */
  uint32_t max_probe;  /* 1 .. slot_count */
  uint32_t record_count;
  uint16_t guest_machine; /* ELF e_machine of the guest */
  uint8_t guest_class;    /* ELFCLASS32 or ELFCLASS64 */
  uint8_t guest_data;     /* ELFDATA2LSB or ELFDATA2MSB */
  uint64_t file_size;     /* header and all slots, bytes */
  struct emul_emulator fast_pauth; /* the emulator that is told to: dispatcher/emulators.h */
  uint64_t sum;           /* emul_sum of the 56 bytes before it */
};
_Static_assert(sizeof(struct emul_header) == 64, "the header is 64 bytes");

#define EMUL_KEY_MAX 32u
#define EMUL_TWIN_MAX 200u

struct emul_record {
  uint8_t key[EMUL_KEY_MAX]; /* zero-padded */
  uint8_t key_size;
  uint8_t key_kind;
  uint16_t flags;
  uint16_t twin_size;       /* bytes of twin without its NUL, 1 .. EMUL_TWIN_MAX - 1 */
  uint16_t reserved;        /* zero */
  char twin[EMUL_TWIN_MAX]; /* absolute path, NUL-terminated, zero-padded */
  /* A truncated or patched copy keeps its build-id: it must do what it does, so it has no twin. */
  uint64_t guest_size; /* of the guest binary, bytes */
  uint64_t sum;        /* emul_sum of the 248 bytes before it */
};
_Static_assert(sizeof(struct emul_record) == 256, "a record is 256 bytes");

/*
 * The checksum: 64-bit words, little-endian, the last one zero-padded, then the length. Each step is a bijection of the
 * state, and for a given state a bijection of the word, so a change inside any single word always changes the sum.
 */
static inline uint64_t emul_sum(const uint8_t *bytes, uint64_t size) {
  const uint64_t odd = 0x9e3779b97f4a7c15u;
  uint64_t state = odd;
  for (uint64_t at = 0; at < size; at += 8) {
    uint64_t word = 0;
    for (uint64_t i = 0; i < 8 && at + i < size; i++) {
      word |= (uint64_t)bytes[at + i] << (8 * i);
    }
    state = (state ^ word) * odd;
    state = (state << 29) | (state >> 35);
  }
  state = (state ^ size) * odd;
  return state ^ (state >> 32);
}

#endif
