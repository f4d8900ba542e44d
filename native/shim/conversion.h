/* SPDX-License-Identifier: Apache-2.0
 *
 * One conversion of printf for a long double of the guest's: %[flags][width][.precision]L[aAeEfFgG].
 */
#ifndef SHIM_CONVERSION_H
#define SHIM_CONVERSION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef _Float128 quad; /* of 113 bits */

struct conversion {
  bool is_left, has_plus, has_space, has_zeros, has_point;
  int width;
  int precision; /* below 0: not given */
  char letter;
};

/* Arguments by address: a function that is given a va_list may not go on with the caller's. */
struct arguments {
  va_list list;
};

/*
 * Whether the format is one such conversion and nothing else. Takes width and precision from the arguments where the format
 * says so; the number is then the next one. Not where thousands would be grouped.
 */
bool read_conversion(const char *format, struct arguments *arguments, struct conversion *found);

/* The text of the number, for free_text; NULL where there is no memory. */
char *number_text(const struct conversion *conversion, quad number);

/* Of NULL, too. */
void free_text(char *text);

#endif
