/* SPDX-License-Identifier: Apache-2.0
 *
 * exec-rate COUNT ROUNDS PATH...: microseconds per vfork, exec and wait of each PATH, the best of ROUNDS rounds of COUNT.
 * The paths take turns, so that a machine that gets slower meanwhile does not favour one; the best round is the one that
 * was least disturbed.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double measure_us(char *path, long count) {
  double start = now_us();
  for (long i = 0; i < count; i++) {
    pid_t pid;
    int status;
    if (posix_spawn(&pid, path, NULL, NULL, (char *[]){path, NULL}, environ) != 0) exit(1);
    if (waitpid(pid, &status, 0) != pid || status != 0) exit(1);
  }
  return (now_us() - start) / (double)count;
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  long count = atol(argv[1]), rounds = atol(argv[2]);
  for (int which = 3; which < argc; which++) measure_us(argv[which], 10);
  double *best = calloc((size_t)argc, sizeof *best);
  if (best == NULL) return 1;
  for (long round = 0; round < rounds; round++) {
    for (int which = 3; which < argc; which++) {
      double us = measure_us(argv[which], count);
      if (round == 0 || us < best[which]) best[which] = us;
    }
  }
  for (int which = 3; which < argc; which++) printf("%s %.1f\n", argv[which], best[which]);
  return 0;
}
