/* SPDX-License-Identifier: Apache-2.0
 *
 * The launcher: stays in the namespaces that it was started in, starts process 1 in new ones, hands signals on, and
 * ends the way the command ended. plan.h says what it is told, report.h what it answers.
 *
 * Terminal. The command is in the launcher's process group and session, so the terminal itself delivers ^C, ^Z and
 * window changes to it; those carry si_code SI_KERNEL and are not handed on, or the command would get them twice. A
 * shell in the sandbox may make a group of its own the foreground; when it is killed, nobody in the sandbox can give
 * the terminal back, because from there our group has no number. So the launcher does.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "plan.h"
#include "report.h"

static const int forwarded[] = {SIGHUP,  SIGINT,   SIGQUIT, SIGTERM, SIGUSR1,
                                SIGUSR2, SIGWINCH, SIGALRM, SIGCONT};

struct terminal {
  int fd;
  pid_t group;
};

static struct terminal remember_terminal(void) {
  struct terminal terminal = {.fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
  terminal.group = terminal.fd < 0 ? -1 : tcgetpgrp(terminal.fd);
  return terminal;
}

static void take_terminal_back(const struct terminal *terminal) {
  if (terminal->group == getpgrp() && tcgetpgrp(terminal->fd) != terminal->group) {
    /* SIGTTOU is blocked by now, so a background group may do this (tcsetpgrp(3)). */
    tcsetpgrp(terminal->fd, terminal->group);
  }
}

static sigset_t watched_signals(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (size_t i = 0; i < sizeof forwarded / sizeof forwarded[0]; i++) sigaddset(&set, forwarded[i]);
  return set;
}

static int report_failure(const char *step) {
  report("failed -1 %d %s", errno, step);
  return EXIT_REPORTED;
}

/* Like fork(2), in new namespaces: the child is process 1 of the new pid namespace at once. SysV IPC is separated too,
 * or the message queues of a killed fakeroot would stay behind. The host name is the host's. */
static pid_t fork_into_namespaces(const struct plan *plan) {
  unsigned long flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | SIGCHLD;
  if (plan->has_net) flags |= CLONE_NEWNET;
  return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0);
}

/* Hands signals on until process 1 has ended; returns the command's wait status, or process 1's own if there is
 * none. */
static int wait_for_end(pid_t init, int life, const sigset_t *set) {
  int status = 0;
  for (;;) {
    siginfo_t info;
    int number = sigwaitinfo(set, &info);
    if (number == SIGCHLD) {
      if (waitpid(init, &status, WNOHANG) == init) break;
    } else if (number > 0 && info.si_code <= 0) {
      uint8_t byte = (uint8_t)number;
      (void)!send(life, &byte, sizeof byte, MSG_NOSIGNAL);
    }
  }
  int command_status;
  if (recv(life, &command_status, sizeof command_status, MSG_DONTWAIT) == sizeof command_status) return command_status;
  return status;
}

/* Ends as the command ended. A signal is raised again, so that our parent sees it too, but without a second core
 * file. */
_Noreturn static void end_like(int status, const sigset_t *mask) {
  if (WIFEXITED(status)) {
    report("exit %d", WEXITSTATUS(status));
    _exit(WEXITSTATUS(status));
  }
  int number = WTERMSIG(status);
  report("signal %d", number);
  struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  prctl(PR_SET_DUMPABLE, 0);
  signal(number, SIG_DFL);
  raise(number);
  sigset_t unblocked = *mask;
  sigdelset(&unblocked, number);
  sigprocmask(SIG_SETMASK, &unblocked, NULL);
  _exit(128 + number);
}

int main(void) {
  static struct plan plan;
  int error = plan_read(&plan);
  if (error != 0) {
    errno = -error;
    return report_failure("plan");
  }
  if (fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC) < 0) return report_failure("fcntl");

  sigset_t mask;
  sigset_t set = watched_signals();
  signal(SIGCHLD, SIG_DFL); /* an inherited SIG_IGN would reap behind our back */
  sigprocmask(SIG_BLOCK, &set, &mask);

  int life[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, life) < 0) return report_failure("socketpair");
  struct terminal terminal = remember_terminal();
  pid_t init = fork_into_namespaces(&plan);
  if (init < 0) return report_failure("clone");
  if (init == 0) {
    close(life[0]);
    init_main(&plan, life[1], &mask);
  }
  close(life[1]);
  report("pid %d", (int)init);

  int status = wait_for_end(init, life[0], &set);
  sigset_t ttou;
  sigemptyset(&ttou);
  sigaddset(&ttou, SIGTTOU);
  sigprocmask(SIG_BLOCK, &ttou, NULL);
  take_terminal_back(&terminal);
  end_like(status, &mask);
}
