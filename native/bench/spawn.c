/* SPDX-License-Identifier: Apache-2.0
 *
 * emul-spawn RESULT LOG COUNT JOBS PROGRAM [ARG]...: starts PROGRAM COUNT times, JOBS of them at once, and writes to RESULT
 *   wall user system rss
 * microseconds from the first start to the last end, of CPU in user and kernel mode of all of them and their children, and
 * the KiB of the largest one. Standard input is empty; what they print is appended to LOG.
 *
 * The clock of the benchmark: a static program of the host inside every root, so that neither the start of a sandbox nor an
 * emulated clock is measured. Exit status 0; 1 with the first failure in LOG; 2 for wrong arguments.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void fail(const char *what, int error) {
  dprintf(STDERR_FILENO, "emul-spawn: %s: %s\n", what, strerror(error));
  exit(1);
}

static long long now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long time_us(struct timeval time) {
  return time.tv_sec * 1000000LL + time.tv_usec;
}

/* The children get our descriptors: nothing is opened between two of them. */
static void redirect(const char *log) {
  int input = open("/dev/null", O_RDONLY | O_CLOEXEC), output = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (input < 0 || output < 0) fail(log, errno);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
}

static void start(char **argv) {
  pid_t pid;
  int error = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
  if (error != 0) fail(argv[0], error);
}

static void wait_for_one(const char *program) {
  int status;
  while (wait(&status) < 0) {
    if (errno != EINTR) fail(program, errno);
  }
  if (status == 0) return;
  const char *how = WIFSIGNALED(status) ? "signal" : "status";
  dprintf(STDERR_FILENO, "emul-spawn: %s: %s %d\n", program, how, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  exit(1);
}

static void run(char **argv, long count, long jobs) {
  long started = 0, ended = 0;
  while (ended < count) {
    while (started < count && started - ended < jobs) {
      start(argv);
      started++;
    }
    wait_for_one(argv[0]);
    ended++;
  }
}

static void report(const char *path, long long wall_us) {
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  FILE *file = fopen(path, "we");
  if (file == NULL) fail(path, errno);
  fprintf(file, "%lld %lld %lld %ld\n", wall_us, time_us(used.ru_utime), time_us(used.ru_stime), used.ru_maxrss);
  if (fclose(file) != 0) fail(path, errno);
}

int main(int argc, char **argv) {
  long count = argc > 5 ? atol(argv[3]) : 0, jobs = argc > 5 ? atol(argv[4]) : 0;
  if (count < 1 || jobs < 1) {
    fputs("usage: emul-spawn RESULT LOG COUNT JOBS PROGRAM [ARG]...\n", stderr);
    return 2;
  }
  redirect(argv[2]);
  long long start_us = now_us();
  run(argv + 5, count, jobs);
  report(argv[1], now_us() - start_us);
  return 0;
}
