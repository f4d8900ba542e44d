/* SPDX-License-Identifier: Apache-2.0
 *
 * uname: the guest's machine name. The other fields are the kernel's own, under qemu-user as here (`uname -p` and `-i`
 * do not come from the kernel).
 */
#include <sys/utsname.h>

#include "config.h"
#include "next.h"

const volatile struct shim_config shim_config = {
    .magic = {'E', 'M', 'U', 'L', 'S', 'H', 'I', 'M'},
    .version = SHIM_CONFIG_VERSION,
};

_Static_assert(sizeof(((struct utsname *)0)->machine) == SHIM_MACHINE_MAX, "the block holds what utsname holds");

WRAPPER int uname(struct utsname *answer) {
  static void *kept;
  const int status = ((int (*)(struct utsname *))next_symbol(&kept, "uname"))(answer);
  if (status == 0 && shim_config.machine[0] != '\0') {
    for (size_t i = 0; i < SHIM_MACHINE_MAX; i++) {
      answer->machine[i] = shim_config.machine[i];
    }
  }
  return status;
}
