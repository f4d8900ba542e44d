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

bool emulator_is_usable(const char *path, struct elf_id *out) {
  int fd = sys_open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool is_host = elf_identify(fd, out) == ELF_OK && out->machine == EM_X86_64 && out->class == ELFCLASS64;
  sys_close(fd);
  return is_host;
}

static bool is_emulator(const struct elf_id *id, const struct emul_emulator *emulator) {
  uint8_t difference = 0;
  for (unsigned i = 0; i < EMUL_EMULATOR_SIZE; i++) difference |= (uint8_t)(id->build_id[i] ^ emulator->build_id[i]);
  return id->build_id_size >= EMUL_EMULATOR_SIZE && difference == 0;
}

static bool has_chosen_cpu(char *const *environment) {
  for (; *environment != NULL; environment++) {
    if (text_starts_with(*environment, "QEMU_CPU=")) return true;
  }
  return false;
}

char **emulator_with_fast_pauth(char **argv, const struct emul_emulator *fast_pauth, const struct elf_id *id,
                                char *const *environment) {
  if (!is_emulator(id, fast_pauth) || has_chosen_cpu(environment)) return argv;
  char *name = argv[0];
  argv[0] = (char *)"max,pauth-impdef=on";
  *--argv = (char *)"-cpu";
  *--argv = name;
  return argv;
}
