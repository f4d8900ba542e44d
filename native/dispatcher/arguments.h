/* SPDX-License-Identifier: Apache-2.0
 *
 * Arguments by which a tool asks for what only the guest's own build knows. Such a call is emulated.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* `sets`: EMUL_RECORD_* of the record. argv ends with NULL. */
bool arguments_need_guest(char *const *argv, uint16_t sets);

#endif
