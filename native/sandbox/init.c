/* SPDX-License-Identifier: Apache-2.0
 *
 * Process 1 of a pid namespace has three duties that an ordinary parent has not: it must reap every orphan, it is
 * deaf to signals that it has no handler for, and when it ends, the kernel kills everything in the namespace. The
 * last one is what the sandbox is built on. Whoever started us may be killed at any moment; then a socket closes,
 * process 1 sees it and ends, and no process, no mount and no binfmt_misc entry is left. (prctl(PR_SET_PDEATHSIG)
 * would not do: the kernel clears it when a process gains capabilities, and it watches one process only.)
 */
#include "init.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec.h"
#include "mounts.h"
#include "report.h"

_Noreturn static void die_of(int op, int error, const char *step) {
  report("failed %d %d %s", op, -error, step);
  _exit(EXIT_REPORTED);
}

/* The launcher cannot write our id maps: adapters/sandbox/id-map.ts does, and says so with one byte. */
static void wait_for_id_maps(void) {
  char byte;
  ssize_t got;
  do {
    got = read(CONTROL_FD, &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) _exit(EXIT_REPORTED);
}

/* A new network namespace has a loopback device that is down, and build systems talk to localhost. */
static int bring_up_loopback(const char **step) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  *step = "loopback";
  int inet = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (inet < 0) return -errno;
  int error = ioctl(inet, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
  close(inet);
  return error;
}

static void set_up(const struct plan *plan) {
  const char *step = "plan";
  struct mounts mounts;
  umask(0);
  int error = mounts_begin(&mounts, &step);
  if (error != 0) die_of(-1, error, step);
  for (size_t i = 0; i < plan->count; i++) {
    const struct op *op = &plan->ops[i];
    error = op->kind == OP_NET ? bring_up_loopback(&step) : mounts_apply(&mounts, op, &step);
    if (error == -ENOENT && op->is_optional && strcmp(step, "target") == 0) {
      report("skipped %zu", i);
    } else if (error != 0) {
      die_of((int)i, error, step);
    }
  }
  error = plan->has_root ? mounts_enter(&mounts, &step) : 0;
  if (error != 0) die_of(-1, error, step);
}

/* Reaps whatever has ended, and ends the sandbox when that was the command. */
static void reap(pid_t command, int life) {
  int status;
  for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (ended != command) continue;
    (void)!send(life, &status, sizeof status, MSG_NOSIGNAL);
    _exit(0);
  }
}

static void forward(pid_t command, int life) {
  uint8_t number;
  ssize_t got = read(life, &number, 1);
  if (got == 0) _exit(EXIT_REPORTED);
  if (got == 1) kill(command, number);
}

/* Signals that reach process 1 itself are left alone: what a terminal sends, the command gets too, and what is sent to
 * the launcher comes through the socket. */
_Noreturn static void watch(pid_t command, int life) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  enum { ENDED, LAUNCHER, OWNER, COUNT };
  struct pollfd watched[COUNT] = {
    [ENDED] = {.fd = signalfd(-1, &child, SFD_CLOEXEC), .events = POLLIN},
    [LAUNCHER] = {.fd = life, .events = POLLIN},
    [OWNER] = {.fd = CONTROL_FD, .events = POLLRDHUP},
  };
  if (watched[ENDED].fd < 0) die_of(-1, -errno, "signalfd");
  for (;;) {
    if (poll(watched, COUNT, -1) < 0 && errno != EINTR) die_of(-1, -errno, "poll");
    if (watched[OWNER].revents != 0) _exit(EXIT_REPORTED);
    if (watched[LAUNCHER].revents != 0) forward(command, life);
    if (watched[ENDED].revents != 0) {
      struct signalfd_siginfo info;
      (void)!read(watched[ENDED].fd, &info, sizeof info);
      reap(command, life);
    }
  }
}

void init_main(const struct plan *plan, int life, const sigset_t *mask) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  wait_for_id_maps();
  set_up(plan);
  pid_t command = fork();
  if (command < 0) die_of(-1, -errno, "fork");
  if (command == 0) exec_command(plan, mask);
  watch(command, life);
}
