/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLAN_MAGIC "emul-sandbox-plan-1"
#define PLAN_BYTES_MAX (64L << 20)

static const struct {
  const char *name;
  enum op_kind kind;
  unsigned words;
} rules[] = {
  {"net", OP_NET, 0},
  {"root", OP_ROOT, 1},
  {"layers", OP_LAYERS, 3},
  {"mount", OP_MOUNT, 4},
  {"bind", OP_BIND, 3},
  {"data", OP_DATA, 3},
  {"dir", OP_DIR, 2},
  {"file", OP_FILE, 2},
  {"link", OP_LINK, 2},
  {"binfmt", OP_BINFMT, 2},
  {"user", OP_USER, 3},
  {"chdir", OP_CHDIR, 1},
  {"umask", OP_UMASK, 1},
  {"env", OP_ENV, 1},
  {"run", OP_RUN, 1},
};

struct cursor {
  char *at;
  char *end;
};

long plan_number(const char *word, int base) {
  char *end;
  errno = 0;
  long value = strtol(word, &end, base);
  if (errno != 0 || end == word || *end != '\0' || value < 0) return -1;
  return value;
}

static char *next_word(struct cursor *cursor) {
  char *word = cursor->at;
  char *nul = memchr(word, '\0', (size_t)(cursor->end - word));
  if (nul == NULL) return NULL;
  cursor->at = nul + 1;
  return word;
}

static int read_exactly(char *to, size_t size) {
  while (size > 0) {
    ssize_t got = read(CONTROL_FD, to, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? -errno : -EPROTO;
    to += got;
    size -= (size_t)got;
  }
  return 0;
}

/* One byte at a time: what follows the plan on the socket is not ours to take. */
static int read_word(char *to, size_t room) {
  for (size_t at = 0; at < room; at++) {
    int error = read_exactly(to + at, 1);
    if (error != 0) return error;
    if (to[at] == '\0') return 0;
  }
  return -EPROTO;
}

static int read_argv(struct cursor *cursor, struct op *op) {
  long count = plan_number(op->word[0], 10);
  if (count < 1 || count > cursor->end - cursor->at) return -EPROTO;
  op->argv = calloc((size_t)count + 1, sizeof *op->argv);
  if (op->argv == NULL) return -ENOMEM;
  for (long i = 0; i < count; i++) {
    op->argv[i] = next_word(cursor);
    if (op->argv[i] == NULL) return -EPROTO;
  }
  return cursor->at == cursor->end ? 0 : -EPROTO;
}

static int read_data(struct cursor *cursor, struct op *op) {
  long size = plan_number(op->word[2], 10);
  if (size < 0 || size > cursor->end - cursor->at) return -EPROTO;
  op->data = cursor->at;
  op->data_size = (size_t)size;
  cursor->at += size;
  return 0;
}

static int read_op(struct cursor *cursor, struct op *op) {
  const char *name = next_word(cursor);
  if (name == NULL) return -EPROTO;
  op->is_optional = name[0] == '?';
  if (op->is_optional) name++;
  size_t rule = 0;
  while (rule < sizeof rules / sizeof rules[0] && strcmp(rules[rule].name, name) != 0) rule++;
  if (rule == sizeof rules / sizeof rules[0]) return -EPROTO;
  op->kind = rules[rule].kind;
  for (unsigned i = 0; i < rules[rule].words; i++) {
    op->word[i] = next_word(cursor);
    if (op->word[i] == NULL) return -EPROTO;
  }
  if (op->kind == OP_DATA) return read_data(cursor, op);
  if (op->kind == OP_RUN) return read_argv(cursor, op);
  return 0;
}

static size_t count_words(const struct cursor *cursor) {
  size_t count = 0;
  for (const char *at = cursor->at; at < cursor->end; at++) count += *at == '\0';
  return count;
}

int plan_read(struct plan *plan) {
  char magic[sizeof PLAN_MAGIC];
  char size_word[16];
  int error = read_word(magic, sizeof magic);
  if (error == 0 && strcmp(magic, PLAN_MAGIC) != 0) error = -EPROTO;
  if (error == 0) error = read_word(size_word, sizeof size_word);
  if (error != 0) return error;
  long size = plan_number(size_word, 10);
  if (size < 1 || size > PLAN_BYTES_MAX) return -EPROTO;
  char *bytes = malloc((size_t)size);
  if (bytes == NULL) return -ENOMEM;
  error = read_exactly(bytes, (size_t)size);
  if (error != 0) return error;

  struct cursor cursor = {bytes, bytes + size};
  plan->ops = calloc(count_words(&cursor), sizeof *plan->ops);
  if (plan->ops == NULL) return -ENOMEM;
  while (cursor.at < cursor.end) {
    struct op *op = &plan->ops[plan->count++];
    error = read_op(&cursor, op);
    if (error != 0) return error;
    plan->has_net |= op->kind == OP_NET;
    plan->has_root |= op->kind == OP_ROOT || op->kind == OP_LAYERS;
  }
  return plan->ops[plan->count - 1].kind == OP_RUN ? 0 : -EPROTO;
}
