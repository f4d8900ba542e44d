/* SPDX-License-Identifier: Apache-2.0
 *
 * The C side of test/integration/index-layout.test.ts.
 *
 *     index-layout layout            what the compiler makes of emul_index.h and reason.h, as JSON
 *     index-layout find INDEX        for each line of stdin, `id <hex>` or `path <size> <path>`: the twin, or `-`;
 *                                    for `id <hex> <path>`, the twin for the file of that path
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../native/dispatcher/index.h"
#include "../../../native/dispatcher/reason.h"

#define HEADER(name, field) printf("    \"%s\": %zu,\n", name, offsetof(struct emul_header, field))
#define RECORD(name, field) printf("    \"%s\": %zu,\n", name, offsetof(struct emul_record, field))

static int print_layout(void) {
  printf("{ \"magic\": \"%.7s\\n\", \"version\": %u, \"headerSizeBytes\": %zu, \"recordSizeBytes\": %zu,\n", EMUL_MAGIC,
         EMUL_VERSION, sizeof(struct emul_header), sizeof(struct emul_record));
  printf("  \"keyMaxBytes\": %u, \"twinMaxBytes\": %u, \"emulatorBytes\": %u, \"headerFlags\": { \"trace\": %u },\n", EMUL_KEY_MAX,
         EMUL_TWIN_MAX, EMUL_EMULATOR_SIZE, EMUL_HEADER_TRACE);
  printf("  \"keyKind\": { \"none\": %u, \"buildId\": %u, \"path\": %u }, \"recordFlags\": ",
         EMUL_KEY_NONE, EMUL_KEY_BUILD_ID, EMUL_KEY_PATH);
  printf("{ \"cpu-native\": %u, \"offload\": %u, \"own-checksum\": %u, \"links\": %u, ", EMUL_RECORD_CPU_NATIVE,
         EMUL_RECORD_OFFLOAD, EMUL_RECORD_OWN_CHECKSUM, EMUL_RECORD_LINKS);
  printf("\"libraries\": %u, \"sanitize\": %u, ", EMUL_RECORD_LIBRARIES, EMUL_RECORD_SANITIZE);
  printf("\"perl-modules\": %u, \"python-modules\": %u, \"own-path\": %u, ", EMUL_RECORD_PERL_MODULES,
         EMUL_RECORD_PYTHON_MODULES, EMUL_RECORD_OWN_PATH);
  printf("\"own-build\": %u, \"general-numeric\": %u, ", EMUL_RECORD_OWN_BUILD, EMUL_RECORD_GENERAL_NUMERIC);
  printf("\"unsigned-format\": %u },\n", EMUL_RECORD_UNSIGNED_FORMAT);
  printf("  \"record32Bit\": %u,\n", EMUL_RECORD_32BIT);
  printf("  \"header\": {\n");
  HEADER("version", version);
  HEADER("flags", flags);
  HEADER("slotCount", slot_count);
  HEADER("maxProbe", max_probe);
  HEADER("recordCount", record_count);
  HEADER("guestMachine", guest_machine);
  HEADER("guestClass", guest_class);
  HEADER("guestData", guest_data);
  HEADER("fileSize", file_size);
  HEADER("fastPauth", fast_pauth);
  printf("    \"sum\": %zu },\n  \"record\": {\n", offsetof(struct emul_header, sum));
  RECORD("key", key);
  RECORD("keySize", key_size);
  RECORD("keyKind", key_kind);
  RECORD("flags", flags);
  RECORD("twinSize", twin_size);
  RECORD("reserved", reserved);
  RECORD("twin", twin);
  RECORD("guestSize", guest_size);
  printf("    \"sum\": %zu },\n  \"reasons\": [", offsetof(struct emul_record, sum));
  for (int reason = REASON_TWIN; reason <= REASON_ROLLED_BACK; reason++) {
    printf("%s\"%s\"", reason == REASON_TWIN ? "" : ", ", reason_word((enum reason)reason));
  }
  printf("] }\n");
  return 0;
}

static struct index_key parse_key(char *line) {
  if (strncmp(line, "path ", 5) == 0) {
    char *path = NULL;
    uint64_t size = strtoull(line + 5, &path, 10);
    return index_path_key(path + 1, size);
  }
  struct elf_id id = {0};
  for (char *hex = line + 3; hex[0] != '\0' && hex[1] != '\0' && id.build_id_size < EMUL_KEY_MAX; hex += 2) {
    char byte[3] = {hex[0], hex[1], '\0'};
    id.build_id[id.build_id_size++] = (uint8_t)strtoul(byte, NULL, 16);
  }
  return index_build_id_key(&id);
}

static int find_each(const char *path) {
  int fd = open(path, O_RDONLY);
  struct emul_header header;
  if (index_open(fd, &header) != INDEX_FOUND) return 1;
  char line[8192];
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    char *own_path = strncmp(line, "id ", 3) == 0 ? strchr(line + 3, ' ') : NULL;
    if (own_path != NULL) *own_path++ = '\0';
    struct index_key key = parse_key(line);
    struct emul_record record;
    enum index_result result = own_path != NULL ? index_find_path(fd, &header, &key, own_path, &record)
                                                : index_find(fd, &header, &key, &record);
    puts(result == INDEX_FOUND ? record.twin : result == INDEX_NOT_FOUND ? "-" : "bad");
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "layout") == 0) return print_layout();
  if (argc == 3 && strcmp(argv[1], "find") == 0) return find_each(argv[2]);
  return 2;
}
