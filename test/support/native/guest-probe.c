/*
 * A guest program without a twin, for the exec matrix: it shows how it was started, and starts others in the ways that no
 * shell can. It is compiled inside the build root.
 *
 *   argv ARGS...                 one argument a line, its own name first
 *   state                        descriptors, signals, limits, umask, niceness, directory
 *   exe                          /proc/self/exe
 *   as NAME FILE ARGS...         FILE with that argv[0]
 *   noargv FILE                  FILE with no argument at all
 *   fexec|fexec-keep FILE ARGS   fexecve, the descriptor close-on-exec or not
 *   at DIR NAME ARGS...          execveat relative to a directory
 *   empty FILE ARGS...           execveat of the descriptor itself
 *   closing DIGITS FILE ARGS...  with these descriptors closed
 *   opening DIGITS FILE ARGS...  with these descriptors open (the directory /)
 *   ignoring FILE ARGS...        with signals ignored and blocked
 *   many COUNT FILE ARGS...      COUNT more arguments: 1 2 3 ...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *what) {
  fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
  return errno == ENOENT ? 127 : 126;
}

static int show_argv(char **argv) {
  for (; *argv; argv++) puts(*argv);
  return 0;
}

static int show_exe(void) {
  char path[4096];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size < 0) return failed("/proc/self/exe");
  printf("%.*s\n", (int)size, path);
  return 0;
}

static void show_signals(void) {
  sigset_t blocked;
  sigprocmask(SIG_SETMASK, NULL, &blocked);
  for (int number = 1; number < 32; number++) {
    struct sigaction action;
    sigaction(number, NULL, &action);
    const char *how = action.sa_handler == SIG_DFL ? "default" : action.sa_handler == SIG_IGN ? "ignored" : "handled";
    printf("signal %d %s%s\n", number, how, sigismember(&blocked, number) ? " blocked" : "");
  }
}

static void show_limits(void) {
  static const int kinds[] = {RLIMIT_CORE, RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC, RLIMIT_STACK};
  for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    struct rlimit limit;
    getrlimit(kinds[i], &limit);
    printf("limit %d %lld %lld\n", kinds[i], (long long)limit.rlim_cur, (long long)limit.rlim_max);
  }
}

static int show_state(void) {
  char here[4096];
  for (int fd = 0; fd < 100; fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (flags >= 0) printf("descriptor %d %d %#o\n", fd, flags, fcntl(fd, F_GETFL) & O_ACCMODE);
  }
  show_signals();
  show_limits();
  mode_t mask = umask(0);
  printf("umask %03o\nnice %d\n", (unsigned)mask, getpriority(PRIO_PROCESS, 0));
  printf("directory %s\n", getcwd(here, sizeof here) ? here : strerror(errno));
  return 0;
}

static int execute_descriptor(int flags, char **argv) {
  int fd = open(argv[0], O_RDONLY | flags);
  if (fd < 0) return failed(argv[0]);
  fexecve(fd, argv, environ);
  return failed("fexecve");
}

static int execute_at(char **argv) {
  int directory = open(argv[0], O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return failed(argv[0]);
  execveat(directory, argv[1], argv + 1, environ, 0);
  return failed("execveat");
}

static int execute_empty(char **argv) {
  int fd = open(argv[0], O_PATH | O_CLOEXEC);
  if (fd < 0) return failed(argv[0]);
  execveat(fd, "", argv, environ, AT_EMPTY_PATH);
  return failed("execveat");
}

static int execute(const char *file, char **argv) {
  execv(file, argv);
  return failed(file);
}

static int execute_as(char **argv) {
  const char *file = argv[1];
  argv[1] = argv[0];
  return execute(file, argv + 1);
}

static int execute_closing(char **argv) {
  for (const char *digit = argv[0]; *digit; digit++) close(*digit - '0');
  return execute(argv[1], argv + 1);
}

static int execute_opening(char **argv) {
  int fd = open("/", O_RDONLY | O_CLOEXEC);
  for (const char *digit = argv[0]; *digit; digit++) {
    if (*digit - '0' != fd) dup2(fd, *digit - '0');
  }
  return execute(argv[1], argv + 1);
}

static int execute_ignoring(char **argv) {
  static const int numbers[] = {SIGHUP, SIGINT, SIGPIPE, SIGCHLD, SIGUSR2};
  sigset_t blocked;
  for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) signal(numbers[i], SIG_IGN);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigaddset(&blocked, SIGWINCH);
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  return execute(argv[0], argv);
}

static int execute_many(int argc, char **argv) {
  int count = atoi(argv[0]);
  char **all = calloc((size_t)(argc + count) + 1, sizeof *all);
  memcpy(all, argv + 1, (size_t)(argc - 1) * sizeof *all);
  for (int i = 0; i < count; i++) {
    if (asprintf(&all[argc - 1 + i], "%d", i + 1) < 0) return failed("asprintf");
  }
  return execute(all[0], all);
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  char **rest = argv + 2;
  if (!strcmp(what, "argv")) return show_argv(argv);
  if (!strcmp(what, "state")) return show_state();
  if (!strcmp(what, "exe")) return show_exe();
  if (!strcmp(what, "as")) return execute_as(rest);
  if (!strcmp(what, "noargv")) return execute(rest[0], (char *[]){NULL});
  if (!strcmp(what, "fexec")) return execute_descriptor(O_CLOEXEC, rest);
  if (!strcmp(what, "fexec-keep")) return execute_descriptor(0, rest);
  if (!strcmp(what, "at")) return execute_at(rest);
  if (!strcmp(what, "empty")) return execute_empty(rest);
  if (!strcmp(what, "ignoring")) return execute_ignoring(rest);
  if (!strcmp(what, "many")) return execute_many(argc - 2, rest);
  if (!strcmp(what, "closing")) return execute_closing(rest);
  if (!strcmp(what, "opening")) return execute_opening(rest);
  fprintf(stderr, "probe: %s: not known\n", what);
  return 2;
}
