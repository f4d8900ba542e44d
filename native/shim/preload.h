/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_PRELOAD_H
#define SHIM_PRELOAD_H

/* Undoes, in place, what the dispatcher did to LD_PRELOAD. Calls nothing. */
void restore_preload(char **environment);

#endif
