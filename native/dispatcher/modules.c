/* SPDX-License-Identifier: Apache-2.0 */
#include "modules.h"

#include "elf_id.h"
#include "index.h"
#include "sys.h"
#include "text.h"

/* A build tree may be of any size; what lies deeper or later is left to the shim. */
enum { DEPTH_MAX = 8, DIRECTORIES_MAX = 400, ENTRIES_SIZE = 4096 };
enum { TYPE_UNKNOWN = 0, TYPE_DIRECTORY = 4, TYPE_FILE = 8, TYPE_LINK = 10 }; /* d_type of getdents64(2) */

struct entry { /* struct linux_dirent64 */
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[];
};

struct search {
  const struct open_index *index;
  bool is_perl; /* else python */
  unsigned directories;
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
 * perl looks in `auto`, and in those below the directories of its version and architecture. A package of python has the
 * name of its directory, so that one is an identifier; what setuptools puts into `build` is imported from elsewhere.
 */
static bool is_searched(const struct search *search, const char *name, bool is_in_auto) {
  if (name[0] == '.') return false;
  if (!search->is_perl) return !text_holds(name, ".") && !text_holds(name, "-") && !text_equal(name, "build");
  if (is_in_auto || text_equal(name, "auto") || text_equal(name, "perl5")) return true;
  return text_starts_with(name, "5.") || text_holds(name, "-linux-");
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
  long size = search->directories++ < DIRECTORIES_MAX ? sys_getdents(directory, bytes, sizeof bytes) : 0;
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

static bool look_below(struct search *search, const char *path) {
  int directory = sys_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return has_fresh_module(search, directory, DEPTH_MAX, false);
}

/* A list of directories, or one: up to `size` bytes. */
static bool look_below_each(struct search *search, const char *list, size_t size) {
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

static bool look_below_variable(struct search *search, char *const *envp, const char *name_and_equals) {
  for (; *envp != NULL; envp++) {
    const char *value = *envp + text_length(name_and_equals);
    if (text_starts_with(*envp, name_and_equals)) return look_below_each(search, value, text_length(value));
  }
  return false;
}

/*
 * `-Mblib`: ExtUtils::MakeMaker and Module::Build put modules into blib/arch, and blib.pm looks for that in directories above
 * as well. Without the option most perl programs in a module's source directory have nothing to do with it (debhelper).
 */
static bool look_in_blib(struct search *search, const char *argument) {
  static const char blibs[][20] = {"blib/arch", "../blib/arch", "../../blib/arch"};
  if (!text_starts_with(argument, "-Mblib") && !text_starts_with(argument, "-mblib")) return false;
  for (unsigned i = 0; i < sizeof blibs / sizeof blibs[0]; i++) {
    if (look_below(search, blibs[i])) return true;
  }
  return false;
}

/* -Idir, -I dir, -Mlib=dir. */
static bool look_in_named(struct search *search, const char *argument, const char *next) {
  static const char options[][8] = {"-I", "-Mlib="};
  for (unsigned i = 0; i < sizeof options / sizeof options[0]; i++) {
    if (!text_starts_with(argument, options[i])) continue;
    const char *path = argument + text_length(options[i]);
    if (*path == '\0' && next != NULL) path = next;
    if (look_below(search, path)) return true;
  }
  return false;
}

/*
 * A maintainer script runs while the packages that it needs are new, and perl programs in it say what they do before they load
 * a module (update-perl-sax-parsers). dpkg(1) sets the variable.
 */
static bool look_in_packages(struct search *search, char *const *envp) {
  for (; *envp != NULL; envp++) {
    if (text_starts_with(*envp, "DPKG_MAINTSCRIPT_NAME=")) return look_below(search, "/usr/lib");
  }
  return false;
}

static bool has_fresh_perl_modules(struct search *search, const struct request *request) {
  if (look_below_variable(search, request->envp, "PERL5LIB=") || look_in_packages(search, request->envp)) return true;
  for (char *const *argument = request->argv; *argument != NULL; argument++) {
    if (look_in_blib(search, *argument) || look_in_named(search, argument[0], argument[1])) return true;
  }
  return false;
}

/* sys.path begins with the directory of the script, the first argument that is no option, or with the current one. */
static bool look_beside_script(struct search *search, char *const *argv) {
  if (*argv != NULL) argv++;
  for (; *argv != NULL && (*argv)[0] == '-'; argv++) {
    if ((*argv)[1] == 'c' || (*argv)[1] == 'm') return look_below(search, ".");
  }
  const char *script = *argv == NULL ? "" : *argv;
  size_t size = text_length(script);
  while (size > 0 && script[size - 1] != '/') size--;
  return size < 2 ? look_below(search, size == 0 ? "." : "/") : look_below_each(search, script, size - 1);
}

static bool has_fresh_python_modules(struct search *search, const struct request *request) {
  return look_below_variable(search, request->envp, "PYTHONPATH=") || look_beside_script(search, request->argv);
}

bool modules_need_guest(const struct request *request, const struct open_index *index, uint16_t flags) {
  if ((flags & (EMUL_RECORD_PERL_MODULES | EMUL_RECORD_PYTHON_MODULES)) == 0) return false;
  struct search search = {.index = index, .is_perl = (flags & EMUL_RECORD_PERL_MODULES) != 0};
  return search.is_perl ? has_fresh_perl_modules(&search, request) : has_fresh_python_modules(&search, request);
}
