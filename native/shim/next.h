/* SPDX-License-Identifier: Apache-2.0
 *
 * How a wrapper reaches what it wraps.
 *
 * The shim runs with the donor's C library, which may be years older or newer than the one it is built on, so it names no
 * symbol version and no DT_NEEDED: every import is an unversioned reference, which the loader binds to the oldest or the
 * default version, and both suit us. dlsym is weak: before glibc 2.34 it lived in libdl.so.2, which a program that only
 * calls readlink does not load. Such a program gets the bare system call instead of the next definition.
 */
#ifndef SHIM_NEXT_H
#define SHIM_NEXT_H

#include <stddef.h>

/* RTLD_NEXT of <dlfcn.h>, which only _GNU_SOURCE shows. */
#define NEXT_OBJECT ((void *)-1l)

extern void *dlsym(void *handle, const char *name) __attribute__((weak));
extern long syscall(long number, ...);
extern int *__errno_location(void);

/* The definition after the shim's own, looked up once and kept in `*kept`; NULL when there is none. */
static inline void *next_symbol(void **kept, const char *name) {
  void *found = __atomic_load_n(kept, __ATOMIC_RELAXED);
  if (__builtin_expect(found == NULL, 0) && dlsym != NULL) {
    found = dlsym(NEXT_OBJECT, name);
    __atomic_store_n(kept, found, __ATOMIC_RELAXED);
  }
  return found;
}

#define WRAPPER __attribute__((visibility("default")))

#endif
