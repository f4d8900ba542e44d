/* SPDX-License-Identifier: Apache-2.0
 *
 * Large pages for compilers.
 *
 * gcc takes its memory from the kernel in pieces of 2 MiB, and touches nearly all of each: 512 page faults, where one would do.
 * They were a sixth of the time of a small compilation. So a large piece of fresh private memory is offered for a huge page
 * (madvise(2), MADV_HUGEPAGE); whether there is one, and whether they are allowed, is up to the kernel. Nothing else of the
 * process changes, and what it computes does not depend on it.
 *
 * A process of 32 bits has no address space to waste.
 */
#ifdef __x86_64__

#include <stdbool.h>

#include "kernel.h"
#include "next.h"

enum { HUGE_PAGE_SIZE = 2 * 1024 * 1024 };

typedef void *mmap_function(void *, size_t, int, int, int, long);

/* Not by libc's header, which makes mmap64 of it. */
WRAPPER void *mmap(void *hint, size_t size, int protection, int flags, int fd, long offset) {
  static void *kept;
  void *memory = ((mmap_function *)next_symbol(&kept, "mmap"))(hint, size, protection, flags, fd, offset);
  const int kind = flags & (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK | MAP_GROWSDOWN);
  const bool is_to_be_filled = kind == (MAP_PRIVATE | MAP_ANONYMOUS) && (protection & PROT_WRITE) != 0;
  if (memory != (void *)-1 && is_to_be_filled && size >= HUGE_PAGE_SIZE) {
    sys_call(__NR_madvise, (long)memory, (long)size, MADV_HUGEPAGE, 0, 0);
  }
  return memory;
}

#endif
