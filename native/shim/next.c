/* SPDX-License-Identifier: Apache-2.0
 *
 * Symbol lookup in the loader's list of objects (link.h): `_r_debug`, which debuggers read, leads to a link_map for each
 * object, and each object's dynamic section to its DT_GNU_HASH table:
 *
 *   bucket count | first hashed symbol | bloom word count | bloom shift | bloom words | buckets | chains
 *
 * A chain holds the hashes of consecutive symbols; the last one of a bucket has its lowest bit set.
 */
#include "next.h"

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#define VERSION_HIDDEN 0x8000u

/* A word of the file's class. */
typedef ElfW(Addr) bloom_word;
enum { BLOOM_BITS = 8 * sizeof(bloom_word) };

extern struct r_debug _r_debug_of_loader __asm__("_r_debug");

struct tables {
  const uint32_t *hash;
  const ElfW(Sym) *symbols;
  const char *strings;
  const uint16_t *versions;
};

/* The loader adds an object's base to these addresses when it can write there: not in the vdso. */
static const void *table_at(const struct link_map *object, ElfW(Addr) address) {
  return (const void *)(address < object->l_addr ? address + object->l_addr : address);
}

static struct tables tables_of(const struct link_map *object) {
  struct tables found = {NULL, NULL, NULL, NULL};
  for (const ElfW(Dyn) *entry = object->l_ld; entry->d_tag != DT_NULL; entry++) {
    const void *table = table_at(object, entry->d_un.d_ptr);
    switch (entry->d_tag) {
    case DT_GNU_HASH: found.hash = table; break;
    case DT_SYMTAB: found.symbols = table; break;
    case DT_STRTAB: found.strings = table; break;
    case DT_VERSYM: found.versions = table; break;
    default: break;
    }
  }
  return found;
}

static uint32_t gnu_hash(const char *name) {
  uint32_t hash = 5381;
  for (; *name != '\0'; name++) {
    hash = hash * 33 + (uint8_t)*name;
  }
  return hash;
}

static bool text_same(const char *a, const char *b) {
  const char *rest = text_after(a, b);
  return rest != NULL && *rest == '\0';
}

/* The same in both classes (ELF32_ST_TYPE). */
static unsigned symbol_type(const ElfW(Sym) *symbol) {
  return symbol->st_info & 15u;
}

/* Of several versions of a name, the default one: the others are there for programs that were linked long ago. */
static bool is_wanted(const struct tables *tables, uint32_t index, const char *name) {
  const ElfW(Sym) *symbol = &tables->symbols[index];
  return symbol->st_shndx != SHN_UNDEF && symbol_type(symbol) == STT_FUNC &&
         (tables->versions == NULL || (tables->versions[index] & VERSION_HIDDEN) == 0) &&
         text_same(tables->strings + symbol->st_name, name);
}

static void *find_in(const struct link_map *object, const char *name, uint32_t hash) {
  const struct tables tables = tables_of(object);
  if (tables.hash == NULL || tables.symbols == NULL || tables.strings == NULL || tables.hash[0] == 0) {
    return NULL;
  }
  const uint32_t bucket_count = tables.hash[0];
  const uint32_t first = tables.hash[1];
  const bloom_word *bloom = (const bloom_word *)(tables.hash + 4);
  const uint32_t *buckets = (const uint32_t *)(bloom + tables.hash[2]);
  const uint32_t *chains = buckets + bucket_count;
  const bloom_word word = bloom[hash / BLOOM_BITS & (tables.hash[2] - 1)];
  if ((word >> hash % BLOOM_BITS & word >> (hash >> tables.hash[3]) % BLOOM_BITS & 1) == 0) {
    return NULL;
  }
  for (uint32_t index = buckets[hash % bucket_count]; index >= first; index++) {
    const uint32_t entry = chains[index - first];
    if ((entry | 1) == (hash | 1) && is_wanted(&tables, index, name)) {
      return (void *)(object->l_addr + tables.symbols[index].st_value);
    }
    if ((entry & 1) != 0) {
      return NULL;
    }
  }
  return NULL;
}

void *find_next(const char *name) {
  const uint32_t hash = gnu_hash(name);
  bool is_after = false;
  for (const struct link_map *object = _r_debug_of_loader.r_map; object != NULL; object = object->l_next) {
    void *found = is_after ? find_in(object, name, hash) : NULL;
    if (found != NULL) {
      return found;
    }
    is_after = is_after || object->l_ld == _DYNAMIC;
  }
  return NULL;
}

void *find_in_program(const char *function) {
  return find_in(_r_debug_of_loader.r_map, function, gnu_hash(function));
}

/* Where an object is mapped from its first byte on, which is so for all but programs at a fixed address. */
static struct object_range range_of(const struct link_map *object) {
  const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)object->l_addr;
  const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(object->l_addr + header->e_phoff);
  struct object_range range = {object->l_addr, 0};
  for (uint32_t i = 0; i < header->e_phnum; i++) {
    const uintptr_t end = object->l_addr + segments[i].p_vaddr + segments[i].p_memsz;
    if (segments[i].p_type == PT_LOAD && end > range.end) {
      range.end = end;
    }
  }
  return range;
}

struct object_range find_object(const char *function) {
  const uint32_t hash = gnu_hash(function);
  for (const struct link_map *object = _r_debug_of_loader.r_map; object != NULL; object = object->l_next) {
    if (object->l_addr != 0 && find_in(object, function, hash) != NULL) {
      return range_of(object);
    }
  }
  return (struct object_range){0, 0};
}
