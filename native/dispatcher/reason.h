/* SPDX-License-Identifier: Apache-2.0
 *
 * Why the dispatcher chose as it did. The words go into the trace: they are the keys of TRACE_REASONS in
 * src/core/trace.ts, in its order, and test/integration/index-layout.test.ts holds the two together.
 */
#ifndef REASON_H
#define REASON_H

#include <stdbool.h>

#define REASONS(X)             \
  X(TWIN, "twin")               \
  X(HAND_MADE, "hand-made")     \
  X(NO_TWIN, "no-twin")         \
  X(NO_TREE, "no-tree")         \
  X(BAD_INDEX, "bad-index")     \
  X(BAD_BINARY, "bad-binary")   \
  X(SECURE, "secure")           \
  X(PRELOAD, "preload")         \
  X(ARGUMENTS, "arguments")     \
  X(MODULES, "modules")         \
  X(TWIN_FAILED, "twin-failed") \
  X(ROLLED_BACK, "rolled-back")

enum reason {
#define REASON_NAME(name, word) REASON_##name,
  REASONS(REASON_NAME)
#undef REASON_NAME
};

static inline const char *reason_word(enum reason reason) {
  static const char *const words[] = {
#define REASON_WORD(name, word) word,
      REASONS(REASON_WORD)
#undef REASON_WORD
  };
  return words[reason];
}

static inline bool reason_is_accelerated(enum reason reason) {
  return reason == REASON_TWIN || reason == REASON_HAND_MADE;
}

#endif
