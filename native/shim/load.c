/* SPDX-License-Identifier: Apache-2.0
 *
 * dlopen and dlmopen of a guest path: the twin library, which lies at /emul + that path. Guest files stay as they are, so
 * without this a twin would be handed a library of the wrong machine.
 *
 * dlopen looks at its caller: the caller's $ORIGIN, DT_RPATH and namespace count. A call that is passed on unchanged is
 * therefore a jump, which leaves the first caller's return address in place. That is why the buffer for the twin's path
 * is in a function of its own: in the wrapper's frame it would forbid the jump. A twin's path is absolute and needs
 * nothing of the caller's.
 */
#include "next.h"
#include "text.h"

typedef long namespace_id; /* Lmid_t */
typedef void *open_function(const char *path, int mode);
typedef void *open_in_function(namespace_id where, const char *path, int mode);

extern int access(const char *path, int mode);

/* Small enough to come back in registers: the address of a local variable would forbid the jump, too. */
struct outcome {
  void *handle;
  bool is_twin;
};

static const struct outcome NOT_A_TWIN = {NULL, false};
static void *kept_open;
static void *kept_open_in;

/* Writes /emul + path to `twin`; true when that exists. */
static bool has_twin(char *twin, const char *path) {
  const size_t length = text_length(path);
  if (path[0] != '/' || is_in_tree(path) || TREE_LENGTH + length >= PATH_SIZE) {
    return false;
  }
  __builtin_memcpy(twin, EMUL_TREE, TREE_LENGTH);
  for (size_t i = 0; i <= length; i++) {
    twin[TREE_LENGTH + i] = path[i];
  }
  return access(twin, 0 /* F_OK */) == 0;
}

/* The path as it is given comes first: it costs one system call, and is how gcc names the LTO plugin. */
static bool find_twin(char *twin, const char *path) {
  static void *kept;
  char *(*resolve)(const char *, char *) = (char *(*)(const char *, char *))next_symbol(&kept, "realpath");
  char real[PATH_SIZE];
  const int before = *__errno_location();
  const bool found =
      has_twin(twin, path) || (resolve != NULL && resolve(path, real) != NULL && has_twin(twin, real));
  *__errno_location() = before;
  return found;
}

static __attribute__((noinline)) struct outcome open_twin(open_function *next, const char *path, int mode) {
  char twin[PATH_SIZE];
  return find_twin(twin, path) ? (struct outcome){next(twin, mode), true} : NOT_A_TWIN;
}

static __attribute__((noinline)) struct outcome open_twin_in(namespace_id where, const char *path, int mode) {
  char twin[PATH_SIZE];
  open_in_function *next = (open_in_function *)next_symbol(&kept_open_in, "dlmopen");
  return find_twin(twin, path) ? (struct outcome){next(where, twin, mode), true} : NOT_A_TWIN;
}

/* A bare name is the loader's to find: the twins' DT_RPATH leads it to the tree's libraries. */
static bool is_path(const char *name) {
  return name != NULL && text_has(name, '/');
}

WRAPPER void *dlopen(const char *path, int mode) {
  open_function *next = (open_function *)next_symbol(&kept_open, "dlopen");
  if (is_path(path)) {
    const struct outcome outcome = open_twin(next, path, mode);
    if (outcome.is_twin) {
      return outcome.handle;
    }
  }
  return next(path, mode);
}

WRAPPER void *dlmopen(namespace_id where, const char *path, int mode) {
  open_in_function *next = (open_in_function *)next_symbol(&kept_open_in, "dlmopen");
  if (is_path(path)) {
    const struct outcome outcome = open_twin_in(where, path, mode);
    if (outcome.is_twin) {
      return outcome.handle;
    }
  }
  return next(where, path, mode);
}
