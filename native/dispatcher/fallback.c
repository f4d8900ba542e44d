/* SPDX-License-Identifier: Apache-2.0 */
#include "fallback.h"

#include "embedded.h"
#include "emulators.h"
#include "sys.h"

enum { ARCH_MAX = 32, EXIT_CANNOT_EXECUTE = 126 };

void fallback_arch(const char *interpreter, struct text *out) {
  static const char prefix[] = "qemu-", suffix[] = "-binfmt";
  const char *name = interpreter;
  for (const char *at = interpreter; *at != '\0'; at++) {
    if (*at == '/') name = at + 1;
  }
  size_t extra = sizeof prefix - 1 + sizeof suffix - 1;
  if (text_length(name) <= extra || !text_starts_with(name, prefix) || !text_ends_with(name, suffix)) return;
  text_add_bytes(out, name + sizeof prefix - 1, text_length(name) - extra);
}

static struct text candidate_path(char *bytes, size_t size, unsigned which, const char *arch) {
  struct text path = text_in(bytes, size);
  emulator_path(which, arch, &path);
  return path;
}

static _Noreturn void give_up(const struct request *request, const char *arch) {
  char bytes[2 * TEXT_PATH_MAX], candidate[EMULATOR_PATH_SIZE]; /* room for the interpreter's and the program's path */
  struct text line = text_in(bytes, sizeof bytes);
  text_add(&line, request->interpreter);
  text_add(&line, ": no emulator runs ");
  text_add(&line, request->path);
  text_add(&line, "; looked for");
  for (unsigned i = 0; i < EMULATOR_COUNT && arch[0] != '\0'; i++) {
    text_add(&line, i == 0 ? " " : ", ");
    text_add(&line, candidate_path(candidate, sizeof candidate, i, arch).bytes);
  }
  text_add(&line, arch[0] == '\0' ? " nothing: this program must be named qemu-<arch>-binfmt\n" : "\n");
  sys_write(2, line.bytes, line.used);
  sys_exit(EXIT_CANNOT_EXECUTE);
}

/*
 * The path as qemu can take it. qemu reads a leading `-` as an option. And fexecve(3) gives the path /dev/fd/N: the kernel
 * would hand qemu the open file, we can only hand it a path, and a build root's /dev need not have fd. Nothing is leaked
 * by that: N is the caller's own descriptor.
 */
static char *path_for_emulator(const struct request *request, char *bytes, size_t size) {
  char *path = request->path;
  if (request_needs_fd(request)) {
    struct text own = text_in(bytes, size);
    request_fd_path(request, &own);
    return bytes;
  }
  bool is_option = path[0] == '-';
  bool is_fd = text_starts_with(path, "/dev/fd/") && sys_access(path, SYS_F_OK) < 0;
  if (!is_option && !is_fd) return path;
  struct text other = text_in(bytes, size);
  text_add(&other, is_option ? "./" : "/proc/self/fd/");
  text_add(&other, is_option ? path : path + sizeof "/dev/fd/" - 1);
  return other.is_cut ? path : bytes;
}

_Noreturn void fallback_emulate(struct request *request, const struct emul_emulator *fast_pauth) {
  char other_path[TEXT_PATH_MAX];
  request->path = path_for_emulator(request, other_path, sizeof other_path);
  char arch_bytes[ARCH_MAX], name_bytes[ARCH_MAX + 8], path_bytes[EMULATOR_PATH_SIZE];
  struct text arch = text_in(arch_bytes, sizeof arch_bytes);
  fallback_arch(request->interpreter, &arch);
  struct text name = text_in(name_bytes, sizeof name_bytes);
  text_add(&name, "qemu-");
  text_add(&name, arch.bytes);
  char **argv = request_emulator_argv(request, name.bytes);
  for (unsigned i = 0; i < EMULATOR_COUNT && arch.used > 0; i++) {
    struct text path = candidate_path(path_bytes, sizeof path_bytes, i, arch.bytes);
    struct elf_id id;
    if (!emulator_is_usable(path.bytes, &id)) continue;
    sys_execve(path.bytes, emulator_with_fast_pauth(argv, fast_pauth, &id, request->envp), request->envp);
    argv[0] = name.bytes;
  }
  embedded_execute(request, argv);
  give_up(request, arch.bytes);
}
