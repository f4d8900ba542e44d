/* SPDX-License-Identifier: Apache-2.0
 *
 * Strings, and building them in a fixed buffer.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* PATH_MAX and PIPE_BUF of Linux are both 4096 bytes. */
enum { TEXT_PATH_MAX = 4096 };

/* Always NUL-terminated. What does not fit is left out whole, and `is_cut` tells. */
struct text {
  char *bytes;
  size_t size; /* of the buffer, bytes */
  size_t used; /* without the NUL */
  bool is_cut;
};

struct text text_in(char *bytes, size_t size);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t size);
void text_add_number(struct text *text, uint64_t number);

size_t text_length(const char *string);
bool text_equal(const char *a, const char *b);
bool text_starts_with(const char *string, const char *prefix);
bool text_ends_with(const char *string, const char *suffix);
/* Whether `..` is one of the names between the slashes of a path. */
bool text_has_dot_dot(const char *path, size_t size);

#endif
