/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

struct text text_in(char *bytes, size_t size) {
  bytes[0] = '\0';
  return (struct text){.bytes = bytes, .size = size, .used = 0, .is_cut = false};
}

void text_add_bytes(struct text *text, const char *bytes, size_t size) {
  if (text->is_cut || size >= text->size - text->used) {
    text->is_cut = true;
    return;
  }
  for (size_t i = 0; i < size; i++) text->bytes[text->used + i] = bytes[i];
  text->used += size;
  text->bytes[text->used] = '\0';
}

void text_add(struct text *text, const char *string) {
  text_add_bytes(text, string, text_length(string));
}

void text_add_number(struct text *text, uint64_t number) {
  char digits[20]; /* 2^64 has 20 */
  size_t at = sizeof digits;
  do {
    digits[--at] = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  text_add_bytes(text, digits + at, sizeof digits - at);
}

size_t text_length(const char *string) {
  size_t length = 0;
  while (string[length] != '\0') length++;
  return length;
}

bool text_starts_with(const char *string, const char *prefix) {
  for (; *prefix != '\0'; prefix++, string++) {
    if (*string != *prefix) return false;
  }
  return true;
}

bool text_equal(const char *a, const char *b) {
  return text_starts_with(a, b) && a[text_length(b)] == '\0';
}

bool text_ends_with(const char *string, const char *suffix) {
  size_t length = text_length(string);
  size_t suffix_length = text_length(suffix);
  return length >= suffix_length && text_equal(string + length - suffix_length, suffix);
}

bool text_has_dot_dot(const char *path, size_t size) {
  size_t name = 0; /* where the current name starts */
  for (size_t at = 0; at <= size; at++) {
    if (at < size && path[at] != '/') continue;
    if (at - name == 2 && path[name] == '.' && path[name + 1] == '.') return true;
    name = at + 1;
  }
  return false;
}
