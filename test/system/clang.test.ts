/** clang's twins answer and write what the emulated ones do. */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { CLANG } from '../support/matrix/clang.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { expectSameAnswers, expectTwins } from '../support/same-answers.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { runBothSides, type Sides } from '../support/two-sides.ts';

let library: TempDir;
let copy: RootCopy;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-aarch64'], 'clang', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot('trixie-arm64-builds');
    library = await tempDir();
    await fsp.chmod(library.dir, 0o755);
    sides = await runBothSides({ root: copy.root, snippets: CLANG, library: library.dir });
  });
  afterAll(async () => {
    await sides.dispose();
    await library.dispose();
    await copy.dispose();
  });

  test.each(CLANG)('$title', (snippet) => expectSameAnswers(sides, snippet));

  test('ran as twins', () => expectTwins(sides, ['clang', 'clang++', 'ld.lld']));

  test('asked for the CPU that it runs on, it is emulated', async () => {
    const emulated = (await sides.trace()).filter(({ how }) => how === 'emulated').map(({ path }) => path);
    expect(emulated).toContain('/usr/bin/clang');
  });
});
