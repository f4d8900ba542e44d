/** The compilers' twins write what the emulated ones write, to the last byte. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostPath } from '../../src/core/paths.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { OBJECTS } from '../support/matrix/objects.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { runBothSides, type Sides } from '../support/two-sides.ts';

const SOURCES = hostPath(`${import.meta.dirname}/../support/sources`);

let copy: RootCopy;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-aarch64'], 'compilers', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot();
    sides = await runBothSides({ root: copy.root, snippets: OBJECTS, library: SOURCES });
  });
  afterAll(async () => {
    await sides.dispose();
    await copy.dispose();
  });

  test.each(OBJECTS)('$title', async (snippet) => {
    const { emulated, accelerated } = await sides.outcomes(snippet);
    expect(accelerated).toEqual(emulated);
    expect(accelerated.status).toBe('0');
    const { different, identicalCompiled } = await sides.files(snippet);
    expect(different).toEqual([]);
    expect(identicalCompiled).toBeGreaterThan(0);
  });

  test('ran as twins', async () => {
    const twins = (await sides.trace()).filter(({ how }) => how === 'accelerated').map(({ path }) => path);
    const names = new Set(twins.map((path) => path.split('/').at(-1)));
    expect([...names]).toEqual(
      expect.arrayContaining(['cc1', 'cc1plus', 'as', 'collect2', 'ld', 'lto1', 'ar', 'strip']),
    );
  });
});
