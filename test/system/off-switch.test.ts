/** `rm -rf /emul` in the middle of a parallel build: the build goes on emulated, and makes the same objects. */
import { promises as fsp } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareTrees } from '../../src/adapters/compare/compare-trees.ts';
import type { SandboxResult } from '../../src/adapters/sandbox/launch.ts';
import { install } from '../../src/app/install.ts';
import { runCaptured } from '../../src/app/run.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exists } from '../../src/os/fs.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

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
