/* SPDX-License-Identifier: Apache-2.0 */
#include "decide.h"

#include "arguments.h"
#include "canonical.h"
#include "elf_id.h"
#include "index.h"
#include "modules.h"
#include "preload.h"
#include "sys.h"

/* S_ISUID and S_ISGID of inode(7): only libc's headers have them without a conflict. */
enum { MODE_SETUID = 04000, MODE_SETGID = 02000 };

struct index {
  enum index_result result; /* INDEX_NOT_FOUND: there is no such file */
  int fd;
  struct emul_header header;
};

static void open_index(struct index *out) {
  out->fd = sys_open(EMUL_INDEX_PATH, O_RDONLY | O_CLOEXEC);
  if (out->fd >= 0) {
    out->result = index_open(out->fd, &out->header);
    return;
  }
  bool is_missing = out->fd == -ENOENT || out->fd == -ENOTDIR;
  out->result = is_missing && sys_access(EMUL_MANIFEST_PATH, SYS_F_OK) < 0 ? INDEX_NOT_FOUND : INDEX_BAD;
}

/* A tree that somebody made by hand: /emul + the real path, else /emul + the path that was executed. */
static enum reason look_for_hand_made(const struct request *request, int fd, struct decision *out) {
  char bytes[TEXT_PATH_MAX];
  struct text canonical = text_in(bytes, sizeof bytes);
  canonical_path(fd, request->path, &canonical);
  bool is_given_usable = request->path[0] == '/' && !text_has_dot_dot(request->path, text_length(request->path));
  const char *const candidates[] = {canonical.bytes, is_given_usable ? request->path : ""};
  for (unsigned i = 0; i < 2; i++) {
    struct text twin = text_in(out->twin, sizeof out->twin);
    text_add(&twin, EMUL_TREE);
    text_add(&twin, candidates[i]);
    if (candidates[i][0] == '/' && !twin.is_cut && sys_access(out->twin, SYS_X_OK) == 0) return REASON_HAND_MADE;
  }
  return REASON_NO_TREE;
}

/*
 * `rm -rf /emul` takes its time, and a twin that starts meanwhile may find its loader but no libraries. Every change of the
 * directory changes its time, which the installer had set: whoever removes a library is noticed by the first exec after it.
 */
static bool libraries_are_whole(uint16_t flags) {
  struct stat status;
  const char *directory = (flags & EMUL_RECORD_32BIT) == 0 ? EMUL_LIBRARIES : EMUL_LIBRARIES_32;
  return sys_stat(directory, &status) == 0 && (uint64_t)status.st_mtime == EMUL_TREE_TIME;
}

/*
 * For a program that asks for its own path: whether `record` is for the file that is executed, or for another hard link of it
 * that has a record as well, which then takes its place. Where nobody knows the file's path, the first record is as good as any.
 */
static bool finds_own_path(const struct request *request, const struct index *index, int fd, const struct index_key *key,
                           struct emul_record *record) {
  char bytes[TEXT_PATH_MAX];
  struct text path = text_in(bytes, sizeof bytes);
  bool is_known = canonical_path(fd, request->path, &path);
  struct emul_record own;
  if (index_find_path(index->fd, &index->header, key, path.bytes, &own) != INDEX_FOUND) return !is_known;
  *record = own;
  return true;
}

/* Looks the binary up in a good index. */
static enum reason look_up(const struct request *request, const struct index *index, int fd, uint64_t file_size,
                           struct decision *out) {
  struct elf_id id;
  if (elf_identify(fd, &id) != ELF_OK) return REASON_BAD_BINARY;
  const struct emul_header *header = &index->header;
  bool is_for_guest = id.machine == header->guest_machine && id.class == header->guest_class &&
                      id.data == header->guest_data;
  if (!is_for_guest) return REASON_NO_TWIN;
  out->fast_pauth = header->fast_pauth;
  struct index_key key = index_build_id_key(&id);
  if (id.build_id_size == 0) {
    struct text path = text_in(out->twin, sizeof out->twin);
    canonical_path(fd, request->path, &path);
    if (path.used == 0) return REASON_NO_TWIN;
    key = index_path_key(path.bytes, file_size);
  }
  struct emul_record record;
  enum index_result result = index_find(index->fd, header, &key, &record);
  if (result != INDEX_FOUND) return result == INDEX_BAD ? REASON_BAD_INDEX : REASON_NO_TWIN;
  bool asks_path = (record.flags & EMUL_RECORD_OWN_PATH) != 0;
  if (asks_path && !finds_own_path(request, index, fd, &key, &record)) return REASON_NO_TWIN;
  if (record.guest_size != file_size) return REASON_NO_TWIN;
  if (arguments_need_guest(request->argv, record.flags)) return REASON_ARGUMENTS;
  const struct open_index open = {.fd = index->fd, .header = header};
  if (modules_need_guest(request, &open, &record)) return REASON_MODULES;
  if (!libraries_are_whole(record.flags)) return REASON_NO_TREE;
  struct text twin = text_in(out->twin, sizeof out->twin);
  text_add(&twin, record.twin);
  out->is_32bit = (record.flags & EMUL_RECORD_32BIT) != 0;
  return REASON_TWIN;
}

static bool has_file_capabilities(int fd) {
  return sys_fgetxattr(fd, "security.capability", NULL, 0) > 0;
}

static enum reason choose(const struct request *request, const struct index *index, int fd, struct decision *out) {
  if (request->is_returned) return REASON_TWIN_FAILED;
  /* A guest binary below /emul, or a damaged twin: looking it up would find itself, for ever. */
  if (text_starts_with(request->path, EMUL_TREE "/")) return REASON_NO_TWIN;
  struct stat status;
  if (sys_fstat(fd, &status) < 0) return REASON_BAD_BINARY;
  if (request->is_secure || (status.st_mode & (MODE_SETUID | MODE_SETGID)) != 0) return REASON_SECURE;
  if (index->result == INDEX_BAD) return REASON_BAD_INDEX;
  enum reason reason = index->result == INDEX_NOT_FOUND
                           ? look_for_hand_made(request, fd, out)
                           : look_up(request, index, fd, (uint64_t)status.st_size, out);
  if (!reason_is_accelerated(reason)) return reason;
  if (has_file_capabilities(fd)) return REASON_SECURE;
  struct text preload = text_in(out->preload, sizeof out->preload);
  char **slot = NULL;
  enum preload_result preloaded = preload_map(request->envp, out->is_32bit, &slot, &preload);
  if (preloaded == PRELOAD_NO_TWIN) return REASON_PRELOAD;
  out->preload_slot = preloaded == PRELOAD_MAPPED ? slot : NULL;
  return reason;
}

void decide(const struct request *request, struct decision *out) {
  struct index index;
  open_index(&index);
  out->preload_slot = NULL;
  out->is_32bit = false;
  out->fast_pauth = (struct emul_emulator){0};
  out->is_traced = index.fd >= 0 && index.result == INDEX_FOUND && (index.header.flags & EMUL_HEADER_TRACE) != 0;
  int fd = request->fd >= 0 ? request->fd : sys_open(request->path, O_RDONLY | O_CLOEXEC);
  out->reason = fd < 0 ? REASON_BAD_BINARY : choose(request, &index, fd, out);
  bool is_kept = !reason_is_accelerated(out->reason) && request_needs_fd(request);
  if (fd >= 0 && !is_kept) sys_close(fd);
  if (index.fd >= 0) sys_close(index.fd);
}
