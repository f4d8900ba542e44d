/* SPDX-License-Identifier: Apache-2.0
 *
 * dispatch_cost DISPATCHER: what one dispatch costs, from the dispatcher's first instruction to its execve, counted by single
 * steps. A count has no noise, and needs no hardware counters, which virtual machines often lack.
 *
 * The dispatcher is the real file, in a root of its own with an index of one twin. It is called directly, not through
 * binfmt_misc, and so opens the guest binary itself: one system call more than in a build. What it becomes is a copy
 * of itself, which is never run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample_elf.h"
#include "sample_index.h"

enum { STEPS_MAX = 1000000, SYSCALL_INSTRUCTION = 0x050f, BUILD_ID_BYTE = 0xab };

/* With gcc 12 it is 7,882 and 11,990; the rest is for other compilers. A change that needs more is paid on each exec. */
enum { TWIN_INSTRUCTIONS = 9000, TWIN_SYSCALLS = 12, QEMU_INSTRUCTIONS = 13500, QEMU_SYSCALLS = 14 };

struct cost {
  long instructions, syscalls;
};

static unsigned reported, failures;

static void must(int is_good, const char *what) {
  if (is_good) return;
  printf("Bail out! %s: %s\n", what, strerror(errno));
  exit(1);
}

static void copy(const char *from, const char *to) {
  struct stat status;
  int source = open(from, O_RDONLY | O_CLOEXEC), target = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  must(source >= 0 && target >= 0 && fstat(source, &status) == 0, to);
  must(sendfile(target, source, NULL, (size_t)status.st_size) == status.st_size, to);
  close(source);
  close(target);
}

static void write_file(const char *path, const void *bytes, size_t size) {
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  must(file >= 0 && write(file, bytes, size) == (ssize_t)size, path);
  close(file);
}

static struct sample_elf guest_elf(void) {
  struct sample_elf elf = {.is_64 = true, .machine = 183};
  sample_elf_write(&elf);
  return elf;
}

/* The first twin of the sample, for the sample's build-id. */
static struct sample_index guest_index(void) {
  struct sample_index index = sample_index();
  struct emul_record *record = &index.slots[(BUILD_ID_BYTE) % SAMPLE_SLOTS];
  *record = (struct emul_record){.key_size = 20, .key_kind = EMUL_KEY_BUILD_ID, .guest_size = guest_elf().size};
  memset(record->key, BUILD_ID_BYTE, 20);
  record->twin_size = (uint16_t)strlen(SAMPLE_TWINS[0]);
  memcpy(record->twin, SAMPLE_TWINS[0], strlen(SAMPLE_TWINS[0]));
  sample_seal(&index);
  return index;
}

/* In the root's directory. */
static void make_root(const char *dispatcher) {
  static const char *const directories[] = {"usr", "usr/bin", "emul", "emul/usr", "emul/usr/bin", "emul/usr/lib"};
  static const char *const programs[] = {"usr/bin/qemu-aarch64-binfmt", "usr/bin/qemu-aarch64", "emul/usr/bin/first"};
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) must(mkdir(directories[i], 0755) == 0, directories[i]);
  for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) copy(dispatcher, programs[i]);
  struct sample_index index = guest_index();
  write_file("emul/index", &index, sizeof index);
  struct sample_elf elf = guest_elf();
  write_file("usr/bin/known", elf.bytes, elf.size);
  /* The last byte is one of its build-id. */
  elf.bytes[elf.size - 1] ^= 1;
  write_file("usr/bin/unknown", elf.bytes, elf.size);
  const struct timespec times[2] = {{.tv_sec = EMUL_TREE_TIME}, {.tv_sec = EMUL_TREE_TIME}};
  must(utimensat(AT_FDCWD, "emul/usr/lib", times, 0) == 0, "utimensat");
}

static bool is_at_syscall(pid_t child) {
  struct user_regs_struct registers;
  must(ptrace(PTRACE_GETREGS, child, NULL, &registers) == 0, "PTRACE_GETREGS");
  long word = ptrace(PTRACE_PEEKTEXT, child, (void *)registers.rip, NULL);
  return (word & 0xffff) == SYSCALL_INSTRUCTION;
}

static bool has_stopped(pid_t child, int *status) {
  return waitpid(child, status, 0) == child && WIFSTOPPED(*status);
}

/* Steps until the child becomes another program. Nothing where it ended instead. */
static struct cost count_steps(pid_t child) {
  struct cost cost = {0, 0};
  int status;
  must(has_stopped(child, &status), "the dispatcher did not start");
  must(ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) == 0, "PTRACE_SETOPTIONS");
  for (; cost.instructions < STEPS_MAX; cost.instructions++) {
    if (is_at_syscall(child)) cost.syscalls++;
    must(ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0, "PTRACE_SINGLESTEP");
    if (!has_stopped(child, &status)) break;
    if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) return cost;
  }
  return (struct cost){0, 0};
}

static struct cost dispatch(const char *root, char *guest) {
  pid_t child = fork();
  must(child >= 0, "fork");
  if (child == 0) {
    char interpreter[] = "/usr/bin/qemu-aarch64-binfmt", variable[] = "PATH=/usr/bin:/bin";
    if (chroot(root) < 0 || chdir("/") < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) _exit(1);
    execve(interpreter, (char *[]){interpreter, guest, (char *)"one", NULL}, (char *[]){variable, NULL});
    _exit(1);
  }
  struct cost cost = count_steps(child);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  return cost;
}

static void report(const char *what, struct cost cost, struct cost budget) {
  bool is_good = cost.instructions > 0 && cost.instructions <= budget.instructions && cost.syscalls <= budget.syscalls;
  reported++;
  if (!is_good) failures++;
  printf("%s %u - one dispatch, %s: %ld of %ld instructions, %ld of %ld system calls\n", is_good ? "ok" : "not ok",
         reported, what, cost.instructions, budget.instructions, cost.syscalls, budget.syscalls);
}

int main(int argc, char **argv) {
  must(argc == 2, "usage: dispatch_cost DISPATCHER");
  char *dispatcher = realpath(argv[1], NULL), root[] = "/tmp/dispatch-cost-XXXXXX";
  must(dispatcher != NULL && mkdtemp(root) != NULL && chdir(root) == 0, root);
  if (geteuid() != 0 && unshare(CLONE_NEWUSER) < 0) {
    printf("ok 1 - one dispatch # SKIP neither root nor user namespaces\n1..1\n");
    return rmdir(root);
  }
  make_root(dispatcher);
  char known[] = "/usr/bin/known", unknown[] = "/usr/bin/unknown";
  report("to a twin", dispatch(root, known), (struct cost){TWIN_INSTRUCTIONS, TWIN_SYSCALLS});
  report("to the emulator", dispatch(root, unknown), (struct cost){QEMU_INSTRUCTIONS, QEMU_SYSCALLS});
  fflush(stdout);
  execlp("sh", "sh", "-c", failures == 0 ? "rm -rf \"$0\"" : "rm -rf \"$0\"; exit 1", root, (char *)NULL);
  return 1;
}
