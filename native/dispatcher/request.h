/* SPDX-License-Identifier: Apache-2.0
 *
 * What the kernel hands over: which guest binary is to run, how it was called, and with which privilege.
 *
 * binfmt_misc calls its interpreter with
 *
 *     argc | interpreter | path | argv[0] | argv[1] ... | NULL | envp ... | NULL | auxiliary vector
 *
 * where argv[0] is there only with flag P, and the guest binary's descriptor (AT_EXECFD) only with flag O. Linux 5.12 and
 * later say through AT_FLAGS whether argv[0] is there; older ones do not, and there we believe that it is, because every
 * registration of ours has P.
 *
 * A twin's loader that cannot load a library calls in the same form, with the twin as the path (loader/rescue.S). It is
 * told from the kernel by AT_EXECFN, which is the dispatcher then, and the guest binary in a call by the kernel.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <linux/elf.h>
#include <stdbool.h>
#include <stdint.h>

#include "text.h"

struct request {
  const char *interpreter; /* as registered: its name says the architecture */
  char *path;              /* of the guest binary, as execve got it: relative, a symbolic link, /dev/fd/N ... */
  char **argv;             /* the guest program's; inside the stack, so the two words before it are ours to write */
  char **envp;
  int fd; /* the guest binary, or -1 */
  bool has_argv0;
  bool is_secure;   /* AT_SECURE */
  bool is_returned; /* the twin's loader sent it back (loader/rescue.S): it lacked a library */
  const struct elf64_phdr *phdrs; /* the dispatcher's own */
  uint64_t phdr_count;
};

enum request_result {
  REQUEST_OK,
  REQUEST_NO_PATH, /* called by hand, without an argument */
};

/* Reads the process's first stack. */
enum request_result request_read(uintptr_t *stack, struct request *out);

/*
 * Whether `path` leads to the binary through `fd` only: an emulated fexecve(3) of a close-on-exec descriptor gives
 * /proc/self/fd/N, N is closed by now, and as likely as not AT_EXECFD is the new N.
 */
bool request_needs_fd(const struct request *request);

/* Adds /proc/self/fd/<fd>. */
void request_fd_path(const struct request *request, struct text *out);

/*
 * Turns the argv in place into the emulator's: `<emulator> -0 <argv0> <path> <argv[1]> ...`. There is room for one word
 * more than the kernel gave because argc, in front of it, is no longer needed; in front of that start.S leaves
 * EMULATOR_ROOM more. `request->argv` is not usable afterwards.
 */
char **request_emulator_argv(const struct request *request, char *emulator);

#endif
