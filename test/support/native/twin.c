/* SPDX-License-Identifier: Apache-2.0
 *
 * A stand-in for a twin: says that it ran, and what it was given. With `chain N` it executes itself N times over, by the
 * guest path in argv[3], before it says so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "chain") == 0 && atoi(argv[2]) > 0) {
    char left[16];
    snprintf(left, sizeof left, "%d", atoi(argv[2]) - 1);
    argv[2] = left;
    execv(argv[3], argv);
    return 125;
  }
  printf("twin of %s, %d arguments:", argv[0], argc - 1);
  for (int i = 1; i < argc && i < 8; i++) printf(" %s", argv[i]);
  printf("\nopen:");
  for (int fd = 0; fd < 64; fd++) {
    struct stat status;
    if (fstat(fd, &status) == 0) printf(" %d", fd);
  }
  const char *preload = getenv("LD_PRELOAD");
  printf("\npreload: %s\n", preload == NULL ? "none" : preload);
  return 0;
}
