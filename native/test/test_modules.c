/* SPDX-License-Identifier: Apache-2.0
 *
 * Where modules are looked for that were built after the tree was made, in a scratch directory that is the current one.
 */
#include "../dispatcher/modules.h"

#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "sample_elf.h"
#include "sample_index.h"
#include "scratch.h"

enum { AARCH64 = 183, X86_64 = 62 };

/* <sys/stat.h> and the kernel's <asm/stat.h> exclude each other. */
extern int mkdir(const char *path, unsigned mode);

/* The directories above a file, and the file: a library with a build-id. Returns its size. */
static uint64_t make_library(const char *path, uint16_t machine) {
  char part[256];
  for (size_t i = 0; path[i] != '\0'; i++) {
    part[i] = path[i];
    part[i + 1] = '\0';
    if (path[i] == '/') mkdir(part, 0700);
  }
  struct sample_elf elf = {.is_64 = true, .machine = machine};
  sample_elf_write(&elf);
  FILE *file = fopen(path, "w");
  CHECK(file != NULL && fwrite(elf.bytes, 1, elf.size, file) == elf.size && fclose(file) == 0);
  return elf.size;
}

static const char *program = "/usr/bin/python3";

/* Whether an interpreter is emulated that is called like this. */
static bool needs_guest(uint16_t flags, const char *const argv[], const char *const envp[],
                        const struct sample_index *index) {
  const struct open_index open = {.fd = scratch_file((const uint8_t *)index, sizeof *index), .header = &index->header};
  const struct request request = {
      .path = (char *)(uintptr_t)program, .argv = (char **)(uintptr_t)argv, .envp = (char **)(uintptr_t)envp};
  const struct emul_record record = {.flags = flags, .twin = "/emul/usr/bin/python3.13"};
  return modules_need_guest(&request, &open, &record);
}

static const char *const nothing[] = {NULL};

static bool perl_needs_guest(const char *argument, const char *variable) {
  const struct sample_index index = sample_index();
  const char *const argv[] = {"perl", argument, NULL};
  const char *const envp[] = {"A=1", variable, NULL};
  return needs_guest(EMUL_RECORD_PERL_MODULES, argument == NULL ? nothing : argv, envp, &index);
}

static bool python_needs_guest(const char *argument, const char *variable) {
  const struct sample_index index = sample_index();
  const char *const argv[] = {"python3", "-u", argument, NULL};
  const char *const envp[] = {variable, NULL};
  return needs_guest(EMUL_RECORD_PYTHON_MODULES, argv, envp, &index);
}

static void looks_where_perl_looks(void) {
  CHECK(!perl_needs_guest(NULL, NULL));
  make_library("elsewhere/libs.so", AARCH64);
  make_library("one/auto/A/B/B.so", AARCH64);
  make_library("two/5.40.1/aarch64-linux-gnu-thread-multi/auto/C/C.so", AARCH64);
  make_library("host/auto/D/D.so", X86_64);
  CHECK(!perl_needs_guest("-Ielsewhere", "PERL5LIB=elsewhere:host::missing"));
  CHECK(perl_needs_guest("-Ione", NULL));
  CHECK(perl_needs_guest("-Mlib=one", NULL));
  CHECK(perl_needs_guest(NULL, "PERL5LIB=elsewhere:two"));
  const struct sample_index index = sample_index();
  CHECK(!needs_guest(0, nothing, (const char *const[]){"PERL5LIB=two", NULL}, &index));
  mkdir("below", 0700);
  make_library("blib/arch/auto/E/E.so", AARCH64);
  CHECK(!perl_needs_guest("-w", NULL) && perl_needs_guest("-Mblib", NULL));
  CHECK(chdir("below") == 0 && perl_needs_guest("-Mblib", NULL) && chdir("..") == 0);
  CHECK(unlink("blib/arch/auto/E/E.so") == 0 && !perl_needs_guest("-Mblib", NULL));
}

static void looks_where_python_looks(void) {
  CHECK(!python_needs_guest("script.py", NULL));
  make_library("src/pkg/_x.cpython-313-aarch64-linux-gnu.so", AARCH64);
  CHECK(python_needs_guest("script.py", NULL) && python_needs_guest("src/script.py", NULL));
  CHECK(python_needs_guest("-m", NULL) && python_needs_guest(NULL, NULL));
  CHECK(!python_needs_guest("elsewhere/script.py", NULL));
  CHECK(chdir("elsewhere") == 0);
  CHECK(!python_needs_guest("-m", NULL) && !python_needs_guest("-c", "PYTHONPATH="));
  CHECK(python_needs_guest("-m", "PYTHONPATH=/nowhere:../src"));
  make_library("build/lib/_x.abi3.so", AARCH64);
  make_library(".pybuild/x/_x.abi3.so", AARCH64);
  make_library("lib.linux-aarch64/_x.abi3.so", AARCH64);
  CHECK(!python_needs_guest("-m", NULL) && python_needs_guest("-m", "PYTHONPATH=build/lib"));
  CHECK(chdir("..") == 0);
}

