/** Two builds by the real compiler, made different one way at a time. */
import { chmod, cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compareTrees } from '../../src/adapters/compare/compare-trees.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { testDir } from '../support/temp.ts';

async function build(dir: HostPath): Promise<void> {
  await mkdir(dir);
  await writeFile(joinHost(dir, 'a.c'), 'int f(void) { return 7; }\n');
  await exec(['gcc', '-c', 'a.c', '-o', 'a.o'], { cwd: dir });
  await exec(['ar', 'rcD', 'liba.a', 'a.o'], { cwd: dir });
  await exec(['gcc', '-shared', 'a.o', '-o', 'liba.so'], { cwd: dir });
  await writeFile(joinHost(dir, 'config.log'), `at ${dir}\n`);
  await symlink('a.c', joinHost(dir, 'b.c'));
}

async function twoBuilds(): Promise<readonly [HostPath, HostPath]> {
  const dir = await testDir();
  const [left, right] = [joinHost(dir, 'left'), joinHost(dir, 'right')];
  await build(left);
  await build(right);
  return [left, right];
}

describeNeeding(['gcc'], 'comparing two builds', () => {
  test('the same build twice is identical, logs aside', async () => {
    const [left, right] = await twoBuilds();
    expect(await compareTrees(left, right)).toEqual({ identicalCompiled: 3, identicalOthers: 2, different: [] });
  });

  test('says which files differ in content, mode, kind or presence', async () => {
    const [left, right] = await twoBuilds();
    await writeFile(joinHost(right, 'a.c'), 'int f(void) { return 8; }\n');
    await exec(['gcc', '-c', 'a.c', '-o', 'a.o'], { cwd: right });
    await chmod(joinHost(right, 'liba.so'), 0o600);
    await rm(joinHost(left, 'b.c'));
    await cp(joinHost(left, 'a.c'), joinHost(left, 'b.c'));
    await mkdir(joinHost(left, 'sub'));
    await writeFile(joinHost(left, 'sub', 'only-here'), '');
    const { different } = await compareTrees(left, right);
    expect(different).toEqual(['a.c', 'a.o', 'b.c', 'liba.so', 'sub/only-here']);
  });

  test('a tree that is not there is an error that says so', async () => {
    const [left] = await twoBuilds();
    await expect(compareTrees(left, joinHost(left, 'nowhere'))).rejects.toMatchObject({ code: 'E_IO' });
  });
});
