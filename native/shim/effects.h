/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process has done that others can see, so that it cannot be done over.
 *
 * The kernel does not tell: /proc/self/io counts bytes, not the files made or removed, and its counts are those of the
 * programs that the process ran before as well. So the shim stands before the functions of libc that act on the world, each
 * for a handful of instructions. What libc does inside of them (fopen opens, system forks) passes no wrapper, which is why
 * the list has those functions, too.
 */
#ifndef SHIM_EFFECTS_H
#define SHIM_EFFECTS_H

#include <stdbool.h>
#include <stdint.h>

/* Of the first one, the function's name; NULL: none so far. Also set in a process that somebody forked. */
extern const char *first_effect;

/* Bit n: descriptor n, open at the start, was read from. */
extern uint64_t read_descriptors;

static inline void note_effect(const char *function) {
  if (__atomic_load_n(&first_effect, __ATOMIC_RELAXED) == 0) {
    __atomic_store_n(&first_effect, function, __ATOMIC_RELAXED);
  }
}

/* An effect, or what cannot be set back: any call of these. guards.c has those where it depends on the arguments. */
#define PLAIN_EFFECTS(X) \
  /* files, made or changed */ \
  X(creat) X(creat64) X(mkstemp) X(mkstemp64) X(mkostemp) X(mkostemp64) X(mkstemps) X(mkstemps64) X(mkostemps) \
  X(mkostemps64) X(mkdtemp) X(tmpfile) X(tmpfile64) X(freopen) X(freopen64) X(mkfifo) X(mkfifoat) X(mknod) X(mknodat) \
  X(__xmknod) X(__xmknodat) X(mkdirat) X(symlink) X(symlinkat) X(link) X(linkat) X(unlinkat) X(rmdir) X(remove) \
  X(renameat) X(renameat2) X(truncate) X(truncate64) X(ftruncate) X(ftruncate64) X(fallocate) X(fallocate64) \
  X(posix_fallocate) X(posix_fallocate64) X(chmod) X(fchmod) X(fchmodat) X(lchmod) X(chown) X(fchown) X(lchown) \
  X(fchownat) X(utime) X(utimes) X(lutimes) X(futimes) X(futimesat) X(utimensat) X(futimens) X(setxattr) X(lsetxattr) \
  X(fsetxattr) X(removexattr) X(lremovexattr) X(fremovexattr) \
  /* bytes, sent on other ways than write */ \
  X(pwrite) X(pwrite64) X(writev) X(pwritev) X(pwritev64) X(pwritev2) X(pwritev64v2) X(sendfile) X(sendfile64) \
  X(copy_file_range) X(splice) X(tee) X(vmsplice) X(dprintf) X(vdprintf) X(__dprintf_chk) X(__vdprintf_chk) X(perror) \
  X(aio_write) X(aio_write64) X(lio_listio) X(lio_listio64) X(pututline) X(pututxline) X(updwtmp) X(updwtmpx) \
  /* processes */ \
  X(fork) X(vfork) X(_Fork) X(clone) X(posix_spawn) X(posix_spawnp) X(system) X(popen) X(daemon) X(forkpty) X(wordexp) \
  X(killpg) X(raise) X(tgkill) X(pthread_kill) X(sigqueue) X(pthread_sigqueue) X(ptrace) X(process_vm_writev) \
  /* other ways to other processes */ \
  X(socket) X(socketpair) X(bind) X(connect) X(listen) X(accept) X(accept4) X(send) X(sendto) X(sendmsg) X(sendmmsg) \
  X(shm_open) X(shm_unlink) X(shmget) X(shmat) X(semtimedop) \
  X(mq_open) X(mq_unlink) X(sem_open) X(sem_unlink) X(syslog) X(vsyslog) X(__syslog_chk) X(__vsyslog_chk) \
  /* what the process hands on to the next program, and that no call brings back */ \
  X(setsid) X(setpgid) X(setpgrp) X(setuid) X(seteuid) X(setreuid) X(setresuid) X(setgid) X(setegid) X(setregid) \
  X(setresgid) X(setgroups) X(initgroups) X(setfsuid) X(setfsgid) X(capset) X(chroot) X(pivot_root) X(unshare) X(setns) \
  X(mount) X(umount) X(umount2) X(nice) X(setpriority) X(sched_setaffinity) X(sched_setscheduler) X(sched_setparam) \
  X(setrlimit) X(setrlimit64) X(personality) X(sethostname) X(setdomainname) X(tcsetattr) X(tcsetpgrp) X(tcsendbreak) \
  X(tcflow) X(tcflush) X(closefrom) X(close_range)

#endif
