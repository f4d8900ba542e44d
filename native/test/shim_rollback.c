/* SPDX-License-Identifier: Apache-2.0
 *
 * The program that test/integration/shim-rollback.test.ts runs as a twin: does what its first argument says, then loads
 * the library that its second argument names. What it prints it prints only when that failed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char scratch[64] = "/tmp/rollback";
static char **arguments;

static void nothing(void) {
}

static void on_signal(int number) {
  (void)number;
}

static void *wait_for_ever(void *unused) {
  pause();
  return unused;
}

/* Everything of itself that a program may change and that the next one would inherit. */
static void disturb(void) {
  char bytes[5];
  sigset_t all;
  pthread_t thread;
  if (chdir("/") != 0 || read(0, bytes, sizeof bytes) < 0) {
    exit(1);
  }
  umask(0);
  signal(SIGUSR1, on_signal);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGINT, SIG_DFL);
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  alarm(1000);
  open("/dev/null", O_RDONLY);
  open("/dev/null", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  fcntl(1, F_SETFD, FD_CLOEXEC);
  setenv("LATER", "set", 1);
  setenv("FIRST", "changed", 1);
  memset(arguments[0], 'x', strlen(arguments[0]));
  pthread_create(&thread, NULL, wait_for_ever, NULL);
}

static void write_some(void) {
  if (write(2, "written\n", 8) < 0) {
    exit(1);
  }
}

static void write_nowhere(void) {
  const int fd = open("/dev/null", O_WRONLY);
  if (write(fd, "x", 1) != 1) {
    exit(1);
  }
  close(fd);
  fclose(fopen("/dev/null", "w"));
}

static void make_file(void) {
  close(open(scratch, O_CREAT | O_WRONLY, 0600));
}

static void make_stream(void) {
  fopen(scratch, "a");
}

static void make_cache(void) {
  mkdir("/tmp/__pycache__", 0700);
  const int fd = open("/tmp/__pycache__/x.pyc.1", O_CREAT | O_WRONLY, 0600);
  if (write(fd, "x", 1) != 1) {
    exit(1);
  }
  close(fd);
  rename("/tmp/__pycache__/x.pyc.1", "/tmp/__pycache__/x.pyc");
}

static void open_only(void) {
  close(open("/etc/passwd", O_RDONLY));
  close(open("/dev/zero", O_RDWR));
  fclose(fopen("/etc/passwd", "r"));
}

static void make_directory(void) {
  mkdir("/tmp/rollback.d", 0700);
}

static void remove_file(void) {
  unlink("/tmp/no-such-file");
}

static void read_input(void) {
  char byte;
  if (read(0, &byte, 1) < 0) {
    exit(1);
  }
}

static void scan_input(void) {
  getchar();
}

static void close_input(void) {
  close(0);
}

static void replace_input(void) {
  dup2(open("/dev/null", O_RDONLY), 0);
}

static void put_line(void) {
  fputs("line\n", stderr);
}

static void make_child(void) {
  const pid_t child = fork();
  if (child == 0) {
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

/* Goes on in the child, which must not become the program anew. */
static void be_child(void) {
  const pid_t child = fork();
  if (child != 0) {
    int status = 0;
    waitpid(child, &status, 0);
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
}

static void spawn_child(void) {
  pid_t child;
  char *argv[] = {(char *)"true", NULL};
  posix_spawn(&child, "/usr/bin/true", NULL, NULL, argv, NULL);
  waitpid(child, NULL, 0);
}

static void run_command(void) {
  if (system("true") != 0) {
    exit(1);
  }
}

static void send_signal(void) {
  signal(SIGUSR1, on_signal);
  kill(getpid(), SIGUSR1);
}

static void ask_signal(void) {
  kill(getpid(), 0);
}

static void make_socket(void) {
  close(socket(AF_UNIX, SOCK_STREAM, 0));
}

static void ask_queue(void) {
  msgget(0x12345678, 0);
}

static void write_given(void) {
  fputs("line\n", fdopen(1, "w"));
}

static void format_number(void) {
  dprintf(2, "%.1f %d\n", 1.5, 2);
}

static void *load_library(void *path) {
  return dlopen(path, RTLD_NOW);
}

static void load_in_thread(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, load_library, arguments[2]);
  pthread_join(thread, NULL);
}

static const struct {
  const char *name;
  void (*run)(void);
} DEEDS[] = {
    {"nothing", nothing},           {"disturb", disturb},         {"write", write_some},
    {"write-nowhere", write_nowhere}, {"file", make_file},        {"stream", make_stream},
    {"cache", make_cache},          {"open-only", open_only},     {"directory", make_directory},
    {"remove", remove_file},        {"read", read_input},         {"scan", scan_input},
    {"close", close_input},         {"replace", replace_input},   {"put", put_line},
    {"fork", make_child},           {"be-child", be_child},       {"spawn", spawn_child},
    {"system", run_command},        {"signal", send_signal},      {"ask", ask_signal},
    {"socket", make_socket},        {"format", format_number},    {"thread", load_in_thread},
    {"queue", ask_queue},           {"given", write_given},
};

int main(int argc, char **argv) {
  arguments = argv;
  for (size_t i = 0; argc > 2 && i < sizeof DEEDS / sizeof DEEDS[0]; i++) {
    if (strcmp(argv[1], DEEDS[i].name) == 0) {
      DEEDS[i].run();
      void *library = dlopen(argv[2], RTLD_NOW);
      printf("%s\n", library != NULL ? "loaded" : dlerror());
      return 0;
    }
  }
  return 2;
}
