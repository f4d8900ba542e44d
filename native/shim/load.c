/* SPDX-License-Identifier: Apache-2.0
 *
 * dlopen and dlmopen of a guest library: its twin. Guest files stay as they are, so without this a twin would be handed a
 * library of the wrong machine. Where there is no twin, the program starts anew under emulation (rollback.h).
 *
 * dlopen looks at its caller: the caller's $ORIGIN, DT_RPATH and namespace count. A call that is passed on unchanged is
 * therefore a jump, which leaves the first caller's return address in place. That is why the buffer for the twin's path
 * is in a function of its own: in the wrapper's frame it would forbid the jump. A twin's path is absolute and needs
 * nothing of the caller's.
 */
#include "next.h"
#include "rollback.h"
#include "text.h"
#include "twin.h"

typedef long namespace_id; /* Lmid_t */
typedef void *open_function(const char *path, int mode);
typedef void *open_in_function(namespace_id where, const char *path, int mode);

enum { ONLY_IF_LOADED = 4 /* RTLD_NOLOAD */ };

/* Small enough to come back in registers: the address of a local variable would forbid the jump, too. */
struct outcome {
  void *handle;
  bool is_final;
};

static void *kept_open;
static void *kept_open_in;
static const char *error_of_ours;

static struct outcome not_loaded(const char *library, int mode) {
  if ((mode & ONLY_IF_LOADED) == 0) {
    const struct need need = {library, "no twin was made of this library", "Run `qemu-accel refresh` on this build root"};
    __atomic_store_n(&error_of_ours, roll_back(&need), __ATOMIC_RELAXED);
  }
  return (struct outcome){NULL, true};
}

/* Where the call asks for a library of the guest: puts that one's path into `library`, its twin's into `twin`. */
static enum library_kind find_library(const char *name, int mode, char *library, char *twin) {
  if (!text_has(name, '/')) {
    /* The loader finds what the tree has; it also knows what is loaded already. */
    const bool is_loaders = name[0] == '\0' || (mode & ONLY_IF_LOADED) != 0 || is_tree_library(name);
    return is_loaders ? LIBRARY_OTHER : find_by_name(name, library, twin);
  }
  const size_t length = text_length(name);
  if (length >= PATH_SIZE) {
    return LIBRARY_OTHER;
  }
  __builtin_memcpy(library, name, length + 1);
  return find_twin(name, twin);
}

/* A twin that cannot be loaded is none: then the guest's own library counts, and what its loader says of it. */
static __attribute__((noinline)) struct outcome open_twin(const char *name, int mode) {
  char library[PATH_SIZE];
  char twin[PATH_SIZE];
  const enum library_kind kind = find_library(name, mode, library, twin);
  if (kind == LIBRARY_OTHER) {
    return (struct outcome){NULL, false};
  }
  open_function *next = (open_function *)next_symbol(&kept_open, "dlopen");
  void *handle = kind == LIBRARY_TWIN ? next(twin, mode) : NULL;
  return handle != NULL ? (struct outcome){handle, true} : not_loaded(library, mode);
}

static __attribute__((noinline)) struct outcome open_twin_in(namespace_id where, const char *name, int mode) {
  char library[PATH_SIZE];
  char twin[PATH_SIZE];
  const enum library_kind kind = find_library(name, mode, library, twin);
  if (kind == LIBRARY_OTHER) {
    return (struct outcome){NULL, false};
  }
  open_in_function *next = (open_in_function *)next_symbol(&kept_open_in, "dlmopen");
  void *handle = kind == LIBRARY_TWIN ? next(where, twin, mode) : NULL;
  return handle != NULL ? (struct outcome){handle, true} : not_loaded(library, mode);
}

WRAPPER void *dlopen(const char *name, int mode) {
  open_function *next = (open_function *)next_symbol(&kept_open, "dlopen");
  if (name != NULL) {
    const struct outcome outcome = open_twin(name, mode);
    if (outcome.is_final) {
      return outcome.handle;
    }
  }
  return next(name, mode);
}

WRAPPER void *dlmopen(namespace_id where, const char *name, int mode) {
  open_in_function *next = (open_in_function *)next_symbol(&kept_open_in, "dlmopen");
  if (name != NULL) {
    const struct outcome outcome = open_twin_in(where, name, mode);
    if (outcome.is_final) {
      return outcome.handle;
    }
  }
  return next(where, name, mode);
}

WRAPPER char *dlerror(void) {
  static void *kept;
  char *(*next)(void) = (char *(*)(void))next_symbol(&kept, "dlerror");
  char *ours = (char *)__atomic_exchange_n(&error_of_ours, NULL, __ATOMIC_RELAXED);
  char *theirs = next();
  return ours != NULL ? ours : theirs;
}
