/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __x86_64__

#include "conversion.h"

#include <locale.h>

#include "next.h"
#include "text.h"

/* A number, or one from the arguments; -1 where there is none. */
static int read_number(const char **at, struct arguments *arguments, bool *is_given) {
  int number = 0;
  *is_given = true;
  if (**at == '*') {
    (*at)++;
    return va_arg(arguments->list, int);
  }
  *is_given = **at >= '0' && **at <= '9';
  while (**at >= '0' && **at <= '9' && number < 100000000) number = 10 * number + (*(*at)++ - '0');
  return number;
}

static const struct lconv *local_numbers(void) {
  static void *kept;
  return ((struct lconv * (*)(void)) next_symbol(&kept, "localeconv"))();
}

static bool read_flags(const char **at, struct conversion *found) {
  for (;; (*at)++) {
    switch (**at) {
    case '-': found->is_left = true; break;
    case '+': found->has_plus = true; break;
    case ' ': found->has_space = true; break;
    case '0': found->has_zeros = true; break;
    case '\'':
      if (local_numbers()->thousands_sep[0] != '\0') return false;
      break;
    case '#': found->has_point = true; break;
    default: return true;
    }
  }
}

bool read_conversion(const char *at, struct arguments *arguments, struct conversion *found) {
  *found = (struct conversion){.precision = -1};
  if (*at++ != '%' || !read_flags(&at, found)) return false;
  bool is_given;
  found->width = read_number(&at, arguments, &is_given);
  if (found->width < 0) {
    found->is_left = true;
    found->width = -found->width;
  }
  if (*at == '.') {
    at++;
    found->precision = read_number(&at, arguments, &is_given);
    if (!is_given) found->precision = 0;
  }
  if (*at++ != 'L') return false;
  found->letter = *at;
  return *at != '\0' && text_has("aAeEfFgG", *at) && at[1] == '\0';
}

typedef int print_quad(char *buffer, size_t size, const char *format, quad number);

/* strfromf128's format: no flags, no width. */
static void write_format(const struct conversion *conversion, char out[16]) {
  char digits[12];
  unsigned count = 0, at = 0;
  out[at++] = '%';
  if (conversion->precision >= 0) {
    unsigned rest = (unsigned)conversion->precision;
    do digits[count++] = (char)('0' + rest % 10);
    while ((rest /= 10) != 0);
    out[at++] = '.';
    while (count > 0) out[at++] = digits[--count];
  }
  out[at++] = conversion->letter;
  out[at] = '\0';
}

/* For free_text: the number behind one byte of room, and with room for a decimal point. */
static char *printed(const struct conversion *conversion, quad number, size_t point_size) {
  static void *kept, *kept_malloc;
  print_quad *print = (print_quad *)next_symbol(&kept, "strfromf128");
  char format[16];
  write_format(conversion, format);
  const size_t length = (size_t)print(NULL, 0, format, number);
  char *text = ((void *(*)(size_t))next_symbol(&kept_malloc, "malloc"))(1 + length + point_size + 1);
  if (text != NULL) print(text + 1, length + 1, format, number);
  return text;
}

static size_t size_of(const char *text) {
  size_t size = 0;
  while (text[size] != '\0') size++;
  return size;
}

static char *copy(char *out, const char *from, size_t size) {
  for (size_t i = 0; i < size; i++) out[i] = from[i];
  return out + size;
}

static char *fill(char *out, char with, size_t size) {
  for (size_t i = 0; i < size; i++) out[i] = with;
  return out + size;
}

/* How much of the number stands before the zeros that fill it up: a sign, and 0x. */
static size_t head_size(const char *number) {
  const size_t sign = *number == '-' || *number == '+' || *number == ' ';
  return sign + (number[sign] == '0' && (number[sign + 1] == 'x' || number[sign + 1] == 'X') ? 2 : 0);
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

/* The end of its digits: where the exponent begins, if it has one. e is a digit of a hexadecimal number. */
static char *exponent_of(char *number, char letter) {
  const char sign = letter == 'a' ? 'p' : letter == 'A' ? 'P' : letter;
  while (*number != '\0' && *number != sign) number++;
  return number;
}

/* The digits of %#g are those of %e or %f: it keeps the zeros at the end. C17, 7.21.6.1, tells which. */
static struct conversion settled(const struct conversion *given, quad number) {
  struct conversion found = *given;
  if (!given->has_point || (given->letter != 'g' && given->letter != 'G')) return found;
  const int digits = given->precision > 0 ? given->precision : given->precision == 0 ? 1 : 6;
  found.letter = given->letter == 'g' ? 'e' : 'E';
  found.precision = digits - 1;
  char *text = printed(&found, number, 0);
  if (text == NULL) return found;
  const char *at = exponent_of(text + 1, found.letter);
  const bool is_small = at[0] != '\0' && at[1] == '-';
  int exponent = 0;
  if (at[0] != '\0') {
    for (at += 2; *at != '\0'; at++) exponent = 10 * exponent + (*at - '0');
  }
  free_text(text);
  if (is_small ? exponent > 4 : exponent >= digits) return found;
  found.letter = given->letter == 'g' ? 'f' : 'F';
  found.precision += is_small ? exponent : -exponent;
  return found;
}

static bool has_fraction(const char *digits, const char *end) {
  for (; digits < end; digits++) {
    const char lower = (char)(*digits | 0x20);
    if (!(*digits >= '0' && *digits <= '9') && !(lower >= 'a' && lower <= 'f')) return true;
  }
  return false;
}

/* Where the digits end without one. */
static void add_point(char *number, char letter, const char *point) {
  const size_t size = size_of(point);
  char *end = exponent_of(number, letter);
  if (has_fraction(number + head_size(number), end)) return;
  for (char *from = end + size_of(end); from >= end; from--) from[size] = *from;
  copy(end, point, size);
}

char *number_text(const struct conversion *conversion, quad number) {
  static void *kept_malloc;
  const char *point = conversion->has_point ? local_numbers()->decimal_point : "";
  const struct conversion exact = settled(conversion, number);
  char *own = printed(&exact, number, size_of(point));
  if (own == NULL) return NULL;
  char *source = own + 1;
  const size_t own_head = head_size(source);
  const bool is_finite = source[own_head] >= '0' && source[own_head] <= '9';
  if (is_finite && conversion->has_point) add_point(source, exact.letter, point);
  if (*source != '-' && (conversion->has_plus || conversion->has_space)) {
    *--source = conversion->has_plus ? '+' : ' ';
  }
  const size_t size = size_of(source);
  const size_t padding = larger((size_t)conversion->width, size) - size;
  const size_t head = head_size(source);
  char *text = ((void *(*)(size_t))next_symbol(&kept_malloc, "malloc"))(size + padding + 1);
  if (text != NULL) {
    char *out = text;
    if (conversion->is_left) {
      out = fill(copy(out, source, size), ' ', padding);
    } else if (conversion->has_zeros && is_finite) {
      out = copy(fill(copy(out, source, head), '0', padding), source + head, size - head);
    } else {
      out = copy(fill(out, ' ', padding), source, size);
    }
    *out = '\0';
  }
  free_text(own);
  return text;
}

void free_text(char *text) {
  static void *kept;
  if (text != NULL) ((void (*)(void *))next_symbol(&kept, "free"))(text);
}

#endif
