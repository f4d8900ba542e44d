/* SPDX-License-Identifier: Apache-2.0
 *
 * The words that the kernel leaves on the first stack, and what the emulator's argv becomes.
 */
#include "../dispatcher/request.h"

#include <linux/auxvec.h>
#include <string.h>

#include "check.h"

enum { PRESERVE_ARGV0 = 1 };

/* As binfmt_misc calls with flags P and O: `interpreter path argv0 one`, one variable. */
struct first_stack {
  uintptr_t argc, argv[5], envp[2], auxiliary[10];
};

static char interpreter[] = "/usr/bin/qemu-arm-binfmt", path[] = "./tool", argv0[] = "name", one[] = "1", variable[] = "A=1";
static char emulator[] = "qemu-arm";

static struct first_stack first_stack(uintptr_t at_flags) {
  return (struct first_stack){
      .argc = 4,
      .argv = {(uintptr_t)interpreter, (uintptr_t)path, (uintptr_t)argv0, (uintptr_t)one, 0},
      .envp = {(uintptr_t)variable, 0},
      .auxiliary = {AT_FLAGS, at_flags, AT_EXECFD, 5, AT_SECURE, 1, AT_PHNUM, 3, AT_NULL, 0},
  };
}

static void reads_what_the_kernel_gives(void) {
  struct first_stack stack = first_stack(PRESERVE_ARGV0);
  struct request request;
  CHECK(request_read(&stack.argc, &request) == REQUEST_OK);
  CHECK(request.interpreter == interpreter && request.path == path && request.has_argv0);
  CHECK(request.argv[0] == argv0 && request.argv[1] == one && request.argv[2] == NULL);
  CHECK(request.envp[0] == variable && request.envp[1] == NULL);
  CHECK(request.fd == 5 && request.is_secure && request.phdr_count == 3);
}

static void emulator_gets_argv0_apart(void) {
  struct first_stack stack = first_stack(PRESERVE_ARGV0);
  struct request request;
  CHECK(request_read(&stack.argc, &request) == REQUEST_OK);
  char **argv = request_emulator_argv(&request, emulator);
  CHECK(argv[0] == emulator && strcmp(argv[1], "-0") == 0 && argv[2] == argv0 && argv[3] == path && argv[4] == one);
  CHECK(argv[5] == NULL);
}

/* Every kernel that can run these tests tells. */
static void without_flag_p_the_path_is_argv0(void) {
  struct first_stack stack = first_stack(0);
  struct request request;
  CHECK(request_read(&stack.argc, &request) == REQUEST_OK);
  CHECK(!request.has_argv0 && request.argv[0] == path && request.argv[1] == argv0);
  char **argv = request_emulator_argv(&request, emulator);
  CHECK(argv[0] == emulator && argv[1] == path && argv[2] == argv0 && argv[3] == one && argv[4] == NULL);
}

/* As loader/rescue.S calls: no flag, no descriptor, the twin as path, and the dispatcher itself is what was executed. */
static struct first_stack stack_of_loader(char *twin, const char *executed) {
  struct first_stack stack = first_stack(0);
  const uintptr_t auxiliary[] = {AT_FLAGS, 0, AT_EXECFN, (uintptr_t)executed, AT_NULL, 0};
  memcpy(stack.auxiliary, auxiliary, sizeof auxiliary);
  stack.argv[1] = (uintptr_t)twin;
  return stack;
}

static void takes_back_what_a_loader_could_not_load(void) {
  static char twin[] = "/emul/usr/bin/tool";
  struct first_stack stack = stack_of_loader(twin, "/usr/bin/qemu-arm-binfmt");
  struct request request;
  CHECK(request_read(&stack.argc, &request) == REQUEST_OK);
  CHECK(request.is_returned && request.has_argv0 && request.fd == -1);
  CHECK(strcmp(request.path, "/usr/bin/tool") == 0 && request.argv[0] == argv0 && request.argv[1] == one);
}

static void a_guest_binary_in_the_tree_is_no_such_call(void) {
  static char twin[] = "/emul/usr/bin/tool";
  struct first_stack stack = stack_of_loader(twin, twin);
  struct request request;
  CHECK(request_read(&stack.argc, &request) == REQUEST_OK);
  CHECK(!request.is_returned && request.path == twin);
  stack = stack_of_loader(path, interpreter);
  CHECK(request_read(&stack.argc, &request) == REQUEST_OK);
  CHECK(!request.is_returned && request.path == path);
}

static void refuses_a_call_without_path(void) {
  struct first_stack stack = first_stack(PRESERVE_ARGV0);
  struct request request;
  stack.argc = 1;
  CHECK(request_read(&stack.argc, &request) == REQUEST_NO_PATH);
}

int main(void) {
  RUN(reads_what_the_kernel_gives);
  RUN(emulator_gets_argv0_apart);
  RUN(without_flag_p_the_path_is_argv0);
  RUN(takes_back_what_a_loader_could_not_load);
  RUN(a_guest_binary_in_the_tree_is_no_such_call);
  RUN(refuses_a_call_without_path);
  return check_status();
}
