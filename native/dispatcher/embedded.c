/* SPDX-License-Identifier: Apache-2.0 */
#include "embedded.h"

#include <stddef.h>

#include "sys.h"

/* The dispatcher's own segment is executable, so the only one that is just readable is the emulator. */
static const struct elf64_phdr *find_image(const struct request *request) {
  for (uint64_t i = 0; i < request->phdr_count; i++) {
    const struct elf64_phdr *phdr = &request->phdrs[i];
    if (phdr->p_type == PT_LOAD && phdr->p_flags == PF_R) return phdr;
  }
  return NULL;
}

static bool write_all(int fd, const uint8_t *bytes, uint64_t size) {
  while (size > 0) {
    long written = sys_write(fd, bytes, size);
    if (written <= 0 && written != -EINTR) return false;
    if (written == -EINTR) continue;
    bytes += written;
    size -= (uint64_t)written;
  }
  return true;
}

void embedded_execute(const struct request *request, char *const *argv) {
  const struct elf64_phdr *image = find_image(request);
  if (image == NULL) return;
  /* The kernel has no exec from memory, and there may be no directory to write to and no /proc: a memfd needs neither.
   * It is closed by the exec itself; that is only a trouble for scripts. */
  int fd = sys_memfd_create("qemu", MFD_CLOEXEC | MFD_EXEC);
  if (fd == -EINVAL) fd = sys_memfd_create("qemu", MFD_CLOEXEC);
  if (fd < 0) return;
  if (write_all(fd, (const uint8_t *)image->p_vaddr, image->p_filesz)) sys_execfd(fd, argv, request->envp);
  sys_close(fd);
}
