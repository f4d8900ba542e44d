/* SPDX-License-Identifier: Apache-2.0
 *
 * Which twin stands in for a library of the guest: the dispatcher's question, asked of the same index in the same way. The
 * key is the library's build-id, so it does not matter by which path it is loaded, and a library that was built anew or
 * upgraded since the tree was made has no twin.
 */
#include "twin.h"

#include "../dispatcher/canonical.h"
#include "../dispatcher/index.h"
#include "../dispatcher/text.h"
#include "config.h"
#include "kernel.h"
#include "own.h"
#include "start.h"

/* Reads the guest's library; false where there is none. */
static bool is_guest_library(int fd, struct elf_id *id) {
  return elf_identify(fd, id) == ELF_OK && (id->machine != OWN_MACHINE || id->class != OWN_CLASS);
}

/* A tree that was made by hand has no index: a library's twin has its path. */
static bool find_in_hand_made(const char *canonical, struct text *twin) {
  if (sys_access(EMUL_MANIFEST_PATH, SYS_F_OK) == 0) {
    return false;
  }
  text_add(twin, EMUL_TREE);
  text_add(twin, canonical);
  return !twin->is_cut && sys_access(twin->bytes, SYS_F_OK) == 0;
}

static bool find_in_index(int index, const struct elf_id *id, const char *path, int fd, struct text *twin) {
  struct emul_header header;
  struct emul_record record;
  sys_status status;
  if (sys_fstat(fd, &status) < 0) {
    return false;
  }
  const uint64_t size = (uint64_t)status.st_size;
  struct index_key key = index_build_id_key(id);
  if (id->build_id_size == 0) {
    char bytes[TEXT_PATH_MAX];
    struct text canonical = text_in(bytes, sizeof bytes);
    canonical_path(fd, path, &canonical);
    if (canonical.used == 0) {
      return false;
    }
    key = index_path_key(canonical.bytes, size);
  }
  if (index_open(index, &header) != INDEX_FOUND || index_find(index, &header, &key, &record) != INDEX_FOUND ||
      record.guest_size != size) {
    return false;
  }
  text_add(twin, record.twin);
  return true;
}

static bool find(int fd, const struct elf_id *id, const char *path, struct text *twin) {
  const int index = sys_open(EMUL_INDEX_PATH, O_RDONLY | O_CLOEXEC);
  if (index >= 0) {
    const bool is_found = find_in_index(index, id, path, fd, twin);
    sys_close(index);
    return is_found;
  }
  char bytes[TEXT_PATH_MAX];
  struct text canonical = text_in(bytes, sizeof bytes);
  canonical_path(fd, path, &canonical);
  return canonical.used > 0 && find_in_hand_made(canonical.bytes, twin);
}

enum library_kind find_twin(const char *path, char *twin) {
  const int fd = sys_open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return LIBRARY_OTHER;
  }
  struct elf_id id;
  struct text out = text_in(twin, TEXT_PATH_MAX);
  enum library_kind kind = LIBRARY_OTHER;
  if (is_guest_library(fd, &id)) {
    kind = find(fd, &id, path, &out) ? LIBRARY_TWIN : LIBRARY_NO_TWIN;
  }
  sys_close(fd);
  return kind;
}

bool is_tree_library(const char *name) {
  char bytes[TEXT_PATH_MAX];
  struct text path = text_in(bytes, sizeof bytes);
  text_add(&path, OWN_LIBRARIES "/");
  text_add(&path, name);
  return !path.is_cut && sys_access(path.bytes, SYS_F_OK) == 0;
}

static enum library_kind find_below(const char *directory, size_t size, const char *name, char *path, char *twin) {
  struct text out = text_in(path, TEXT_PATH_MAX);
  text_add_bytes(&out, directory, size);
  text_add(&out, "/");
  text_add(&out, name);
  return out.is_cut || size == 0 ? LIBRARY_OTHER : find_twin(path, twin);
}

enum library_kind find_by_name(const char *name, char *path, char *twin) {
  char triplet[SHIM_TRIPLET_MAX];
  for (unsigned i = 0; i < SHIM_TRIPLET_MAX; i++) {
    triplet[i] = shim_config.triplet[i];
  }
  char bytes[TEXT_PATH_MAX];
  struct text list = text_in(bytes, sizeof bytes);
  /* The loader does not ask again. */
  const char *first = start_variable("LD_LIBRARY_PATH=");
  text_add(&list, first == NULL ? "" : first);
  static const char *const system[] = {":/usr/local/lib/", ":/usr/lib/"};
  for (unsigned i = 0; i < 2; i++) {
    text_add(&list, system[i]);
    text_add(&list, triplet);
    text_add_bytes(&list, system[i], text_length(system[i]) - 1);
  }
  const char *at = list.bytes;
  for (;;) {
    size_t size = 0;
    while (at[size] != '\0' && at[size] != ':') {
      size++;
    }
    const enum library_kind kind = find_below(at, size, name, path, twin);
    if (kind != LIBRARY_OTHER || at[size] == '\0') {
      return kind;
    }
    at += size + 1;
  }
}
