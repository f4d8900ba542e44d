/* SPDX-License-Identifier: Apache-2.0
 *
 * Stands for qemu-user in test/integration/shim-rollback.test.ts: prints all that an exec hands on to a program.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

static void show_status(void) {
  static const char *const wanted[] = {"Umask:", "SigBlk:", "SigIgn:", "SigCgt:", "SigPnd:", "ShdPnd:", "Threads:"};
  char line[256];
  FILE *status = fopen("/proc/self/status", "re");
  while (status != NULL && fgets(line, sizeof line, status) != NULL) {
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
      if (strncmp(line, wanted[i], strlen(wanted[i])) == 0) {
        fputs(line, stdout);
      }
    }
  }
  if (status != NULL) {
    fclose(status);
  }
}

static void show_descriptors(void) {
  for (int fd = 0; fd < 256; fd++) {
    char path[64];
    char target[4096];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(path, target, sizeof target);
    if (length > 0) {
      printf("%d %.*s at %ld\n", fd, (int)length, target, (long)lseek(fd, 0, SEEK_CUR));
    }
  }
}

int main(int argc, char **argv) {
  struct itimerval timer;
  char directory[4096];
  for (int i = 1; i < argc; i++) {
    printf("<%s> ", argv[i]);
  }
  printf("\n");
  for (char **entry = environ; *entry != NULL; entry++) {
    printf("%s\n", *entry);
  }
  printf("in %s, process %s\n", getcwd(directory, sizeof directory), getpid() == 1 ? "1" : "?");
  getitimer(ITIMER_REAL, &timer);
  printf("timer %d\n", timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0);
  show_status();
  show_descriptors();
  return 7;
}
