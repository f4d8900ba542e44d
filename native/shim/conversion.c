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

static bool groups_thousands(void) {
  static void *kept;
  return ((struct lconv * (*)(void)) next_symbol(&kept, "localeconv"))()->thousands_sep[0] != '\0';
}

static bool read_flags(const char **at, struct conversion *found) {
  for (;; (*at)++) {
    switch (**at) {
    case '-': found->is_left = true; break;
    case '+': found->has_plus = true; break;
    case ' ': found->has_space = true; break;
    case '0': found->has_zeros = true; break;
    case '\'':
      if (groups_thousands()) return false;
      break;
    case '#': return false;
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

char *number_text(const struct conversion *conversion, quad number) {
  static void *kept, *kept_malloc;
  print_quad *print = (print_quad *)next_symbol(&kept, "strfromf128");
  char format[16];
  write_format(conversion, format);
  const size_t length = (size_t)print(NULL, 0, format, number);
  const size_t width = (size_t)conversion->width;
  const size_t room = larger(width, length + 1) + 1;
  /* The text, then room for what it is made of: the number, behind a sign. */
  char *text = ((void *(*)(size_t))next_symbol(&kept_malloc, "malloc"))(room + 1 + length + 1);
  if (text == NULL) return NULL;
  char *source = text + room + 1;
  print(source, length + 1, format, number);
  const bool has_sign = *source != '-' && (conversion->has_plus || conversion->has_space);
  if (has_sign) *--source = conversion->has_plus ? '+' : ' ';
  const size_t size = length + has_sign;
  const size_t padding = larger(width, size) - size;
  const size_t head = head_size(source);
  const bool is_finite = source[head] >= '0' && source[head] <= '9';
  char *out = text;
  if (conversion->is_left) {
    out = fill(copy(out, source, size), ' ', padding);
  } else if (conversion->has_zeros && is_finite) {
    out = copy(fill(copy(out, source, head), '0', padding), source + head, size - head);
  } else {
    out = copy(fill(out, ' ', padding), source, size);
  }
  *out = '\0';
  return text;
}

void free_text(char *text) {
  static void *kept;
  if (text != NULL) ((void (*)(void *))next_symbol(&kept, "free"))(text);
}

#endif
