/* SPDX-License-Identifier: Apache-2.0
 *
 * printf of a shell, with the guest's long double.
 *
 * bash reads a number with strtold and prints it with %Lf. x86's long double has 64 bits of mantissa, that of most guests
 * 113, that of 32-bit Arm 53. It shows early: none of them holds 1.005, each is nearest to it from another side, and
 * `printf %.2f 1.005` rounds up on the one and down on the other. So what strtold has read is kept as the guest would
 * have read it as well, and printed when the same number comes to be printed. glibc has functions for 113 bits on x86-64
 * (strtof128, strfromf128); those do not know flags and widths, which conversion.c adds.
 *
 * The program's own arithmetic would still be x86's: bash has none with these numbers.
 */
#ifdef __x86_64__

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "conversion.h"
#include "next.h"

/* PowerPC's, which is two doubles, is left as x86's. */
enum format { AS_HOST, QUAD, DOUBLE };

static enum format guest_format(void) {
  static const struct {
    char prefix[9];
    uint8_t format;
  } rows[] = {{"aarch64-", QUAD}, {"riscv64-", QUAD}, {"s390x-", QUAD}, {"arm-", DOUBLE}};
  for (unsigned row = 0; row < sizeof rows / sizeof rows[0]; row++) {
    unsigned at = 0;
    while (rows[row].prefix[at] != '\0' && shim_config.triplet[at] == rows[row].prefix[at]) at++;
    if (rows[row].prefix[at] == '\0') return (enum format)rows[row].format;
  }
  return AS_HOST;
}

/* The last number that this thread has read: x86's of it, and the guest's. */
static __thread struct {
  long double host;
  quad guest;
  bool is_set;
} last __attribute__((tls_model("initial-exec")));

/* Exactly: the exponent is the same, and the mantissa shorter; x87 writes its leading one down. No libgcc, no rounding. */
static quad widened(long double number) {
  union {
    long double number;
    struct {
      uint64_t mantissa;
      uint16_t sign_and_exponent;
    } bits;
  } from = {.number = number};
  union {
    quad number;
    struct {
      uint64_t low;
      uint64_t high;
    } bits;
  } to;
  const uint64_t fraction = from.bits.mantissa << 1;
  to.bits.low = fraction << 48;
  to.bits.high = (uint64_t)from.bits.sign_and_exponent << 48 | fraction >> 16;
  return to.number;
}

WRAPPER long double strtold(const char *text, char **end) {
  static void *kept[3];
  int *error = __errno_location();
  const int error_before = *error;
  const long double host = ((long double (*)(const char *, char **))next_symbol(&kept[0], "strtold"))(text, end);
  const enum format format = guest_format();
  last.is_set = false;
  /* What is out of x86's range may be within the guest's. */
  if (format == DOUBLE) {
    *error = error_before;
    const double guest = ((double (*)(const char *, char **))next_symbol(&kept[1], "strtod"))(text, end);
    last.guest = widened(guest);
  } else if (format == QUAD) {
    quad (*read)(const char *, char **) = (quad(*)(const char *, char **))next_symbol(&kept[2], "strtof128");
    if (read == NULL) return host; /* glibc before 2.26 */
    *error = error_before;
    last.guest = read(text, end);
  } else {
    return host;
  }
  last.host = host;
  last.is_set = true;
  return host;
}

/* What the guest would print, for free_text; NULL where the format is not ours to do. Leaves the arguments as they are. */
static char *guest_text(const char *format, va_list arguments) {
  struct conversion conversion;
  struct arguments own;
  char *text = NULL;
  va_copy(own.list, arguments);
  if (read_conversion(format, &own, &conversion) && guest_format() != AS_HOST) {
    const long double number = va_arg(own.list, long double);
    text = number_text(&conversion, last.is_set && last.host == number ? last.guest : widened(number));
  }
  va_end(own.list);
  return text;
}

typedef int print_function(int flag, const char *format, ...);
typedef int print_list_function(int flag, const char *format, va_list arguments);
typedef int write_function(char *out, size_t size, int flag, size_t room, const char *format, ...);
typedef int write_list_function(char *out, size_t size, int flag, size_t room, const char *format, va_list arguments);

WRAPPER int __printf_chk(int flag, const char *format, ...) {
  static void *kept[2];
  va_list arguments;
  va_start(arguments, format);
  char *text = guest_text(format, arguments);
  const int printed =
      text != NULL
          ? ((print_function *)next_symbol(&kept[0], "__printf_chk"))(flag, "%s", text)
          : ((print_list_function *)next_symbol(&kept[1], "__vprintf_chk"))(flag, format, arguments);
  va_end(arguments);
  free_text(text);
  return printed;
}

/* printf -v. */
WRAPPER int __vsnprintf_chk(char *out, size_t size, int flag, size_t room, const char *format, va_list arguments) {
  static void *kept[2];
  char *text = guest_text(format, arguments);
  const int printed =
      text != NULL
          ? ((write_function *)next_symbol(&kept[0], "__snprintf_chk"))(out, size, flag, room, "%s", text)
          : ((write_list_function *)next_symbol(&kept[1], "__vsnprintf_chk"))(out, size, flag, room, format, arguments);
  free_text(text);
  return printed;
}

#endif
