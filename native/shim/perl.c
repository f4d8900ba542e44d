/* SPDX-License-Identifier: Apache-2.0 */
#include "perl.h"

#include <errno.h>
#include <stdbool.h>

#include "next.h"
#include "rollback.h"
#include "text.h"

typedef long system_call(long number, long a, long b, long c, long d, long e, long f);

/* Where perl's own code is, in the program or in libperl.so; none in other programs. */
static struct object_range perl_itself(void) {
  static struct object_range found;
  static bool is_known;
  if (!__atomic_load_n(&is_known, __ATOMIC_ACQUIRE)) {
    found = find_object("perl_run");
    __atomic_store_n(&is_known, true, __ATOMIC_RELEASE);
  }
  return found;
}

void note_perl_header(const char *path) {
  const size_t length = text_length(path);
  const char *rest = length > 3 ? text_after(path + length - 3, ".ph") : NULL;
  if (rest != NULL && perl_itself().end != 0) {
    roll_back_if_possible();
  }
}

/* Compiled modules have the numbers of the host, as every twin has: only perl's own calls are the script's. */
WRAPPER long syscall(long number, long a, long b, long c, long d, long e, long f) {
  static void *kept;
  const uintptr_t caller = (uintptr_t)__builtin_return_address(0);
  const struct object_range perl = perl_itself();
  if (caller >= perl.start && caller < perl.end) {
    const struct need need = {"syscall", "its numbers are those of the guest's kernel",
                              "Run it with `qemu-accel run --emulated`"};
    roll_back(&need);
    *__errno_location() = ENOSYS;
    return -1;
  }
  return ((system_call *)next_symbol(&kept, "syscall"))(number, a, b, c, d, e, f);
}
