/* SPDX-License-Identifier: Apache-2.0
 *
 * What a 32-bit C library calls the functions that take 64-bit times; see effects.h.
 */
#ifndef SHIM_EFFECTS_32_H
#define SHIM_EFFECTS_32_H

#define PLAIN_EFFECTS_32(X) \
  X(__utime64) X(__utimes64) X(__lutimes64) X(__futimes64) X(__futimesat64) X(__utimensat64) X(__futimens64) \
  X(__semtimedop64) X(__setitimer64)

#endif
