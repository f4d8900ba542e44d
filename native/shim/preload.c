/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives the guest its own LD_PRELOAD back.
 *
 * The host's loader would be handed guest libraries, so the dispatcher writes LD_PRELOAD anew for a twin:
 *
 *     libfoo.so:/usr/lib/libbar.so  ->  /emul/usr/lib/libemul.so:libfoo.so:/emul/usr/lib/libbar.so
 *
 * By the time of the first initialiser the loader has used it. The value is then put back in place, in the string that
 * environ, getenv, /proc/self/environ and every child see. (LD_PRELOAD may be separated by spaces, too: the guest then
 * reads colons, which mean the same.)
 */
#include "preload.h"

#include "own.h"
#include "text.h"

#define SHIM_ENTRY OWN_LIBRARIES "/libemul.so:"

static void restore(char *value, const char *entries) {
  char *to = value;
  bool is_start = true;
  while (*entries != '\0') {
    if (is_start && is_in_tree(entries)) {
      entries += TREE_LENGTH;
    }
    is_start = *entries == ':';
    *to++ = *entries++;
  }
  while (to < entries) {
    *to++ = '\0'; /* the old value's tail would show in /proc/self/environ */
  }
}

void restore_preload(char **environment) {
  for (char **entry = environment; entry != NULL && *entry != NULL; entry++) {
    const char *value = text_after(*entry, "LD_PRELOAD=");
    const char *rest = value == NULL ? NULL : text_after(value, SHIM_ENTRY);
    if (rest != NULL) {
      restore(*entry + (value - *entry), rest);
    }
  }
}
