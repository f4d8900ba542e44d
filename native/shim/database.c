/* SPDX-License-Identifier: Apache-2.0
 *
 * Databases of GDBM, with the guest's hash.
 *
 * Where a record lies in such a file is told by a hash of its key, which GDBM computes from `char`: with a sign on x86, without
 * one on every guest (AAPCS64, AAPCS, and the ELF ABIs of RISC-V, Power and z). So a twin would not find the guest's records
 * whose keys have bytes above 127, as man-db has them for manual pages with names that are not English; and would write what
 * the guest does not find. libgdbm calls this function by way of its PLT: the loader takes the first definition, which is ours.
 *
 * Who opens such a database has the shim anyway: man-db reads links, perl and python load modules.
 */
#include <stdint.h>

#include "next.h"

enum { HASH_MASK = 0x7fffffff, SHIFTS = 24, SHIFT_STEP = 5 };

WRAPPER int _gdbm_hash(const unsigned char *key, int size);
WRAPPER int _gdbm_hash(const unsigned char *key, int size) {
  uint32_t hash = 0x238f13afU * (uint32_t)size;
  uint32_t shift = 0;
  for (int at = 0; at < size; at++) {
    hash = (hash + ((uint32_t)key[at] << shift)) & HASH_MASK;
    shift = (shift + SHIFT_STEP) % SHIFTS;
  }
  return (int)((0x41c64e6bU * hash + 12345) & HASH_MASK);
}
