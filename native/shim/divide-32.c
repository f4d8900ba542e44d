/* SPDX-License-Identifier: Apache-2.0
 *
 * The division of 64-bit numbers, which i386 code calls and libgcc brings: the shim is linked with no library, and a 32-bit
 * libgcc is in gcc-multilib only.
 */
#ifndef __x86_64__
#include <stdint.h>

uint64_t __udivdi3(uint64_t number, uint64_t by);
uint64_t __umoddi3(uint64_t number, uint64_t by);

struct division {
  uint64_t quotient;
  uint64_t rest;
};

static struct division divide(uint64_t number, uint64_t by) {
  struct division result = {0, 0};
  for (int bit = 63; bit >= 0; bit--) {
    result.rest = result.rest << 1 | (number >> bit & 1);
    if (result.rest >= by) {
      result.rest -= by;
      result.quotient |= (uint64_t)1 << bit;
    }
  }
  return result;
}

uint64_t __udivdi3(uint64_t number, uint64_t by) {
  return divide(number, by).quotient;
}

uint64_t __umoddi3(uint64_t number, uint64_t by) {
  return divide(number, by).rest;
}
#endif
