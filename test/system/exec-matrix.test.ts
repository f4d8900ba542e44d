/**
 * The exec matrix: every way to start a program, and every question that a program answers about itself, in the real build
 * root. Whatever comes out emulated must come out accelerated.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, test } from 'vitest';
import { inRoot, guestPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { acceleratedRoot, compileInRoot } from '../support/accelerated-root.ts';
import { IDENTITY } from '../support/matrix/identity.ts';
import { NAMES } from '../support/matrix/names.ts';
import { PROCESSES } from '../support/matrix/processes.ts';
import { ROOTS } from '../support/matrix/roots.ts';
import { TOOLS } from '../support/matrix/tools.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { makeSandboxRoot } from '../support/sandbox-root.ts';
import { expectSameAnswers, expectTwins } from '../support/same-answers.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { runBothSides, type Sides } from '../support/two-sides.ts';

const TABLES = { names: NAMES, processes: PROCESSES, 'roots and libraries': ROOTS, 'who am I': IDENTITY, tools: TOOLS };
/** Programs that the matrix starts and that must have run as twins: without this, a broken tree would pass it all. */
const TWINS =
  'bash dash sed ls uname gcc g++ ld make dpkg iconv apt-get nm msgfmt m4 file gawk pkgconf bison ' +
  'flex zstd tar sort bc';

let library: TempDir;
let copy: RootCopy;
let sides: Sides;

describeNeeding(['binfmt', 'qemu-aarch64', 'gcc'], 'the exec matrix', () => {
  beforeAll(async () => {
    copy = await acceleratedRoot();
    library = await tempDir();
    await fillLibrary(copy.root, library.dir);
    await fsp.link(inRoot(copy.root, guestPath('/usr/bin/sed')), inRoot(copy.root, guestPath('/var/hard-linked')));
    sides = await runBothSides({ root: copy.root, snippets: Object.values(TABLES).flat(), library: library.dir });
  });
  afterAll(async () => {
    await sides.dispose();
    await library.dispose();
    await copy.dispose();
  });

  for (const [table, snippets] of Object.entries(TABLES)) {
    test.each(snippets)(`${table}: $title`, (snippet) => expectSameAnswers(sides, snippet));
  }

  test('ran as twins', async () => {
    await expectTwins(sides, TWINS.split(' '));
  });
});

async function fillLibrary(root: HostPath, into: HostPath): Promise<void> {
  await compileInRoot(root, into, {
    'guest-probe': ['-O1', 'guest-probe.c'],
    'guest-preload.so': ['-O1', '-shared', '-fPIC', 'guest-preload.c'],
  });
  const inner = joinHost(into, 'inner');
  await fsp.mkdir(inner);
  await makeSandboxRoot(inner);
  // A program of the host whose loader a build root does not have.
  await exec(['gcc', '-x', 'c', '-', '-o', joinHost(into, 'host-dynamic')], { input: 'int main(void) { return 0; }' });
  await fsp.chmod(into, 0o755);
}
