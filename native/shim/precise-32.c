/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions of libm that i386 code computes with x87's full 64 bits of mantissa inside (`pow` is 2 to the power of a product),
 * and that would be wrong in the last digits with the 53 to which the process rounds (start.c). They get their 64 bits.
 */
#ifndef __x86_64__
#include "next.h"
#include "precision-32.h"

typedef double one_number(double x);
typedef double two_numbers(double x, double y);

/* The result is rounded when it is stored: it comes back in a register of 64 bits. */
#define PRECISE_ONE(name) \
  WRAPPER double name(double x) { \
    static void *kept; \
    one_number *next = (one_number *)next_symbol(&kept, #name); \
    set_precision(PRECISION_64); \
    volatile double result = next(x); \
    set_precision(PRECISION_53); \
    return result; \
  }
#define PRECISE_TWO(name) \
  WRAPPER double name(double x, double y) { \
    static void *kept; \
    two_numbers *next = (two_numbers *)next_symbol(&kept, #name); \
    set_precision(PRECISION_64); \
    volatile double result = next(x, y); \
    set_precision(PRECISION_53); \
    return result; \
  }

PRECISE_ONE(exp)
PRECISE_ONE(exp2)
PRECISE_ONE(exp10)
PRECISE_ONE(expm1)
PRECISE_ONE(sinh)
PRECISE_ONE(cosh)
PRECISE_ONE(tanh)
PRECISE_TWO(pow)
#endif
