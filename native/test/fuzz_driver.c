/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs a fuzz target on mutated seeds: `fuzz_x [runs] [first random seed]`. The same arguments give the same inputs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static uint64_t state;

/* xorshift64*: Marsaglia, "Xorshift RNGs", 2003. */
static uint32_t random_below(uint32_t limit) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)((state * 0x2545f4914f6cdd1du) >> 33) % limit;
}

static uint8_t interesting_byte(void) {
  static const uint8_t bytes[] = {0, 1, 4, 7, 8, 0x7f, 0x80, 0xff};
  return random_below(2) == 0 ? bytes[random_below(sizeof bytes)] : (uint8_t)random_below(256);
}

static size_t mutate(uint8_t *bytes, size_t size) {
  for (uint32_t changes = 1 + random_below(6); changes > 0 && size > 0; changes--) {
    uint32_t at = random_below((uint32_t)size);
    switch (random_below(8)) {
    case 0: size = at; break;
    case 1: memset(bytes + at, interesting_byte(), size - at < 8 ? size - at : 8); break;
    case 2: bytes[at] ^= (uint8_t)(1u << random_below(8)); break;
    default: bytes[size < 128 || random_below(2) == 0 ? at : random_below(128)] = interesting_byte(); break;
    }
  }
  return size;
}

int main(int argc, char **argv) {
  unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
  state = argc > 2 ? strtoull(argv[2], NULL, 10) | 1 : 1;
  static uint8_t seed[FUZZ_INPUT_MAX], input[FUZZ_INPUT_MAX];
  unsigned seeds = 0;
  while (fuzz_seed(seed, sizeof seed, seeds) > 0) seeds++;
  for (unsigned long run = 0; run < runs; run++) {
    size_t size = fuzz_seed(input, sizeof input, random_below(seeds));
    size = mutate(input, size);
    if (random_below(4) != 0) fuzz_repair(input, size);
    LLVMFuzzerTestOneInput(input, size);
  }
  printf("ok 1 - %s %lu inputs\n1..1\n", argv[0], runs);
  return 0;
}
