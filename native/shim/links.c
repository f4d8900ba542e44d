/* SPDX-License-Identifier: Apache-2.0
 *
 * readlink and realpath of a process's executable. qemu-user answers `/proc/self/exe` and `/proc/<own pid>/exe` with the
 * guest program; a twin's kernel answers `/emul/...`.
 *
 * The answer is mended, not the question: a link can be spelled in many ways (relative to /proc/self, through a
 * descriptor, //proc, another process's), but every one that gives a twin away begins with /emul and lies in procfs.
 * Links inside the tree itself keep their text, so that a twin can copy the tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "exe.h"
#include "next.h"
#include "text.h"

#define PROC_SUPER_MAGIC 0x9fa0

typedef ssize_t readlinkat_function(int dir, const char *path, char *buffer, size_t size);

static ssize_t next_readlinkat(int dir, const char *path, char *buffer, size_t size) {
  static void *kept;
  return ((readlinkat_function *)next_symbol(&kept, "readlinkat"))(dir, path, buffer, size);
}

static bool is_in_procfs(int dir, const char *path) {
  struct statfs about;
  const int link = openat(dir, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (link < 0) {
    return false;
  }
  const bool answer = fstatfs(link, &about) == 0 && about.f_type == PROC_SUPER_MAGIC;
  close(link);
  return answer;
}

/* As readlink: at most `size` bytes, no NUL, and how many they are. */
static ssize_t copy_text(char *buffer, size_t size, const char *text) {
  size_t length = 0;
  while (length < size && text[length] != '\0') {
    buffer[length] = text[length];
    length++;
  }
  return (ssize_t)length;
}

/* True when a link's first bytes, perhaps cut short by a small buffer, may be those of a path in the tree. */
static bool may_be_in_tree(const char *link, size_t length) {
  static const char tree[] = EMUL_TREE "/";
  for (size_t i = 0; i < length && i < sizeof tree - 1; i++) {
    if (link[i] != tree[i]) {
      return false;
    }
  }
  return length > 0;
}

/* The link is read again in full, because what the caller's buffer cut off is wanted once /emul is gone. */
static __attribute__((noinline)) ssize_t mended(int dir, const char *path, char *buffer, ssize_t got, size_t size) {
  char full[PATH_SIZE + 16]; /* " (deleted)" may follow */
  const int before = *__errno_location();
  const ssize_t length = next_readlinkat(dir, path, full, sizeof full - 1);
  if (length > 0) {
    full[length] = '\0';
    if (is_in_tree(full) && is_in_procfs(dir, path)) {
      got = copy_text(buffer, size, guest_path_of(full));
    }
  }
  *__errno_location() = before;
  return got;
}

/* Without /proc mounted, qemu-user still knows its program, by these two names. */
static __attribute__((noinline)) ssize_t without_proc(const char *path, char *buffer, size_t size) {
  const char *exe = is_own_exe(path) ? own_guest_path() : NULL;
  return exe != NULL ? copy_text(buffer, size, exe) : -1;
}

static ssize_t read_link(int dir, const char *path, char *buffer, size_t size) {
  const ssize_t got = next_readlinkat(dir, path, buffer, size);
  if (got < 0) {
    return *__errno_location() == ENOENT ? without_proc(path, buffer, size) : got;
  }
  return may_be_in_tree(buffer, (size_t)got) ? mended(dir, path, buffer, got, size) : got;
}

WRAPPER ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size) {
  return read_link(AT_FDCWD, path, buffer, size);
}

WRAPPER ssize_t readlinkat(int dir, const char *restrict path, char *restrict buffer, size_t size) {
  return read_link(dir, path, buffer, size);
}

/* The checked ones of _FORTIFY_SOURCE: the caller's buffer is `room` bytes. */
extern void __chk_fail(void) __attribute__((noreturn));

WRAPPER ssize_t __readlink_chk(const char *path, char *buffer, size_t size, size_t room) {
  if (size > room) {
    __chk_fail();
  }
  return read_link(AT_FDCWD, path, buffer, size);
}

WRAPPER ssize_t __readlinkat_chk(int dir, const char *path, char *buffer, size_t size, size_t room) {
  if (size > room) {
    __chk_fail();
  }
  return read_link(dir, path, buffer, size);
}
