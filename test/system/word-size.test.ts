/**
 * A 32-bit guest: whatever shows the size of a machine word is answered as under emulation, by 32-bit twins where the kernel
 * runs such programs, and under emulation where it does not.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explain } from '../../src/app/explain.ts';
import { install } from '../../src/app/install.ts';
import { hostPath, inRoot, guestPath } from '../../src/core/paths.ts';
import { exists } from '../../src/os/fs.ts';
import { WORD_SIZE } from '../support/matrix/word-size.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';
import { expectSameAnswers } from '../support/same-answers.ts';
import { runBothSides, type Sides } from '../support/two-sides.ts';

const SOURCES = hostPath(`${import.meta.dirname}/../support/sources`);

let copy: RootCopy;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-arm', '32-bit'], 'a 32-bit guest', () => {
  beforeAll(async () => {
    copy = await copyOfRoot(await testRoot('armhf-tools'));
    await install({ root: copy.root });
    sides = await runBothSides({ root: copy.root, snippets: WORD_SIZE, library: SOURCES });
  });
  afterAll(async () => {
    await sides.dispose();
    await copy.dispose();
  });

  test.each(WORD_SIZE)('$title', (snippet) => expectSameAnswers(sides, snippet));

  test('perl and python ran as 32-bit twins', async () => {
    const twins = (await sides.trace()).filter(({ how }) => how === 'accelerated').map(({ path }) => path);
    expect(twins).toEqual(
      expect.arrayContaining(['/usr/bin/perl', '/usr/bin/python3', '/usr/bin/bash', '/usr/bin/expr']),
    );
    expect(await explain({ root: copy.root, command: 'perl' })).toMatchObject({ twin: { host: 'i386' } });
    expect(await explain({ root: copy.root, command: 'bash' })).toMatchObject({ twin: { host: 'amd64' } });
  });

  test('on a kernel without 32-bit programs it is emulated, and nothing 32-bit stays in the tree', async () => {
    await install({ root: copy.root, runs32Bit: false });
    const found = await explain({ root: copy.root, command: 'perl' });
    expect(found).toMatchObject({ kind: 'emulated', reason: 'no-32-bit-kernel' });
    expect(await exists(inRoot(copy.root, guestPath('/emul/usr/lib32')))).toBe(false);
    expect(await explain({ root: copy.root, command: 'bash' })).toMatchObject({ kind: 'accelerated' });
  });
});
