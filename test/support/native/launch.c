/* SPDX-License-Identifier: Apache-2.0
 *
 * Executes a program in ways that a shell cannot: `launch HOW ... PATH ARGS...`. A host program, also inside a guest root.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

extern char **environ;

/* argv of PATH with `count` times the argument "x". */
static char **many(char *path, long count) {
  char **argv = calloc((size_t)count + 2, sizeof *argv);
  if (argv == NULL) exit(125);
  argv[0] = path;
  for (long i = 1; i <= count; i++) argv[i] = "x";
  return argv;
}

/* VFS_CAP_REVISION_2 with CAP_NET_RAW permitted and effective, as setcap(8) writes it. */
static int give_capability(const char *path) {
  static const unsigned char value[20] = {1, 0, 0, 2, 0, 0x20};
  return setxattr(path, "security.capability", value, sizeof value, 0) == 0 ? 0 : 125;
}

int main(int argc, char **argv) {
  if (argc < 3) return 125;
  const char *how = argv[1];
  if (strcmp(how, "as") == 0 && argc > 3) {
    char *path = argv[3];
    argv[3] = argv[2];
    execv(path, argv + 3);
  }
  if (strcmp(how, "empty") == 0) execve(argv[2], (char *[]){NULL}, environ);
  if (strcmp(how, "fd") == 0) fexecve(open(argv[2], O_RDONLY), argv + 2, environ);
  if (strcmp(how, "closed") == 0) {
    close(0);
    close(2);
    execv(argv[2], argv + 2);
  }
  if (strcmp(how, "preload") == 0 && argc > 3 && setenv("LD_PRELOAD", argv[2], 1) == 0) execv(argv[3], argv + 3);
  /* PATH is relative to a directory that no longer exists, inside /tmp. */
  if (strcmp(how, "gone") == 0 && mkdir("/tmp/gone", 0700) == 0 && chdir("/tmp/gone") == 0 && rmdir("/tmp/gone") == 0) {
    execv(argv[2], argv + 2);
  }
  if (strcmp(how, "chroot") == 0 && argc > 3 && chroot(argv[2]) == 0 && chdir("/") == 0) execv(argv[3], argv + 3);
  if (strcmp(how, "many") == 0 && argc > 3) execv(argv[3], many(argv[3], atol(argv[2])));
  if (strcmp(how, "user") == 0 && setresuid(1000, 1000, 1000) == 0) execv(argv[2], argv + 2);
  if (strcmp(how, "capability") == 0) return give_capability(argv[2]);
  perror(how);
  return 125;
}
