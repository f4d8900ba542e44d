/* SPDX-License-Identifier: Apache-2.0
 *
 * $(sort) of make, in the guest's order.
 *
 * make hands qsort a comparison of its own, alpha_compare, which begins with the difference of the two first `char`s: these have a
 * sign on x86 and none on the guests, so words that begin with a byte above 127 come first there and last here. make exports its
 * functions (for `load`), by which this one is known; it compares as strcmp does but for that sign.
 */
#include <stdbool.h>

#include "next.h"

typedef int comparison(const void *, const void *);
typedef void sorter(void *, size_t, size_t, comparison *);

static int compare_texts(const void *left, const void *right) {
  const unsigned char *a = *(const unsigned char *const *)left;
  const unsigned char *b = *(const unsigned char *const *)right;
  for (; *a == *b && *a != '\0'; a++) b++;
  return *a - *b;
}

WRAPPER void qsort(void *first, size_t count, size_t size, comparison *compare) {
  static void *kept;
  static const void *signed_compare;
  static bool is_known;
  if (!is_known) {
    signed_compare = find_in_program("alpha_compare");
    is_known = true;
  }
  const bool is_signed = signed_compare != NULL && (const void *)compare == signed_compare && size == sizeof(char *);
  ((sorter *)next_symbol(&kept, "qsort"))(first, count, size, is_signed ? compare_texts : compare);
}