/* In front of a script: options with and without an argument, alone and together. */
static void tells_options_from_the_script(void) {
  static const char *const in_src[][4] = {
      {"src/s", NULL}, {"-W", "elsewhere/x", "src/s", NULL}, {"-Werror", "src/s", NULL}, {"-IX", "dev", "src/s", NULL}};
  static const char *const in_current[][4] = {{"-c", "src/", NULL}, {"-Ic", "src/", NULL}, {"-um", "src/", NULL}, {"-", "src/s", NULL}};
  const struct sample_index index = sample_index();
  for (unsigned i = 0; i < 4; i++) {
    for (unsigned where = 0; where < 2; where++) {
      const char *const *words = where == 0 ? in_src[i] : in_current[i];
      const char *const argv[] = {"python3", words[0], words[1], words[1] == NULL ? NULL : words[2], NULL};
      CHECK(chdir(where == 0 ? "." : "src/pkg") == 0);
      CHECK(needs_guest(EMUL_RECORD_PYTHON_MODULES, argv, nothing, &index));
      CHECK(chdir(where == 0 ? "." : "../..") == 0);
    }
  }
}

/* A venv is known by its pyvenv.cfg. */
static void looks_where_pip_puts_modules(void) {
  make_library("venv/lib/python3.13/site-packages/p/_x.abi3.so", AARCH64);
  make_library("home/.local/lib/python3.13/site-packages/_y.cpython-313-aarch64-linux-gnu.so", AARCH64);
  make_library("venv/bin/python3", AARCH64);
  mkdir("empty", 0700);
  CHECK(chdir("empty") == 0);
  CHECK(!python_needs_guest("x.py", "HOME=../nowhere") && python_needs_guest("x.py", "HOME=../home"));
  program = "../venv/bin/python3";
  CHECK(!python_needs_guest("x.py", NULL));
  make_library("../venv/pyvenv.cfg", X86_64);
  CHECK(python_needs_guest("x.py", NULL));
  program = "/usr/bin/python3";
  CHECK(chdir("..") == 0);
}

/* The parent of this test is no twin. */
static void a_worker_runs_as_its_parent(void) {
  const struct sample_index index = sample_index();
  static const char *const worker[] = {"python3", "-B", "-c", "from multiprocessing.spawn import spawn_main", NULL};
  static const char *const other[] = {"python3", "-B", "-c", "import multiprocessing", NULL};
  CHECK(chdir("empty") == 0);
  CHECK(needs_guest(EMUL_RECORD_PYTHON_MODULES, worker, nothing, &index));
  CHECK(!needs_guest(EMUL_RECORD_PYTHON_MODULES, other, nothing, &index));
  CHECK(chdir("..") == 0);
}

/* The sample's build-id, in an index. */
static void knows_modules_that_have_a_twin(void) {
  struct sample_index index = sample_index();
  struct emul_record *record = &index.slots[0xab % SAMPLE_SLOTS];
  *record = (struct emul_record){.key_size = 20, .key_kind = EMUL_KEY_BUILD_ID, .twin_size = 11};
  memset(record->key, 0xab, 20);
  memcpy(record->twin, "/emul/one.x", 11);
  record->guest_size = make_library("one/auto/A/B/B.so", AARCH64);
  for (int is_cut = 0; is_cut < 2; is_cut++) {
    record->guest_size -= (uint64_t)is_cut;
    sample_seal(&index);
    const char *const envp[] = {"PERL5LIB=one", NULL};
    CHECK(needs_guest(EMUL_RECORD_PERL_MODULES, nothing, envp, &index) == (is_cut == 1));
  }
}

static void gives_up_in_deep_and_wide_trees(void) {
  char path[256] = "deep/auto";
  for (unsigned i = 0; i < 12; i++) strcat(path, "/d");
  strcat(path, "/X.so");
  make_library(path, AARCH64);
  CHECK(!perl_needs_guest("-Ideep", NULL));
  for (unsigned i = 0; i < 500; i++) {
    snprintf(path, sizeof path, "wide/auto/%03u/x", i);
    make_library(path, AARCH64);
  }
  CHECK(!perl_needs_guest("-Iwide", NULL));
}

int main(void) {
  char directory[] = "/tmp/test_modules.XXXXXX";
  if (mkdtemp(directory) == NULL || chdir(directory) != 0) return 1;
  RUN(looks_where_perl_looks);
  RUN(looks_where_python_looks);
  RUN(tells_options_from_the_script);
  RUN(looks_where_pip_puts_modules);
  RUN(a_worker_runs_as_its_parent);
  RUN(knows_modules_that_have_a_twin);
  RUN(gives_up_in_deep_and_wide_trees);
  char command[64];
  snprintf(command, sizeof command, "rm -rf %s", directory);
  return check_status() != 0 || system(command) != 0;
}
