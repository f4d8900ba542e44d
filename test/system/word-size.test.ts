/**
 * A 32-bit guest: whatever shows the size of a machine word is answered as under emulation, by 32-bit twins where the kernel
 * runs such programs, and under emulation where it does not, or where the guest's programs keep times in 64 bits.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inspectRoot } from '../../src/adapters/buildroot/inspect.ts';
import { audit } from '../../src/app/audit.ts';
import { explain } from '../../src/app/explain.ts';
import { install } from '../../src/app/install.ts';
import { DEFAULT_PACKS, OPTIONAL_PACKS } from '../../src/core/default-packs.ts';
import { hostPath, inRoot, guestPath } from '../../src/core/paths.ts';
import { exists } from '../../src/os/fs.ts';
import { LONG_TIMES, WORD_SIZE } from '../support/matrix/word-size.ts';
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
    await install({ root: copy.root, packs: [...DEFAULT_PACKS, ...OPTIONAL_PACKS] });
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

  test('after 2038 they are right, too: perl and python are twins only where their times are the guest’s', async () => {
    const { binaries } = await inspectRoot(copy.root);
    const hasLongTimes = binaries.some((binary) => binary.path === '/usr/bin/perl' && binary.hasLongTimes);
    const kind = hasLongTimes ? { kind: 'emulated', reason: '32-bit-times' } : { kind: 'accelerated' };
    await install({ root: copy.root });
    for (const command of ['perl', 'python3']) {
      expect(await explain({ root: copy.root, command })).toMatchObject(kind);
    }
    expect(await exists(inRoot(copy.root, guestPath('/emul/usr/lib32')))).toBe(!hasLongTimes);
    expect((await audit({ root: copy.root, onProgress: () => undefined })).findings).toEqual([]);
    const later = await runBothSides({ root: copy.root, snippets: LONG_TIMES, library: SOURCES });
    try {
      for (const snippet of LONG_TIMES) await expectSameAnswers(later, snippet);
    } finally {
      await later.dispose();
    }
  });

  test('on a kernel without 32-bit programs it is emulated, and nothing 32-bit stays in the tree', async () => {
    await install({ root: copy.root, runs32Bit: false });
    const found = await explain({ root: copy.root, command: 'perl' });
    expect(found).toMatchObject({ kind: 'emulated', reason: 'no-32-bit-kernel' });
    expect(await exists(inRoot(copy.root, guestPath('/emul/usr/lib32')))).toBe(false);
    expect(await explain({ root: copy.root, command: 'bash' })).toMatchObject({ kind: 'accelerated' });
  });
});
