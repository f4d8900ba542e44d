/* SPDX-License-Identifier: Apache-2.0
 *
 * The library of test/integration/shim.test.ts. WHO tells its copies apart.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

const char *who(void);
void *open_for(const char *path);

const char *who(void) {
  return WHO;
}

void *open_for(const char *path) {
  return dlopen(path, RTLD_NOW);
}

/* What a library's own initialiser sees of LD_PRELOAD. */
static __attribute__((constructor)) void start(void) {
  const char *value = getenv("LD_PRELOAD");
  if (getenv("SHOW_EARLY") != NULL) {
    printf("early: %s\n", value == NULL ? "(none)" : value);
  }
}
