/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

#define GROUPS_MAX 1024
#define DEFAULT_UMASK 022
#define DEFAULT_OPEN_FILES 1024

static int set_groups(const char *list) {
  gid_t groups[GROUPS_MAX];
  size_t count = 0;
  for (const char *at = list; *at != '\0';) {
    char *end;
    unsigned long gid = strtoul(at, &end, 10);
    if (end == at || count == GROUPS_MAX) return -EINVAL;
    groups[count++] = (gid_t)gid;
    at = *end == ',' ? end + 1 : end;
  }
  return setgroups(count, groups) < 0 ? -errno : 0;
}

static int become(const struct op *op, const char **step) {
  *step = "setgroups";
  int error = strcmp(op->word[2], "-") == 0 ? 0 : set_groups(op->word[2]);
  if (error != 0) return error;
  gid_t gid = (gid_t)plan_number(op->word[1], 10);
  uid_t uid = (uid_t)plan_number(op->word[0], 10);
  *step = "setgid";
  if (setresgid(gid, gid, gid) < 0) return -errno;
  *step = "setuid";
  return setresuid(uid, uid, uid) < 0 ? -errno : 0;
}

static int prepare(const struct op *op, const char **step) {
  *step = "plan";
  switch (op->kind) {
  case OP_USER:
    return become(op, step);
  case OP_CHDIR:
    *step = "chdir";
    return chdir(op->word[0]) < 0 ? -errno : 0;
  case OP_UMASK:
    umask((mode_t)plan_number(op->word[0], 8));
    return 0;
  case OP_ENV:
    /* putenv keeps the word itself, which lives as long as the plan. */
    return putenv((char *)op->word[0]) != 0 ? -errno : 0;
  default:
    return 0;
  }
}

/* Node raises its limit of open files to the highest that is allowed. Programs that close every possible descriptor
 * before they start another one (fakeroot's daemon) would then take seconds for it; a login has 1024. */
static void limit_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= DEFAULT_OPEN_FILES) return;
  limit.rlim_cur = DEFAULT_OPEN_FILES;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void exec_command(const struct plan *plan, const sigset_t *mask) {
  const struct op *command = &plan->ops[plan->count - 1];
  const char *step;
  umask(DEFAULT_UMASK);
  limit_open_files();
  clearenv();
  for (size_t i = 0; i < plan->count; i++) {
    int error = prepare(&plan->ops[i], &step);
    if (error == 0) continue;
    report("failed %zu %d %s", i, -error, step);
    _exit(EXIT_REPORTED);
  }
  sigprocmask(SIG_SETMASK, mask, NULL);
  execvp(command->argv[0], command->argv);
  int error = errno;
  report("failed %zu %d exec", plan->count - 1, error);
  _exit(error == ENOENT ? 127 : 126);
}
