/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <linux/auxvec.h>
#include <linux/binfmts.h>

#include "../include/emul_index.h"
#include "sys.h"

#ifndef AT_FLAGS_PRESERVE_ARGV0
#define AT_FLAGS_PRESERVE_ARGV0 1
#endif

/* AT_EXECFD is 2 since the first ELF kernels, but no kernel header that user space gets names all of these. */
struct auxiliary {
  uint64_t type;
  uint64_t value;
};

static unsigned read_decimal(const char **text) {
  unsigned number = 0;
  for (; **text >= '0' && **text <= '9' && number < 100000; (*text)++) number = number * 10 + (unsigned)(**text - '0');
  return number;
}

/* Linux 5.12 is the first that sets AT_FLAGS_PRESERVE_ARGV0. */
static bool kernel_tells_argv0(void) {
  struct new_utsname names;
  if (sys_uname(&names) < 0) return false;
  const char *release = names.release;
  unsigned major = read_decimal(&release);
  if (*release == '.') release++;
  unsigned minor = read_decimal(&release);
  return major > 5 || (major == 5 && minor >= 12);
}

static void read_auxiliary(const struct auxiliary *vector, struct request *out) {
  bool preserves_argv0 = false;
  const char *executed = "";
  for (; vector->type != AT_NULL; vector++) {
    if (vector->type == AT_EXECFD) out->fd = (int)vector->value;
    if (vector->type == AT_SECURE) out->is_secure = vector->value != 0;
    if (vector->type == AT_FLAGS) preserves_argv0 = (vector->value & AT_FLAGS_PRESERVE_ARGV0) != 0;
    if (vector->type == AT_PHDR) out->phdrs = (const struct elf64_phdr *)vector->value;
    if (vector->type == AT_PHNUM) out->phdr_count = vector->value;
    if (vector->type == AT_EXECFN) executed = (const char *)vector->value;
  }
  out->is_returned = text_equal(executed, out->interpreter) && text_starts_with(out->path, EMUL_TREE "/");
  if (out->is_returned) out->path += sizeof EMUL_TREE - 1;
  out->has_argv0 = preserves_argv0 || out->is_returned || !kernel_tells_argv0();
}

enum request_result request_read(uintptr_t *stack, struct request *out) {
  uint64_t argc = stack[0];
  char **argv = (char **)(stack + 1);
  if (argc < 2) return REQUEST_NO_PATH;
  *out = (struct request){.interpreter = argv[0], .path = argv[1], .envp = argv + argc + 1, .fd = -1};
  char **end = out->envp;
  while (*end != NULL) end++;
  read_auxiliary((const struct auxiliary *)(end + 1), out);
  /* execve with an empty argv, before Linux 5.18: there is no argv[0], whatever the flag says. */
  if (argc == 2) out->has_argv0 = false;
  out->argv = out->has_argv0 ? argv + 2 : argv + 1;
  return REQUEST_OK;
}

void request_fd_path(const struct request *request, struct text *out) {
  text_add(out, "/proc/self/fd/");
  text_add_number(out, (uint64_t)request->fd);
}

bool request_needs_fd(const struct request *request) {
  if (request->fd < 0 || !text_starts_with(request->path, "/proc/self/fd/")) return false;
  char bytes[sizeof "/proc/self/fd/" + 20];
  struct text own = text_in(bytes, sizeof bytes);
  request_fd_path(request, &own);
  return text_equal(request->path, own.bytes) || sys_access(request->path, SYS_F_OK) < 0;
}

char **request_emulator_argv(const struct request *request, char *emulator) {
  char **argv = request->argv;
  char *argv0 = argv[0];
  argv[0] = request->path;
  if (request->has_argv0) {
    *--argv = argv0;
    *--argv = (char *)"-0";
  }
  *--argv = emulator;
  return argv;
}
