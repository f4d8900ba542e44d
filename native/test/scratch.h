/* SPDX-License-Identifier: Apache-2.0
 *
 * A file in memory for readers that take a descriptor. One serves a whole test program.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../dispatcher/sys.h"

/* The descriptor of a file that holds exactly these bytes. */
static inline int scratch_file(const uint8_t *bytes, size_t size) {
  static int fd = -1;
  if (fd < 0) fd = sys_memfd_create("scratch", MFD_CLOEXEC);
  if (fd < 0 || sys_call(__NR_ftruncate, fd, 0, 0, 0, 0) < 0) abort();
  if (size > 0 && sys_call(__NR_pwrite64, fd, (long)bytes, (long)size, 0, 0) != (long)size) abort();
  return fd;
}

#endif
