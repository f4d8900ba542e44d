/* SPDX-License-Identifier: Apache-2.0
 *
 * Every mount is made in the same three steps: get a mount that is not attached anywhere (open_tree of something that
 * exists, fsopen and fsmount of something new), set its attributes, and attach it to a target that openat2 has looked
 * up with RESOLVE_IN_ROOT. That order has two gains over mount(2): a symbolic link inside the root never leads to a
 * host directory, and nothing is visible, even for a moment, with fewer restrictions than it should have.
 */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failed(const char **step, const char *name) {
  *step = name;
  return -errno;
}

/* Splits a comma-separated list in place of a copy; `-` is the empty list. */
static char *next_item(char **list) {
  char *item;
  do {
    item = strsep(list, ",");
  } while (item != NULL && (*item == '\0' || strcmp(item, "-") == 0));
  return item;
}

static int attributes(const char *text, unsigned *attrs) {
  static const struct {
    const char *name;
    unsigned bit;
  } known[] = {
    {"ro", MOUNT_ATTR_RDONLY},
    {"nosuid", MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC},
  };
  char copy[64];
  if (strlen(text) >= sizeof copy) return -EINVAL;
  char *list = strcpy(copy, text);
  *attrs = 0;
  for (char *item; (item = next_item(&list)) != NULL;) {
    unsigned bit = 0;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
      if (strcmp(known[i].name, item) == 0) bit = known[i].bit;
    }
    if (bit == 0) return -EINVAL;
    *attrs |= bit;
  }
  return 0;
}

/* A descriptor of a new, unattached mount, or -errno. */
static int new_mount(const char *type, const char *options, unsigned attrs, const char **step) {
  char copy[256];
  if (strlen(options) >= sizeof copy) return -EINVAL;
  char *list = strcpy(copy, options);
  int context = fsopen(type, FSOPEN_CLOEXEC);
  if (context < 0) return failed(step, "fsopen");
  /* The name that mount(8) shows for it. */
  int error = fsconfig(context, FSCONFIG_SET_STRING, "source", type, 0) < 0 ? failed(step, "fsconfig") : 0;
  for (char *item; error == 0 && (item = next_item(&list)) != NULL;) {
    char *value = strchr(item, '=');
    if (value != NULL) *value++ = '\0';
    unsigned how = value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
    if (fsconfig(context, how, item, value, 0) < 0) error = failed(step, "fsconfig");
  }
  if (error == 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) error = failed(step, "fsconfig");
  int mount = -1;
  if (error == 0 && (mount = fsmount(context, FSMOUNT_CLOEXEC, attrs)) < 0) error = failed(step, "fsmount");
  close(context);
  return error == 0 ? mount : error;
}

/* A copy of the mounts at and below a path, unattached. Always recursive: to an ordinary user's namespace the parts of
 * a tree are locked together, and the kernel refuses a copy that would uncover what a mount hides. */
static int copy_tree(int dir, const char *path, unsigned attrs, const char **step) {
  int tree = open_tree(dir, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0) return failed(step, "open_tree");
  struct mount_attr set = {.attr_set = attrs};
  if (attrs != 0 && mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &set, sizeof set) < 0) {
    int error = failed(step, "mount_setattr");
    close(tree);
    return error;
  }
  return tree;
}

