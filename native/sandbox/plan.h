/* SPDX-License-Identifier: Apache-2.0
 *
 * emul-sandbox: starts one command in namespaces of its own. What to set up is not decided here: it comes as a plan, a
 * list of operations that src/core/sandbox-plan.ts writes and that is applied in its order. Nothing is interpreted by a
 * shell and nothing is left out silently.
 *
 * Descriptor 3 is the control socket; the other end belongs to qemu-accel:
 *   in    the plan, and then one byte when the id maps have been written
 *   out   report lines (report.h)
 *   end   when it closes, qemu-accel is gone, however it died: process 1 ends, and the kernel ends everything below it
 *
 * The plan is a sequence of words, each ended by a NUL:
 *   emul-sandbox-plan-1 <bytes that follow this NUL> <operation>...
 * An operation is its name and a fixed number of words. A leading `?` makes it optional: where its target does not
 * exist it is skipped, and reported as such. Targets are paths inside the new root, and no link leads out of it.
 *
 *   net                             a network namespace of its own, with only the loopback device
 *   root DIR                        DIR becomes the root (pivot_root); without it the host's own view is kept
 *   layers DIR UPPER WORK           the same, but DIR is only read: changes go to the directory UPPER (overlayfs)
 *   mount TYPE TARGET OPTIONS ATTRS a new file system; OPTIONS and ATTRS are comma-separated, `-` is none
 *   bind SOURCE TARGET ATTRS        the host's file or tree SOURCE
 *   data TARGET MODE SIZE           a read-only file that holds the SIZE raw bytes that follow (needs `root`)
 *   dir TARGET MODE                 these three create things, and are meant for file systems that `mount` made
 *   file TARGET MODE
 *   link TEXT TARGET
 *   binfmt TARGET TEXT              a binfmt_misc instance of this sandbox, shown at TARGET, with TEXT registered in it
 *   user UID GID GROUPS             of the command; GROUPS is comma-separated, `-` leaves them alone
 *   chdir DIR   umask OCTAL   env NAME=VALUE
 *   run COUNT WORD...               the command, looked up in the given PATH; always the last operation
 */
#ifndef EMUL_SANDBOX_PLAN_H
#define EMUL_SANDBOX_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#define CONTROL_FD 3

enum op_kind {
  OP_NET,
  OP_ROOT,
  OP_LAYERS,
  OP_MOUNT,
  OP_BIND,
  OP_DATA,
  OP_DIR,
  OP_FILE,
  OP_LINK,
  OP_BINFMT,
  OP_USER,
  OP_CHDIR,
  OP_UMASK,
  OP_ENV,
  OP_RUN,
};

#define OP_WORDS_MAX 4

struct op {
  enum op_kind kind;
  bool is_optional;
  const char *word[OP_WORDS_MAX];
  const char *data; /* OP_DATA */
  size_t data_size;
  char **argv; /* OP_RUN, NULL-terminated */
};

struct plan {
  struct op *ops;
  size_t count;
  bool has_net;
  bool has_root;
};

/* Reads the plan from the control socket. Returns 0, or -errno: -EPROTO for anything that is not a well-formed plan.
 * The plan lives until the process ends. */
int plan_read(struct plan *plan);

/* An unsigned number, or -1. */
long plan_number(const char *word, int base);

#endif
