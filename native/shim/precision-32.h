/* SPDX-License-Identifier: Apache-2.0
 *
 * To how many bits of mantissa x87 rounds: bits 8 and 9 of its control word (Intel's manual, volume 1, 8.1.5.2).
 */
#ifndef SHIM_PRECISION_32_H
#define SHIM_PRECISION_32_H

#ifndef __x86_64__
#include <stdint.h>

enum precision { PRECISION_53 = 0x200, PRECISION_64 = 0x300, PRECISION_MASK = 0x300 };

static inline void set_precision(enum precision precision) {
  uint16_t control;
  __asm__ volatile("fnstcw %0" : "=m"(control));
  control = (uint16_t)((control & (uint16_t)~PRECISION_MASK) | (uint16_t)precision);
  __asm__ volatile("fldcw %0" : : "m"(control));
}
#endif

#endif
