/* SPDX-License-Identifier: Apache-2.0
 *
 * perl's own way to the kernel: `syscall(NUMBER, ...)` and the numbers for it and for ioctl in *.ph files. These are the
 * guest's, and other machines have others. A program that uses them is emulated.
 */
#ifndef SHIM_PERL_H
#define SHIM_PERL_H

/* To be called before a file is opened for reading: goes back to emulation, where that is possible, for a *.ph file. */
void note_perl_header(const char *path);

#endif
