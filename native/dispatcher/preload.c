/* SPDX-License-Identifier: Apache-2.0 */
#include "preload.h"

#include "../include/emul_index.h"
#include "sys.h"

#define SHIM EMUL_TREE "/usr/lib/libemul.so"
#define PRELOAD "LD_PRELOAD="

/* ld.so(8): entries are separated by colons or spaces. */
static bool is_separator(char byte) {
  return byte == ':' || byte == ' ';
}

static size_t entry_length(const char *entry) {
  size_t length = 0;
  while (entry[length] != '\0' && !is_separator(entry[length])) length++;
  return length;
}

static char **find_variable(char **envp, const char *name_and_equals) {
  for (; *envp != NULL; envp++) {
    if (text_starts_with(*envp, name_and_equals)) return envp;
  }
  return NULL;
}

static void unmap(char *value) {
  char *to = value;
  char *from = value + text_length(SHIM);
  while (*from != '\0') {
    from++; /* the separator */
    if (text_starts_with(from, EMUL_TREE "/")) from += text_length(EMUL_TREE);
    if (to != value) *to++ = ':';
    for (size_t length = entry_length(from); length > 0; length--) *to++ = *from++;
  }
  *to = '\0';
}

void preload_unmap(char **envp) {
  char **slot = find_variable(envp, PRELOAD);
  if (slot == NULL) return;
  char *value = *slot + text_length(PRELOAD);
  if (!text_starts_with(value, SHIM) || entry_length(value) != text_length(SHIM)) return;
  unmap(value);
  if (*value != '\0') return;
  /* Only the shim was in it: the guest never had the variable. */
  for (; *slot != NULL; slot++) slot[0] = slot[1];
}

static bool is_there(const char *directory, const char *name, size_t size) {
  char bytes[TEXT_PATH_MAX];
  struct text path = text_in(bytes, sizeof bytes);
  text_add(&path, directory);
  text_add_bytes(&path, name, size);
  return !path.is_cut && sys_access(path.bytes, SYS_F_OK) == 0;
}

/* Adds one entry, mapped, to `out`. False where it has no twin; at a path there is none for a 32-bit program. */
static bool map_entry(const char *entry, size_t size, bool is_32bit, bool *is_path, struct text *out) {
  *is_path = false;
  for (size_t i = 0; i < size; i++) *is_path = *is_path || entry[i] == '/';
  text_add(out, ":");
  if (*is_path) text_add(out, EMUL_TREE);
  text_add_bytes(out, entry, size);
  /* `$LIB` and the like mean other things to the two loaders, `..` would lead out of the tree, and a relative path is
   * relative to a directory that has no twin. */
  if (entry[0] == '.' || text_has_dot_dot(entry, size) || (*is_path && entry[0] != '/')) return false;
  if (is_32bit) return !*is_path && is_there(EMUL_LIBRARIES_32 "/", entry, size);
  return is_there(*is_path ? EMUL_TREE : EMUL_LIBRARIES "/", entry, size);
}

static enum preload_result map_value(const char *value, bool is_32bit, struct text *out) {
  bool has_path = false;
  text_add(out, PRELOAD SHIM);
  while (*value != '\0') {
    size_t size = entry_length(value);
    bool is_path = false;
    if (size > 0 && !map_entry(value, size, is_32bit, &is_path, out)) return PRELOAD_NO_TWIN;
    has_path = has_path || is_path;
    value += size;
    if (*value != '\0') value++;
  }
  if (!has_path) return PRELOAD_AS_IS;
  return out->is_cut || sys_access(SHIM, SYS_F_OK) != 0 ? PRELOAD_NO_TWIN : PRELOAD_MAPPED;
}

/* These ask or watch the loader (ld.so(8)): a twin's would tell of the libraries below /emul, on this machine. */
static bool asks_loader(char **envp) {
  static const char questions[][26] = {"LD_AUDIT=", "LD_DEBUG=", "LD_PROFILE=", "LD_SHOW_AUXV=",
                                       "LD_TRACE_LOADED_OBJECTS="};
  for (; *envp != NULL; envp++) {
    if (!text_starts_with(*envp, "LD_")) continue;
    for (unsigned i = 0; i < sizeof questions / sizeof questions[0]; i++) {
      if (text_starts_with(*envp, questions[i])) return true;
    }
  }
  return false;
}

enum preload_result preload_map(char **envp, bool is_32bit, char ***slot, struct text *out) {
  if (asks_loader(envp)) return PRELOAD_NO_TWIN;
  *slot = find_variable(envp, PRELOAD);
  if (*slot == NULL) return PRELOAD_AS_IS;
  if (find_variable(*slot + 1, PRELOAD) != NULL) return PRELOAD_NO_TWIN;
  return map_value(**slot + text_length(PRELOAD), is_32bit, out);
}
