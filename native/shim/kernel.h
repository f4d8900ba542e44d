/* SPDX-License-Identifier: Apache-2.0
 *
 * System calls without libc, beside those of the dispatcher: they run before libc is ready, and between the end of one
 * program and the start of another, where no handler and no lock of the old one may matter.
 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/auxvec.h>
#include <linux/close_range.h>
#include <linux/mman.h>
#include <linux/time.h>

#include "../dispatcher/sys.h"

enum { LAST_SIGNAL = 64, SEEK_TO = 0, SEEK_HERE = 1 };

/* struct sigaction as the kernel has it on x86-64 and i386. */
struct kernel_sigaction {
  void *handler;
  unsigned long flags;
  void *restorer;
  uint64_t mask;
};

#ifdef __x86_64__
static inline long sys_mmap(const long arguments[6]) {
  register long r10 __asm__("r10") = arguments[3];
  register long r8 __asm__("r8") = arguments[4];
  register long r9 __asm__("r9") = arguments[5];
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(__NR_mmap), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static inline int64_t sys_seek(int fd, int64_t offset, int how) {
  return sys_call(__NR_lseek, fd, offset, how, 0, 0);
}
#else
/* The first mmap of i386 takes its arguments in memory. */
static inline long sys_mmap(const long arguments[6]) {
  return sys_call(__NR_mmap, (long)arguments, 0, 0, 0, 0);
}

static inline int64_t sys_seek(int fd, int64_t offset, int how) {
  int64_t result = 0;
  const long status = sys_call(__NR__llseek, fd, (long)(offset >> 32), (long)offset, (long)&result, how);
  return status < 0 ? status : result;
}
#endif

/* Zeroed memory of our own, or NULL. */
static inline void *sys_memory(size_t size) {
  const long arguments[6] = {0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0};
  const long address = sys_mmap(arguments);
  return address < 0 && address > -4096 ? NULL : (void *)address;
}

static inline long sys_poll(struct pollfd *list, unsigned count) {
  return sys_call(__NR_poll, (long)list, (long)count, 0, 0, 0);
}

static inline long sys_getcwd(char *path, size_t size) {
  return sys_call(__NR_getcwd, (long)path, (long)size, 0, 0, 0);
}

static inline long sys_chdir(const char *path) {
  return sys_call(__NR_chdir, (long)path, 0, 0, 0, 0);
}

static inline uint32_t sys_umask(uint32_t mask) {
  return (uint32_t)sys_call(__NR_umask, (long)mask, 0, 0, 0, 0);
}

/* The thread's signal mask: sets it where `to` is given, reads the old one where `from` is. */
static inline long sys_signal_mask(const uint64_t *to, uint64_t *from) {
  return sys_call(__NR_rt_sigprocmask, SIG_SETMASK, (long)to, (long)from, sizeof(uint64_t), 0);
}

static inline long sys_signal_action(int number, const struct kernel_sigaction *to, struct kernel_sigaction *from) {
  return sys_call(__NR_rt_sigaction, number, (long)to, (long)from, sizeof(uint64_t), 0);
}

static inline long sys_timer(const struct __kernel_old_itimerval *to, struct __kernel_old_itimerval *from) {
  return to != NULL ? sys_call(__NR_setitimer, ITIMER_REAL, (long)to, (long)from, 0, 0)
                    : sys_call(__NR_getitimer, ITIMER_REAL, (long)from, 0, 0, 0);
}

/* Whether the descriptor is closed by an exec. */
static inline long sys_set_close_on_exec(int fd, bool is_set) {
  return sys_call(__NR_fcntl, fd, F_SETFD, is_set ? FD_CLOEXEC : 0, 0, 0);
}

#endif
