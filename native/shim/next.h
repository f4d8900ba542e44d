/* SPDX-License-Identifier: Apache-2.0
 *
 * How a wrapper reaches what it wraps.
 *
 * The shim runs with the donor's C library, which may be years older or newer than the one it is built on, so it names no
 * symbol version and no DT_NEEDED: every import is an unversioned reference, which the loader binds to the oldest or the
 * default version, and both suit us.
 */
#ifndef SHIM_NEXT_H
#define SHIM_NEXT_H

#include <stddef.h>
#include <stdint.h>

extern int *__errno_location(void);

/*
 * The definition that follows the shim's own in the loader's list, as RTLD_NEXT means it, or NULL. Not dlsym: that takes
 * the loader's lock and may allocate, while write or close may be called for the first time in a signal handler, or in
 * the forked child of a process whose other thread held that lock; and before glibc 2.34 it was in libdl.so.2, which a
 * program that only reads links does not load.
 */
void *find_next(const char *name);

/* A function that the program itself exports, or NULL. */
void *find_in_program(const char *function);

/* The addresses of the loaded object that defines a function: `end` is 0 where none does. */
struct object_range {
  uintptr_t start;
  uintptr_t end;
};
struct object_range find_object(const char *function);

/* find_next, looked up once and kept in `*kept`. */
static inline void *next_symbol(void **kept, const char *name) {
  void *found = __atomic_load_n(kept, __ATOMIC_RELAXED);
  if (__builtin_expect(found == NULL, 0)) {
    found = find_next(name);
    __atomic_store_n(kept, found, __ATOMIC_RELAXED);
  }
  return found;
}

#define WRAPPER __attribute__((visibility("default")))

#endif
