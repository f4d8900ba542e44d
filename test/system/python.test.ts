/**
 * python, emulated and by its twin: whatever it answers, loads and does must be the same, with modules that have a twin, were
 * compiled a moment ago, or came with a package after the tree was made.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install } from '../../src/app/install.ts';
import { PYTHON } from '../support/matrix/python.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { runBothSides, type Sides } from '../support/two-sides.ts';

let copy: RootCopy;
let library: TempDir;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-aarch64'], 'python', () => {
  beforeAll(async () => {
    copy = await copyOfRoot(await testRoot('trixie-arm64-builds'));
    library = await tempDir();
    const donor = process.env['QEMU_ACCEL_TEST_DONOR'];
    await install({ root: copy.root, ...(donor ? { donor } : {}) });
    sides = await runBothSides({ root: copy.root, snippets: PYTHON, library: library.dir });
  });
  afterAll(async () => {
    await sides.dispose();
    await library.dispose();
    await copy.dispose();
  });

  test.each(PYTHON)('$title', async (snippet) => {
    const { emulated, accelerated } = await sides.outcomes(snippet);
    expect(accelerated).toEqual(emulated);
    expect((await sides.files(snippet)).different).toEqual([]);
  });

  test('ran as a twin', async () => {
    const runs = (await sides.trace()).filter(({ path }) => /\/python3[^/]*$/.test(path));
    const count = (reason: string): number => runs.filter((run) => run.reason === reason).length;
    expect(count('twin')).toBeGreaterThan(40);
    expect(count('no-twin')).toBe(0);
  });
});
