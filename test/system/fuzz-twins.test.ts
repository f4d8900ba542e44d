/**
 * Twin against emulated program for random arguments and inputs. Bounded, and the same at each run; another seed, or more
 * cases: `npm run fuzz:twins -- --seed 7 --cases 5000`.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCaptured } from '../../src/app/run.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { fuzzTwins } from '../support/fuzz/run.ts';
import { TOOLS } from '../support/fuzz/tools.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';

const SEED = Number(process.env['QEMU_ACCEL_FUZZ_SEED'] ?? '1');
const CASES = Number(process.env['QEMU_ACCEL_FUZZ_CASES'] ?? '200');

/** Rounds up or down by bits that x86's long double does not have, in a quarter of all cases. */
const HALVES = `for f in %.2f %+08.1f %.3g %-20a '% .30e' %f %#.2f %#g '%#+012.0f' %#.0e %#-12.0a %#.3G; do
  for x in 1.005 2.675 -0.125 0.1 1e4000 1e-4940 1e5000 inf -nan x "'a" 0; do printf "$f|" $x; printf -v y "$f" "$x"; echo "$y"; done
done
i=100; while ((i++ < 400)); do printf '%.3f ' 1.$i'5'; done
printf '%*.*f %s %.0f\n' 9 3 1.0005 b 2.5`;

let copy: RootCopy;

describeNeeding(['binfmt', 'qemu-aarch64'], 'random arguments and inputs', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot();
  });
  afterAll(() => copy.dispose());

  test('bash prints numbers as with the guest’s long double', async () => {
    const answer = (isEmulated: boolean) =>
      runCaptured({ root: copy.root, command: ['bash', '-c', HALVES], isEmulated });
    const [emulated, accelerated] = [await answer(true), await answer(false)];
    expect(accelerated).toEqual(emulated);
    expect(emulated.stdout).toMatch(/^1\.0[01]\|1\.0[01]\n/);
  }, 120_000);

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
