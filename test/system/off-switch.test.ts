/** `rm -rf /emul` in the middle of a parallel build: the build goes on emulated, and makes the same objects. */
import { promises as fsp } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareTrees } from '../../src/adapters/compare/compare-trees.ts';
import type { SandboxResult } from '../../src/adapters/sandbox/launch.ts';
import { TREE_MTIME_S } from '../../src/adapters/emul/tree.ts';
import { HOSTS } from '../../src/core/host.ts';
import { install } from '../../src/app/install.ts';
import { runCaptured } from '../../src/app/run.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exists } from '../../src/os/fs.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { readTraceFile } from '../support/two-sides.ts';

/** Where an ELF header names the machine. */
const E_MACHINE = 18;
const SOURCES = 32;
const MAKEFILE = `OBJECTS := $(patsubst %.c,%.o,$(sort $(wildcard *.c)))
liball.a: $(OBJECTS)
	ar crD $@ $(OBJECTS)
%.o: %.c
	gcc -O2 -c $< -o $@
`;
/** So many objects are there when the tree goes: each is another place in the build. */
const MOMENTS = [2, 8, 14, 20];

describeNeeding(['binfmt', 'qemu-aarch64'], 'the off switch', () => {
  let copy: RootCopy;
  let temp: TempDir;

  beforeAll(async () => {
    [copy, temp] = [await acceleratedRoot(), await tempDir()];
    const dir = await project('whole');
    const { status } = await build(dir);
    expect(status).toBe(0);
  });
  afterAll(async () => {
    await copy.dispose();
    await temp.dispose();
  });

  test.each(['taken away', 'empty', 'of another machine'])(
    'a library that is %s while its twin starts',
    async (how) => {
      await install({ root: copy.root });
      await damage(how);
      const trace = joinHost(temp.dir, 'trace');
      const command = ['bash', '-c', 'exec -a name ls -d /usr/. "/no such"'];
      const { status, stdout, stderr } = await runCaptured({ root: copy.root, command, trace });
      expect({ status, stdout }).toEqual({ status: 2, stdout: '/usr/.\n' });
      expect(stderr).toBe("name: cannot access '/no such': No such file or directory\n");
      const runs = (await readTraceFile(trace)).filter(({ path }) => path === '/usr/bin/ls');
      expect(runs.map(({ reason }) => reason)).toEqual(['twin', 'twin-failed']);
      expect(runs[1]?.pid).toBe(runs[0]?.pid);
    },
  );

  test('in a loop of short programs', async () => {
    await install({ root: copy.root });
    const script = `end=$((SECONDS + 3)); while [ $SECONDS -lt $end ]; do ls -d /usr >/dev/null || echo broken; done`;
    const running = runCaptured({ root: copy.root, command: ['bash', '-c', `(${script}) & (${script}) & wait`] });
    await sleep(1500);
    await fsp.rm(inRoot(copy.root, guestPath('/emul')), { recursive: true });
    expect(await running).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  test.each(MOMENTS)('after %i of so many objects of make -j', async (objects) => {
    await install({ root: copy.root });
    const dir = await project(`cut-${String(objects)}`);
    const building = build(dir);
    while ((await fsp.readdir(dir)).filter((name) => name.endsWith('.o')).length < objects) await sleep(2);
    expect(await exists(joinHost(dir, 'liball.a'))).toBe(false);
    await fsp.rm(inRoot(copy.root, guestPath('/emul')), { recursive: true });
    const { status, stderr } = await building;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect((await compareTrees(joinHost(temp.dir, 'whole'), dir)).different).toEqual([]);
  });

  /** Of a library that `ls` needs; the dispatcher is not to notice it. */
  async function damage(how: string): Promise<void> {
    const libraries = inRoot(copy.root, HOSTS.amd64.libraryDir);
    const library = joinHost(libraries, 'libselinux.so.1');
    const content = await fsp.readFile(library);
    await fsp.rm(library);
    if (how === 'empty') await fsp.writeFile(library, '');
    if (how === 'of another machine') {
      content.writeUInt16LE(183, E_MACHINE);
      await fsp.writeFile(library, content);
    }
    await fsp.utimes(libraries, TREE_MTIME_S, TREE_MTIME_S);
  }

  async function project(name: string): Promise<HostPath> {
    const dir = joinHost(temp.dir, name);
    await fsp.mkdir(dir);
    await fsp.writeFile(joinHost(dir, 'Makefile'), MAKEFILE);
    for (let i = 0; i < SOURCES; i++) {
      const source = `int f${String(i)}(int x) { for (int i = 0; i < x; i++) x ^= i * ${String(i)}; return x; }\n`;
      await fsp.writeFile(joinHost(dir, `f${String(i)}.c`), source);
    }
    return dir;
  }

  function build(dir: HostPath): Promise<SandboxResult> {
    const command = ['make', '--silent', '-j2', '-C', '/mnt'];
    return runCaptured({ root: copy.root, command, binds: [`${dir}:/mnt`] });
  }
});
