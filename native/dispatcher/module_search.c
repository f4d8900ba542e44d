/* SPDX-License-Identifier: Apache-2.0 */
#include "module_search.h"

#include "elf_id.h"
#include "index.h"
#include "sys.h"
#include "text.h"

/* What lies deeper is left to the shim. */
enum { DEPTH_MAX = 8, ENTRIES_SIZE = 4096 };
enum { TYPE_UNKNOWN = 0, TYPE_DIRECTORY = 4, TYPE_FILE = 8, TYPE_LINK = 10 }; /* d_type of getdents64(2) */

struct entry { /* struct linux_dirent64 */
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

/* Whether the file is a library of the guest for which the tree has no twin. */
static bool is_fresh_library(const struct search *search, int directory, const char *name) {
  const struct emul_header *header = search->index->header;
  int fd = sys_openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  struct elf_id id;
  struct stat status;
  bool is_guest = elf_identify(fd, &id) == ELF_OK && id.machine == header->guest_machine && sys_fstat(fd, &status) >= 0;
  sys_close(fd);
  if (!is_guest) return false;
  struct index_key key = index_build_id_key(&id);
  struct emul_record record;
  bool is_known = id.build_id_size > 0 && index_find(search->index->fd, header, &key, &record) == INDEX_FOUND;
  return !is_known || record.guest_size != (uint64_t)status.st_size;
}

static bool text_holds(const char *text, const char *wanted) {
  for (; *text != '\0'; text++) {
    if (text_starts_with(text, wanted)) return true;
  }
  return false;
}

/* perl's lie below `auto` only; python's tell by their name. */
static bool is_module_name(const struct search *search, const char *name, bool is_in_auto) {
  if (!text_ends_with(name, ".so")) return false;
  return search->is_perl ? is_in_auto : text_holds(name, ".cpython-") || text_ends_with(name, ".abi3.so");
}

/*
 * perl looks in `auto`, and in those below the directories of its name, version and architecture. A package of python has the
 * name of its directory, so that one is an identifier; what setuptools puts into `build` is imported from elsewhere.
 */
static bool is_searched(const struct search *search, const char *name, bool is_in_auto) {
  if (name[0] == '.') return false;
  if (!search->is_perl) {
    bool is_aside = text_equal(name, "build") || text_equal(name, "__pycache__");
    return !is_aside && !text_holds(name, ".") && !text_holds(name, "-");
  }
  return is_in_auto || text_equal(name, "auto") || text_starts_with(name, "perl") || text_starts_with(name, "5.") ||
         text_holds(name, "-linux-");
}

static bool has_fresh_module(struct search *search, int directory, unsigned depth, bool is_in_auto);

static bool is_fresh_entry(struct search *search, int directory, const struct entry *entry, unsigned depth,
                           bool is_in_auto) {
  bool is_file = entry->type == TYPE_FILE || entry->type == TYPE_LINK || entry->type == TYPE_UNKNOWN;
  if (is_file && is_module_name(search, entry->name, is_in_auto)) {
    return is_fresh_library(search, directory, entry->name);
  }
  bool may_be_directory = entry->type == TYPE_DIRECTORY || entry->type == TYPE_UNKNOWN;
  if (!may_be_directory || depth == 0 || !is_searched(search, entry->name, is_in_auto)) return false;
  int below = sys_openat(directory, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return has_fresh_module(search, below, depth - 1, is_in_auto || text_equal(entry->name, "auto"));
}

/* Closes `directory`. */
static bool has_fresh_module(struct search *search, int directory, unsigned depth, bool is_in_auto) {
  if (directory < 0) return false;
  bool is_found = false;
  _Alignas(uint64_t) char bytes[ENTRIES_SIZE];
  long size = search->directories == 0 ? 0 : sys_getdents(directory, bytes, sizeof bytes);
  search->directories -= search->directories != 0;
  while (size > 0 && !is_found) {
    for (long at = 0; at < size && !is_found;) {
      const struct entry *entry = (const struct entry *)(const void *)(bytes + at);
      is_found = is_fresh_entry(search, directory, entry, depth, is_in_auto);
      at += entry->size;
    }
    if (!is_found) size = sys_getdents(directory, bytes, sizeof bytes);
  }
  sys_close(directory);
  return is_found;
}

bool look_below(struct search *search, const char *path) {
  int directory = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return has_fresh_module(search, directory, DEPTH_MAX, false);
}

bool look_below_each(struct search *search, const char *list, size_t size) {
  while (size > 0) {
    size_t length = 0;
    while (length < size && list[length] != ':') length++;
    char bytes[TEXT_PATH_MAX];
    struct text path = text_in(bytes, sizeof bytes);
    text_add_bytes(&path, list, length);
    if (path.used > 0 && look_below(search, path.bytes)) return true;
    bool is_last = length == size;
    list += length + !is_last;
    size -= length + !is_last;
  }
  return false;
}
