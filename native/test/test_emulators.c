/* SPDX-License-Identifier: Apache-2.0
 *
 * Which emulator is told what.
 */
#include "../dispatcher/emulators.h"

#include <string.h>

#include "check.h"

enum { ID_SIZE = 20 };

static char name[] = "qemu-aarch64", zero[] = "-0", argv0[] = "tool", path[] = "/usr/bin/tool";
static char plain[] = "QEMU_CPUS=max", chosen[] = "QEMU_CPU=cortex-a57";

static struct elf_id emulator_id(uint8_t first) {
  struct elf_id id = {.build_id_size = ID_SIZE, .build_id = {first, 2, 3}};
  id.build_id[ID_SIZE - 1] = 9;
  return id;
}

static const struct emul_emulator FAST = {.build_id = {1, 2, 3}};

/* The vector that is left, for these; its first two words are the room. */
struct words {
  char *all[EMULATOR_ROOM + 5];
};

static struct words words(void) {
  return (struct words){.all = {NULL, NULL, name, zero, argv0, path, NULL}};
}

static bool is_told(const struct elf_id *id, const struct emul_emulator *fast_pauth, char *variable) {
  struct words before = words();
  char *const environment[] = {variable, NULL};
  char **argv = emulator_with_fast_pauth(before.all + EMULATOR_ROOM, fast_pauth, id, environment);
  CHECK(argv[0] == name);
  if (argv == before.all + EMULATOR_ROOM) return false;
  CHECK(argv == before.all && strcmp(argv[1], "-cpu") == 0 && strcmp(argv[2], "max,pauth-impdef=on") == 0);
  CHECK(argv[3] == zero && argv[4] == argv0 && argv[5] == path && argv[6] == NULL);
  return true;
}

static void tells_the_one_of_the_index(void) {
  struct elf_id id = emulator_id(1);
  CHECK(is_told(&id, &FAST, plain));
}

static void tells_no_other(void) {
  struct elf_id other = emulator_id(2), nameless = {0};
  struct emul_emulator none = {0};
  CHECK(!is_told(&other, &FAST, plain));
  CHECK(!is_told(&nameless, &FAST, plain));
  CHECK(!is_told(&nameless, &none, plain));
}

static void leaves_a_chosen_cpu(void) {
  struct elf_id id = emulator_id(1);
  CHECK(!is_told(&id, &FAST, chosen));
}

int main(void) {
  RUN(tells_the_one_of_the_index);
  RUN(tells_no_other);
  RUN(leaves_a_chosen_cpu);
  return check_status();
}
