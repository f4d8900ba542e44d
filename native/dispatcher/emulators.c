/* SPDX-License-Identifier: Apache-2.0 */
#include "emulators.h"

#include <linux/elf.h>

#include "elf_id.h"
#include "sys.h"

/* These, the architecture's name, and what follows it. */
static const struct {
  char before[32], after[12];
} CANDIDATES[EMULATOR_COUNT] = {
    {"/usr/bin/qemu-", ""},       {"/usr/bin/qemu-", "-static"},           {"/usr/local/bin/qemu-", ""},
    {"/usr/local/bin/qemu-", "-static"}, {"/usr/libexec/qemu-binfmt/qemu-", ""},
};

void emulator_path(unsigned which, const char *arch, struct text *out) {
  text_add(out, CANDIDATES[which].before);
  text_add(out, arch);
  text_add(out, CANDIDATES[which].after);
}

bool emulator_is_usable(const char *path) {
  int fd = sys_open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct elf_id id;
  bool is_host = elf_identify(fd, &id) == ELF_OK && id.machine == EM_X86_64 && id.class == ELFCLASS64;
  sys_close(fd);
  return is_host;
}
