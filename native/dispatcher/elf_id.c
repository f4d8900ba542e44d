/* SPDX-License-Identifier: Apache-2.0
 *
 * ELF: "Tool Interface Standard, Executable and Linking Format 1.2" and its 64-bit revision; notes: elf(5).
 */
#include "elf_id.h"

#include <linux/elf.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys.h"

/* Real programs have some ten program headers and two to four notes; more is somebody's joke, and costs time. */
enum { PHDRS_MAX = 256, NOTES_MAX = 64, NOTE_GNU_BUILD_ID = 3, WINDOW_SIZE = 4096 };

/* The part of the file that was read last. */
struct window {
  int fd;
  uint64_t start;
  uint64_t size;
  uint8_t bytes[WINDOW_SIZE];
};

/* Where the fields are that we read, in bytes. Addresses, offsets and sizes are `word` bytes wide. */
struct layout {
  uint8_t word, header_size, phoff, phentsize, phnum;
  uint8_t phdr_size, p_offset, p_filesz, p_align;
};

static const struct layout LAYOUT_32 = {.word = 4, .header_size = 52, .phoff = 28, .phentsize = 42, .phnum = 44,
                                        .phdr_size = 32, .p_offset = 4, .p_filesz = 16, .p_align = 28};
static const struct layout LAYOUT_64 = {.word = 8, .header_size = 64, .phoff = 32, .phentsize = 54, .phnum = 56,
                                        .phdr_size = 56, .p_offset = 8, .p_filesz = 32, .p_align = 48};

/* `size` bytes of the file at `offset`, or NULL where the file does not have them. Valid until the next call. */
static const uint8_t *view(struct window *window, uint64_t offset, uint64_t size) {
  if (size > WINDOW_SIZE || offset > INT64_MAX - WINDOW_SIZE) return NULL;
  bool is_inside = offset >= window->start && offset - window->start <= window->size;
  if (!is_inside || window->size - (offset - window->start) < size) {
    long got = sys_pread(window->fd, window->bytes, WINDOW_SIZE, offset);
    window->start = offset;
    window->size = got > 0 ? (uint64_t)got : 0;
    if (window->size < size) return NULL;
  }
  return window->bytes + (offset - window->start);
}

static uint64_t number(const uint8_t *bytes, unsigned size, uint8_t data) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; i++) value = value << 8 | bytes[data == ELFDATA2MSB ? i : size - 1 - i];
  return value;
}

static uint64_t padded(uint64_t size, uint64_t align) {
  return (size + align - 1) & ~(align - 1);
}

/* Looks for the build-id in one PT_NOTE segment. The kernel's rule for padding: 8 where p_align is 8, else 4. */
static void find_in_notes(struct window *window, uint64_t at, uint64_t size, uint64_t align, struct elf_id *out) {
  for (unsigned count = 0; count < NOTES_MAX && size >= 12; count++) {
    const uint8_t *note = view(window, at, 12);
    if (note == NULL) return;
    uint64_t name_size = number(note, 4, out->data);
    uint64_t value_size = number(note + 4, 4, out->data);
    uint64_t type = number(note + 8, 4, out->data);
    uint64_t value_at = padded(12 + name_size, align);
    uint64_t next = value_at + padded(value_size, align);
    if (value_at + value_size > size) return;
    if (type == NOTE_GNU_BUILD_ID && name_size == 4 && value_size >= 8 && value_size <= EMUL_KEY_MAX) {
      const uint8_t *whole = view(window, at, value_at + value_size);
      if (whole == NULL) return;
      if (whole[12] == 'G' && whole[13] == 'N' && whole[14] == 'U' && whole[15] == 0) {
        for (uint64_t i = 0; i < value_size; i++) out->build_id[i] = whole[value_at + i];
        out->build_id_size = (uint8_t)value_size;
        return;
      }
    }
    if (next > size) return;
    at += next;
    size -= next;
  }
}

static enum elf_result read_phdrs(struct window *window, const struct layout *layout, struct elf_id *out) {
  const uint8_t *header = view(window, 0, layout->header_size);
  if (header == NULL) return ELF_BAD;
  uint64_t phoff = number(header + layout->phoff, layout->word, out->data);
  uint64_t count = number(header + layout->phnum, 2, out->data);
  if (number(header + layout->phentsize, 2, out->data) != layout->phdr_size) return ELF_BAD;
  if (count == 0 || count > PHDRS_MAX || phoff > INT64_MAX) return ELF_BAD;
  for (uint64_t i = 0; i < count && out->build_id_size == 0; i++) {
    const uint8_t *phdr = view(window, phoff + i * layout->phdr_size, layout->phdr_size);
    if (phdr == NULL) return ELF_BAD;
    if (number(phdr, 4, out->data) != PT_NOTE) continue;
    uint64_t at = number(phdr + layout->p_offset, layout->word, out->data);
    uint64_t size = number(phdr + layout->p_filesz, layout->word, out->data);
    uint64_t align = number(phdr + layout->p_align, layout->word, out->data);
    if (at > INT64_MAX || size > INT64_MAX - at) return ELF_BAD;
    find_in_notes(window, at, size, align == 8 ? 8 : 4, out);
  }
  return ELF_OK;
}

enum elf_result elf_identify(int fd, struct elf_id *out) {
  struct window window; /* not initialised as a whole: that would touch 4 KiB for nothing */
  window.fd = fd;
  window.start = 0;
  window.size = 0;
  *out = (struct elf_id){0};
  const uint8_t *ident = view(&window, 0, EI_NIDENT + 4);
  if (ident == NULL || ident[0] != 0x7f || ident[1] != 'E' || ident[2] != 'L' || ident[3] != 'F') return ELF_BAD;
  out->class = ident[EI_CLASS];
  out->data = ident[EI_DATA];
  if (out->class != ELFCLASS32 && out->class != ELFCLASS64) return ELF_BAD;
  if (out->data != ELFDATA2LSB && out->data != ELFDATA2MSB) return ELF_BAD;
  out->machine = (uint16_t)number(ident + EI_NIDENT + 2, 2, out->data);
  return read_phdrs(&window, out->class == ELFCLASS64 ? &LAYOUT_64 : &LAYOUT_32, out);
}