static int open_in_root(const struct mounts *mounts, const char *path, unsigned flags) {
  struct open_how how = {.flags = flags | O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  return (int)syscall(SYS_openat2, mounts->root, path, &how, sizeof how);
}

/* Attaches `mount`, which may be an -errno of the step before, and closes it. */
static int attach(const struct mounts *mounts, int mount, const char *target, const char **step) {
  if (mount < 0) return mount;
  int error = 0;
  int at = open_in_root(mounts, target, 0);
  if (at < 0) {
    error = failed(step, "target");
  } else {
    unsigned how = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    if (move_mount(mount, "", at, "", how) < 0) error = failed(step, "move_mount");
    close(at);
  }
  close(mount);
  return error;
}

/* overlayfs(5): `lowerdir` is a list, separated by colons. Without `userxattr` a user namespace is refused: the marks
 * of what is gone are then kept in extended attributes that only the machine's root may set. */
static int new_layers(const struct op *op, const char **step) {
  char lower[2 * PATH_MAX];
  char *to = lower;
  for (const char *from = op->word[0]; *from != '\0'; from++) {
    if (to + 3 > lower + sizeof lower) return -ENAMETOOLONG;
    if (*from == ':' || *from == '\\') *to++ = '\\';
    *to++ = *from;
  }
  *to = '\0';
  int context = fsopen("overlay", FSOPEN_CLOEXEC);
  if (context < 0) return failed(step, "fsopen");
  int error = 0;
  if (fsconfig(context, FSCONFIG_SET_STRING, "source", "overlay", 0) < 0 ||
      fsconfig(context, FSCONFIG_SET_STRING, "lowerdir", lower, 0) < 0 ||
      fsconfig(context, FSCONFIG_SET_STRING, "upperdir", op->word[1], 0) < 0 ||
      fsconfig(context, FSCONFIG_SET_STRING, "workdir", op->word[2], 0) < 0 ||
      fsconfig(context, FSCONFIG_SET_FLAG, "userxattr", NULL, 0) < 0 ||
      fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) {
    error = failed(step, "fsconfig");
  }
  int mount = -1;
  if (error == 0 && (mount = fsmount(context, FSMOUNT_CLOEXEC, 0)) < 0) error = failed(step, "fsmount");
  close(context);
  return error == 0 ? mount : error;
}

/* Puts the scratch tmpfs on the directory, and the tree on top of it: a copy of the directory's own, or its layers. The
 * root is then a mount (pivot_root wants one), and the scratch is part of what goes away with the old root. */
static int take_root(struct mounts *mounts, const char *dir, int tree, const char **step) {
  if (tree < 0) return tree;
  int scratch = new_mount("tmpfs", "mode=755", 0, step);
  int error = scratch < 0 ? scratch : 0;
  if (error == 0 && move_mount(scratch, "", AT_FDCWD, dir, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
    error = failed(step, "move_mount");
  }
  if (error == 0 && move_mount(tree, "", scratch, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0) {
    error = failed(step, "move_mount");
  }
  if (error != 0) return error;
  mounts->scratch = scratch;
  close(mounts->root);
  mounts->root = tree;
  return 0;
}

static int put_data(const struct mounts *mounts, const struct op *op, const char **step) {
  static unsigned count;
  char name[24];
  snprintf(name, sizeof name, "data-%u", count++);
  if (mounts->scratch < 0) return -EINVAL;
  mode_t mode = (mode_t)plan_number(op->word[1], 8);
  int file = openat(mounts->scratch, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
  if (file < 0) return failed(step, "open");
  int error = 0;
  for (size_t done = 0; error == 0 && done < op->data_size;) {
    ssize_t wrote = write(file, op->data + done, op->data_size - done);
    if (wrote < 0) error = failed(step, "write");
    done += wrote < 0 ? 0 : (size_t)wrote;
  }
  close(file);
  if (error != 0) return error;
  unsigned attrs = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  return attach(mounts, copy_tree(mounts->scratch, name, attrs, step), op->word[0], step);
}

/* Creates `target` with the parent looked up in the root. */
static int create(const struct mounts *mounts, const struct op *op, const char *target, const char **step) {
  char parent[PATH_MAX];
  const char *slash = strrchr(target, '/');
  if (slash == NULL || slash[1] == '\0' || (size_t)(slash - target) + 2 > sizeof parent) return -EINVAL;
  snprintf(parent, sizeof parent, "%.*s/", (int)(slash - target), target);
  int dir = open_in_root(mounts, parent, O_DIRECTORY);
  if (dir < 0) return failed(step, "target");
  int result;
  if (op->kind == OP_LINK) {
    result = symlinkat(op->word[0], dir, slash + 1);
  } else if (op->kind == OP_DIR) {
    result = mkdirat(dir, slash + 1, (mode_t)plan_number(op->word[1], 8));
  } else {
    result = mknodat(dir, slash + 1, S_IFREG | (mode_t)plan_number(op->word[1], 8), 0);
  }
  int error = result < 0 ? failed(step, "create") : 0;
  close(dir);
  return error;
}

/* An instance of binfmt_misc belongs to the user namespace, but its entries last only as long as it is mounted. The
 * descriptor that stays open is such a mount, also in a root that has no /proc to show it in. */
static int put_binfmt(const struct mounts *mounts, const struct op *op, const char **step) {
  int instance = new_mount("binfmt_misc", "-", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, step);
  if (instance < 0) return instance;
  int entry = openat(instance, "register", O_WRONLY | O_CLOEXEC);
  if (entry < 0) return failed(step, "open");
  ssize_t wrote = write(entry, op->word[1], strlen(op->word[1]));
  int error = wrote < 0 ? failed(step, "register") : 0;
  close(entry);
  if (error != 0) return error;
  int shown = fcntl(instance, F_DUPFD_CLOEXEC, 0);
  if (shown < 0) return failed(step, "dup");
  return attach(mounts, shown, op->word[0], step);
}

int mounts_begin(struct mounts *mounts, const char **step) {
  /* Unmounting on the host still reaches us, so that we keep no file system busy; nothing of ours reaches the host. */
  if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0) return failed(step, "mount");
  mounts->scratch = -1;
  mounts->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  return mounts->root < 0 ? failed(step, "open") : 0;
}

int mounts_apply(struct mounts *mounts, const struct op *op, const char **step) {
  const char *const *word = op->word;
  unsigned attrs = 0;
  *step = "plan";
  if (op->kind == OP_MOUNT && attributes(word[3], &attrs) != 0) return -EINVAL;
  if (op->kind == OP_BIND && attributes(word[2], &attrs) != 0) return -EINVAL;
  switch (op->kind) {
  case OP_ROOT:
    return take_root(mounts, word[0], copy_tree(AT_FDCWD, word[0], 0, step), step);
  case OP_LAYERS:
    return take_root(mounts, word[0], new_layers(op, step), step);
  case OP_MOUNT:
    return attach(mounts, new_mount(word[0], word[2], attrs, step), word[1], step);
  case OP_BIND:
    return attach(mounts, copy_tree(AT_FDCWD, word[0], attrs, step), word[1], step);
  case OP_DATA:
    return put_data(mounts, op, step);
  case OP_DIR:
  case OP_FILE:
    return create(mounts, op, word[0], step);
  case OP_LINK:
    return create(mounts, op, word[1], step);
  case OP_BINFMT:
    return put_binfmt(mounts, op, step);
  default:
    return 0;
  }
}

int mounts_enter(const struct mounts *mounts, const char **step) {
  if (fchdir(mounts->root) < 0) return failed(step, "fchdir");
  /* pivot_root(2), NOTES: with "." twice the old root ends up on top of the new one, and no directory is needed for it.
   * A chroot would do for the command, but the kernel refuses new user namespaces to a process in a chroot. */
  if (syscall(SYS_pivot_root, ".", ".") < 0) return failed(step, "pivot_root");
  if (umount2(".", MNT_DETACH) < 0) return failed(step, "umount2");
  return chdir("/") < 0 ? failed(step, "chdir") : 0;
}
