/* SPDX-License-Identifier: Apache-2.0
 *
 * The system calls that the dispatcher makes, as the kernel answers them: a negative errno, or the result.
 * x86-64 takes arguments in rdi rsi rdx r10 r8 r9 and destroys rcx and r11 (System V ABI, x86-64, A.2.1). The shim of 32-bit
 * twins makes the same calls as i386: arguments in ebx ecx edx esi edi, int 0x80 (syscall(2)); numbers of 64 bits take two.
 */
#ifndef SYS_H
#define SYS_H

#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/time_types.h>
#include <linux/utsname.h>
#include <stddef.h>
#include <stdint.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* Linux 6.3 */
#endif

/* Modes of access(2) and a clock of clock_gettime(2): the headers that name them collide with libc's in hosted tests. */
enum { SYS_F_OK = 0, SYS_X_OK = 1, SYS_CLOCK_MONOTONIC = 1 };

#ifdef __x86_64__
typedef struct stat sys_status;

static inline long sys_call(long number, long a, long b, long c, long d, long e) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}

static inline long sys_pread(int fd, void *bytes, size_t size, uint64_t offset) {
  return sys_call(__NR_pread64, fd, (long)bytes, (long)size, (long)offset, 0);
}

enum { SYS_OPEN_ANY = 0, SYS_NR_STAT = __NR_stat, SYS_NR_FSTAT = __NR_fstat, SYS_NR_CLOCK = __NR_clock_gettime };
#else
typedef struct stat64 sys_status;

static inline long sys_call(long number, long a, long b, long c, long d, long e) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return result;
}

static inline long sys_pread(int fd, void *bytes, size_t size, uint64_t offset) {
  return sys_call(__NR_pread64, fd, (long)bytes, (long)size, (long)offset, (long)(offset >> 32));
}

enum {
  SYS_OPEN_ANY = O_LARGEFILE,
  SYS_NR_STAT = __NR_stat64,
  SYS_NR_FSTAT = __NR_fstat64,
  SYS_NR_CLOCK = __NR_clock_gettime64,
};
#endif

static inline int sys_open(const char *path, int flags) {
  return (int)sys_call(__NR_open, (long)path, flags | SYS_OPEN_ANY, 0, 0, 0);
}

static inline int sys_openat(int directory, const char *path, int flags) {
  return (int)sys_call(__NR_openat, directory, (long)path, flags | SYS_OPEN_ANY, 0, 0);
}

static inline long sys_getdents(int directory, void *entries, size_t size) {
  return sys_call(__NR_getdents64, directory, (long)entries, (long)size, 0, 0);
}

static inline int sys_close(int fd) {
  return (int)sys_call(__NR_close, fd, 0, 0, 0, 0);
}

static inline long sys_write(int fd, const void *bytes, size_t size) {
  return sys_call(__NR_write, fd, (long)bytes, (long)size, 0, 0);
}

static inline int sys_stat(const char *path, sys_status *out) {
  return (int)sys_call(SYS_NR_STAT, (long)path, (long)out, 0, 0, 0);
}

static inline int sys_fstat(int fd, sys_status *out) {
  return (int)sys_call(SYS_NR_FSTAT, fd, (long)out, 0, 0, 0);
}

static inline long sys_fgetxattr(int fd, const char *name, void *value, size_t size) {
  return sys_call(__NR_fgetxattr, fd, (long)name, (long)value, (long)size, 0);
}

static inline int sys_access(const char *path, int mode) {
  return (int)sys_call(__NR_access, (long)path, mode, 0, 0, 0);
}

static inline long sys_readlink(const char *path, char *target, size_t size) {
  return sys_call(__NR_readlink, (long)path, (long)target, (long)size, 0, 0);
}

static inline int sys_execve(const char *path, char *const *argv, char *const *envp) {
  return (int)sys_call(__NR_execve, (long)path, (long)argv, (long)envp, 0, 0);
}

/* Executes an open file: execveat(2) with AT_EMPTY_PATH. */
static inline int sys_execfd(int fd, char *const *argv, char *const *envp) {
  return (int)sys_call(__NR_execveat, fd, (long)"", (long)argv, (long)envp, AT_EMPTY_PATH);
}

static inline int sys_memfd_create(const char *name, unsigned flags) {
  return (int)sys_call(__NR_memfd_create, (long)name, (long)flags, 0, 0, 0);
}

static inline long sys_getpid(void) {
  return sys_call(__NR_getpid, 0, 0, 0, 0, 0);
}

static inline long sys_getppid(void) {
  return sys_call(__NR_getppid, 0, 0, 0, 0, 0);
}

/* CLOCK_MONOTONIC in microseconds. */
static inline uint64_t sys_clock_us(void) {
  struct __kernel_timespec now = {0, 0};
  sys_call(SYS_NR_CLOCK, SYS_CLOCK_MONOTONIC, (long)&now, 0, 0, 0);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static inline int sys_uname(struct new_utsname *out) {
  return (int)sys_call(__NR_uname, (long)out, 0, 0, 0, 0);
}

static inline _Noreturn void sys_exit(int status) {
  for (;;) sys_call(__NR_exit_group, status, 0, 0, 0, 0);
}

#endif
