/* SPDX-License-Identifier: Apache-2.0
 *
 * A fuzz target is a libFuzzer one (`clang -fsanitize=fuzzer`) that also brings its seeds, so that fuzz_driver.c can run
 * it for a moment where there is only gcc.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

enum { FUZZ_INPUT_MAX = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
/* Writes seed number `which`, and returns its size; 0 when there are no more. */
size_t fuzz_seed(uint8_t *bytes, size_t capacity, unsigned which);
/* Makes checksums right again after a change. */
void fuzz_repair(uint8_t *bytes, size_t size);

#endif
