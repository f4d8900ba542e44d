/* SPDX-License-Identifier: Apache-2.0
 *
 * What the process is: a twin of the host's own architecture, or of its 32-bit one.
 */
#ifndef SHIM_OWN_H
#define SHIM_OWN_H

#include <elf.h>

#include "emul_index.h"

#ifdef __x86_64__
#define OWN_MACHINE EM_X86_64
#define OWN_CLASS ELFCLASS64
#define OWN_LIBRARIES EMUL_LIBRARIES
#else
#define OWN_MACHINE EM_386
#define OWN_CLASS ELFCLASS32
#define OWN_LIBRARIES EMUL_LIBRARIES_32
#endif

#endif
