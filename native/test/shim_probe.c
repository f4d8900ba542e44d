/* SPDX-License-Identifier: Apache-2.0
 *
 * The program that test/integration/shim.test.ts runs as a twin: each command does one thing that the shim answers for,
 * and prints what it got.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static int show(const char *text, ssize_t length) {
  if (length < 0) {
    printf("error %d\n", errno);
    return 0;
  }
  printf("%.*s\n", (int)length, text);
  return 0;
}

static int show_uname(char **args) {
  struct utsname names;
  (void)args;
  if (uname(&names) != 0) {
    return 1;
  }
  printf("%s\n%s\n%s\n%s\n", names.machine, names.sysname, names.release, names.version);
  return 0;
}

/* A path, or "pid" for /proc/<own pid>/exe; the buffer's size. */
static int show_link(char **args) {
  char own[64];
  char buffer[8192];
  snprintf(own, sizeof own, "/proc/%d/exe", (int)getpid());
  const char *path = strcmp(args[0], "pid") == 0 ? own : args[0];
  memset(buffer, '#', sizeof buffer);
  const size_t size = (size_t)atoi(args[1]);
  const ssize_t got = readlink(path, buffer, size);
  if (buffer[size] != '#') {
    printf("overrun\n");
  }
  return show(buffer, got);
}

/* A directory and a name in it. */
static int show_link_at(char **args) {
  char buffer[4096];
  const int dir = open(args[0], O_PATH | O_DIRECTORY);
  return show(buffer, readlinkat(dir, args[1], buffer, sizeof buffer));
}

/* Removes its own file first, as `rm -rf /emul` during a build does. */
static int show_deleted(char **args) {
  char buffer[4096];
  unlink(args[0]);
  return show(buffer, readlink("/proc/self/exe", buffer, sizeof buffer));
}

/* With _FORTIFY_SOURCE and a size that is only known now, this is __readlink_chk. */
static int show_checked(char **args) {
  char buffer[64];
  return show(buffer, readlink("/proc/self/exe", buffer, (size_t)atoi(args[0])));
}

static int show_who(void *library) {
  if (library == NULL) {
    printf("%s\n", dlerror());
    return 0;
  }
  const char *(*who)(void) = (const char *(*)(void))dlsym(library, "who");
  printf("%s errno %d\n", who(), errno);
  return 0;
}

static int load(char **args) {
  errno = 0;
  return show_who(dlopen(args[0], RTLD_NOW));
}

static int load_in_namespace(char **args) {
  errno = 0;
  return show_who(dlmopen(LM_ID_BASE, args[0], RTLD_NOW));
}

/* Has a library, the first argument, load the second. */
static int load_by(char **args) {
  void *library = dlopen(args[0], RTLD_NOW);
  void *(*open_for)(const char *) = (void *(*)(const char *))dlsym(library, "open_for");
  return show_who(open_for(args[1]));
}

static int show_environment(char **args) {
  static char buffer[65536];
  (void)args;
  const int file = open("/proc/self/environ", O_RDONLY);
  const ssize_t got = read(file, buffer, sizeof buffer);
  const char *value = getenv("LD_PRELOAD");
  printf("%s\n%s\n", value == NULL ? "(none)" : value,
         got > 0 && memmem(buffer, (size_t)got, "emul", 4) != NULL ? "leaks" : "clean");
  fflush(stdout);
  execl("/usr/bin/env", "env", (char *)NULL);
  return 1;
}

static const struct {
  const char *name;
  int (*run)(char **args);
} COMMANDS[] = {
    {"uname", show_uname},      {"link", show_link}, {"link-at", show_link_at},        {"deleted", show_deleted},
    {"checked", show_checked},  {"load", load},      {"load-ns", load_in_namespace}, {"load-by", load_by},
    {"environ", show_environment},
};

int main(int argc, char **argv) {
  for (size_t i = 0; argc > 1 && i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
    if (strcmp(argv[1], COMMANDS[i].name) == 0) {
      return COMMANDS[i].run(argv + 2);
    }
  }
  return 2;
}
