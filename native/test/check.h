/* SPDX-License-Identifier: Apache-2.0
 *
 * Tests in C, the least that does the job. Output is TAP: one `ok` or `not ok` line per test.
 *
 *     static void adds(void) { CHECK(1 + 1 == 2); }
 *     int main(void) { RUN(adds); return check_status(); }
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdio.h>

static unsigned check_count;
static unsigned check_failures;
static bool check_is_good;

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) {                                                               \
      printf("# %s:%d: %s: not true: %s\n", __FILE__, __LINE__, __func__, #condition); \
      check_is_good = false;                                                          \
    }                                                                                 \
  } while (0)

#define RUN(test) check_run(test, __FILE__, #test)

static void check_run(void (*test)(void), const char *file, const char *name) {
  check_is_good = true;
  test();
  check_count++;
  if (!check_is_good) check_failures++;
  printf("%s %u - %s %s\n", check_is_good ? "ok" : "not ok", check_count, file, name);
}

static int check_status(void) {
  printf("1..%u\n", check_count);
  return check_failures == 0 ? 0 : 1;
}

#endif
