/* SPDX-License-Identifier: Apache-2.0
 *
 * emul-batch OUT: runs many small commands, one after the other, and keeps what each of them says. It is a static
 * program of the host, also inside a build root: an emulated shell would cost more than most of the commands that it
 * starts.
 *
 * Standard input is a list of words, each ended by a NUL; a job is
 *   ID DIRECTORY INPUT TIMEOUT_MS COUNT WORD...
 * DIRECTORY is made where it does not exist, INPUT is a file, WORDs are the command. What it writes goes to OUT/ID.out
 * and OUT/ID.err, its end to OUT/ID.end: `exit N`, `signal N`, or `timeout`. A file of more than 16 MiB ends it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* apt writes some 40 MiB of caches. */
#define FILE_BYTES_MAX (128UL << 20)
#define JOB_WORDS 5

struct job {
  const char *id;
  const char *directory;
  const char *input;
  long timeout_ms;
  char **argv;
};

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "emul-batch: %s: %s\n", what, strerror(errno));
  exit(125);
}

/* All of standard input, with a NUL behind it. */
static char *read_all(size_t *size) {
  size_t room = 1 << 16;
  char *bytes = malloc(room);
  *size = 0;
  while (bytes != NULL) {
    ssize_t got = read(STDIN_FILENO, bytes + *size, room - *size - 1);
    if (got < 0 && errno != EINTR) fail("read");
    if (got == 0) break;
    *size += got < 0 ? 0 : (size_t)got;
    if (*size + 1 == room) bytes = realloc(bytes, room *= 2);
  }
  if (bytes == NULL) fail("memory");
  bytes[*size] = '\0';
  return bytes;
}

static int open_output(const char *out, const char *id, const char *suffix) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s.%s", out, id, suffix);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) fail(path);
  return file;
}

_Noreturn static void become(const struct job *job, const int output[2], const sigset_t *mask) {
  struct rlimit limit = {FILE_BYTES_MAX, FILE_BYTES_MAX};
  struct rlimit no_core = {0, 0};
  setsid();
  setrlimit(RLIMIT_FSIZE, &limit);
  setrlimit(RLIMIT_CORE, &no_core);
  int input = open(job->input, O_RDONLY);
  if (input < 0 || dup2(input, STDIN_FILENO) < 0) fail(job->input);
  if (dup2(output[0], STDOUT_FILENO) < 0 || dup2(output[1], STDERR_FILENO) < 0) fail("dup2");
  if (input > STDERR_FILENO) close(input);
  if (chdir(job->directory) < 0) fail(job->directory);
  sigprocmask(SIG_SETMASK, mask, NULL);
  execvp(job->argv[0], job->argv);
  int error = errno;
  fprintf(stderr, "emul-batch: %s: %s\n", job->argv[0], strerror(error));
  _exit(error == ENOENT ? 127 : 126);
}

/* Returns false when the time is over; otherwise *status is as waitpid(2) gives it. */
static int wait_for(pid_t child, long timeout_ms, int *status) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += timeout_ms / 1000;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  while (waitpid(child, status, WNOHANG) != child) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > end.tv_sec) return 0;
    struct timespec left = {.tv_sec = end.tv_sec - now.tv_sec + 1};
    sigtimedwait(&set, NULL, &left);
  }
  return 1;
}

static void run(const char *out, const struct job *job, const sigset_t *mask) {
  if (mkdir(job->directory, 0777) < 0 && errno != EEXIST) fail(job->directory);
  int output[2] = {open_output(out, job->id, "out"), open_output(out, job->id, "err")};
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) become(job, output, mask);
  int status;
  int ended = wait_for(child, job->timeout_ms, &status);
  /* What the command has left running would write into the next one's time. */
  kill(-child, SIGKILL);
  if (!ended) waitpid(child, &status, 0);
  int end = open_output(out, job->id, "end");
  if (!ended) dprintf(end, "timeout");
  else if (WIFEXITED(status)) dprintf(end, "exit %d", WEXITSTATUS(status));
  else dprintf(end, "signal %d", WTERMSIG(status));
  close(end);
  close(output[0]);
  close(output[1]);
}

/* Reads the job at *at; returns 0 at the end of the list. */
static int next_job(char **at, const char *end, struct job *job) {
  char *word[JOB_WORDS];
  if (*at >= end) return 0;
  for (int i = 0; i < JOB_WORDS; i++) {
    if (*at >= end) return 0;
    word[i] = *at;
    *at += strlen(*at) + 1;
  }
  long count = strtol(word[4], NULL, 10);
  if (count < 1 || count > end - *at) return 0;
  *job = (struct job){word[0], word[1], word[2], strtol(word[3], NULL, 10), calloc((size_t)count + 1, sizeof(char *))};
  if (job->argv == NULL) fail("memory");
  for (long i = 0; i < count && *at < end; i++) {
    job->argv[i] = *at;
    *at += strlen(*at) + 1;
  }
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: emul-batch OUT <jobs\n", stderr);
    return 2;
  }
  size_t size;
  char *at = read_all(&size);
  const char *end = at + size;
  sigset_t set;
  sigset_t mask;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, &mask);
  umask(022);
  struct job job;
  while (next_job(&at, end, &job)) {
    run(argv[1], &job, &mask);
    free(job.argv);
  }
  return 0;
}
