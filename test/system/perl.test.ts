/**
 * perl, emulated and by its twin: whatever it answers, loads and does must be the same, with modules that have a twin, were
 * compiled a moment ago, or came with a package after the tree was made.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { install } from '../../src/app/install.ts';
import { refresh } from '../../src/app/refresh.ts';
import { runCaptured } from '../../src/app/run.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { PERL } from '../support/matrix/perl.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';
import { expectSameAnswers } from '../support/same-answers.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { readTraceFile, runBothSides, type Sides } from '../support/two-sides.ts';

const LATE_MODULE = 'auto/Digest/SHA/SHA.so';
const DIGEST = `perl -MDigest::SHA=sha1_hex -e 'print sha1_hex("abc")'`;

const MAKE_FRESH = `cd /mnt && h2xs -A -n Fresh >/dev/null 2>&1 && cd Fresh && cat >Fresh.xs <<'END'
#include "EXTERN.h"
#include "perl.h"
#include "XSUB.h"
MODULE = Fresh PACKAGE = Fresh
int
answer()
CODE:
  RETVAL = 42;
OUTPUT: RETVAL
END
perl Makefile.PL && make && chmod -R a+rwX /mnt`;

let copy: RootCopy;
let library: TempDir;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-aarch64'], 'perl', () => {
  beforeAll(async () => {
    copy = await rootWithLateModule();
    library = await tempDir();
    await runOk(['sh', '-ec', MAKE_FRESH], [`${library.dir}:/mnt`]);
    sides = await runBothSides({ root: copy.root, snippets: PERL, library: library.dir });
  });
  afterAll(async () => {
    await sides.dispose();
    await library.dispose();
    await copy.dispose();
  });

  test.each(PERL)('$title', (snippet) => expectSameAnswers(sides, snippet));

  test('ran as a twin, and was emulated where its modules asked for it', async () => {
    const runs = (await sides.trace()).filter(({ path }) => path === '/usr/bin/perl');
    const count = (reason: string): number => runs.filter((run) => run.reason === reason).length;
    expect(count('twin')).toBeGreaterThan(100);
    expect(count('modules')).toBeGreaterThan(3);
    expect(count('rolled-back')).toBeGreaterThan(3);
    expect(count('no-twin')).toBe(0);
  });

  test('ran as the twin of each of its names, and was emulated as a copy', async () => {
    const runs = await sides.trace();
    const reasons = (name: RegExp): Set<string> =>
      new Set(runs.filter(({ path }) => name.test(path)).map(({ reason }) => reason));
    expect(reasons(/perl5\.[0-9.]+$/)).toEqual(new Set(['twin']));
    expect(reasons(/\/copy$/)).toEqual(new Set(['no-twin']));
  });

  test('a module that came later has a twin after refresh', async () => {
    expect(await reasonsOf(DIGEST)).toEqual(['twin', 'rolled-back']);
    await refresh({ root: copy.root });
    expect(await reasonsOf(DIGEST)).toEqual(['twin']);
  });

  test('a module that was replaced after the tree was made is not taken for the old one', async () => {
    const path = await lateModule(copy.root);
    await fsp.appendFile(path, 'x');
    expect(await reasonsOf(DIGEST)).toEqual(['twin', 'rolled-back']);
  });
});

/** Made without that module, which then is there: as if a package had brought it. */
async function rootWithLateModule(): Promise<RootCopy> {
  const made = await copyOfRoot(await testRoot());
  try {
    const path = await lateModule(made.root);
    await fsp.rename(path, joinHost(made.root, 'late'));
    const donor = process.env['QEMU_ACCEL_TEST_DONOR'];
    await install({ root: made.root, packs: ['base', 'toolchain', 'perl'], ...(donor ? { donor } : {}) });
    await fsp.rename(joinHost(made.root, 'late'), path);
    return made;
  } catch (error) {
    await made.dispose();
    throw error;
  }
}

async function lateModule(root: HostPath): Promise<HostPath> {
  const { stdout } = await exec(['find', joinHost(root, 'usr/lib'), '-path', `*/perl/*/${LATE_MODULE}`]);
  return stdout.trim() as HostPath;
}

async function runOk(command: readonly string[], binds: readonly string[] = []): Promise<string> {
  const { status, stdout, stderr } = await runCaptured({ root: copy.root, command, binds });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  return stdout;
}

/** Why the dispatcher and the shim did with perl what they did. */
async function reasonsOf(script: string): Promise<string[]> {
  const trace = joinHost(library.dir, 'trace');
  const { stdout } = await runCaptured({ root: copy.root, command: ['sh', '-c', script], trace });
  expect(stdout).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  return (await readTraceFile(trace)).filter(({ path }) => path === '/usr/bin/perl').map(({ reason }) => reason);
}
