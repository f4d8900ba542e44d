/**
 * Twin against emulated program for random arguments and inputs. Bounded, and the same at each run; another seed, or more
 * cases: `npm run fuzz:twins -- --seed 7 --cases 5000`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { fuzzTwins } from '../support/fuzz/run.ts';
import { TOOLS } from '../support/fuzz/tools.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';

const SEED = Number(process.env['QEMU_ACCEL_FUZZ_SEED'] ?? '1');
const CASES = Number(process.env['QEMU_ACCEL_FUZZ_CASES'] ?? '200');

let copy: RootCopy;

describeNeeding(['binfmt', 'qemu-aarch64'], 'random arguments and inputs', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot();
  });
  afterAll(() => copy.dispose());

  test(
    `seed ${String(SEED)}, ${String(CASES)} cases, ${String(TOOLS.length)} tools`,
    async () => {
      const failures = await fuzzTwins({ root: copy.root, seed: SEED, cases: CASES });
      expect(
        failures.map(({ number, tool, report }) => `case ${String(number)}, ${tool}: ${report}`).join('\n\n'),
      ).toBe('');
    },
    60 * 60 * 1000,
  );
});
