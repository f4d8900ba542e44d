/**
 * The rpm packages of a build root's twins, looked at with rpm itself. What other formats share with them, and what a root does
 * with what is installed in it: pack.test.ts.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pack } from '../../src/app/pack.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { FAST, makePackBench, type PackBench } from '../support/pack-bench.ts';
import { makePackageRoot } from '../support/package-root.ts';
import { howDidRun, inCopy, relationsOf, stateOfTree, stdoutOf } from '../support/packages.ts';
import { copyOfRoot, testRoot } from '../support/roots.ts';

let bench: PackBench;

describeNeeding(['binfmt', 'qemu-aarch64', 'qemu-arm', 'rpmbuild', 'mirror'], 'rpm packages', () => {
  beforeAll(async () => {
    bench = await makePackBench();
  });
  afterAll(() => bench.dispose());

  test('rpm: whole, of the guest’s architecture, with the names that specs ask for and no others', async () => {
    const packages = await bench.packagesAs('rpm');
    expect(packages.map(({ name }) => name)).toEqual(['qemu-accel-aarch64', 'packers-accel-aarch64']);
    const [main, other] = packages.map(({ path }) => path) as [HostPath, HostPath];
    for (const path of [main, other]) {
      expect(await stdoutOf('rpm', '-K', '--nosignature', path)).toContain('digests OK');
      expect(await stdoutOf('rpm', '-qp', '--qf', '%{ARCH}', path)).toBe('aarch64');
    }
    // What rpm would find in the files by itself: sonames of the host, and that /bin/sh runs the scripts.
    const names = (...of: readonly string[]): string[] => of.map((name) => `${name} = 0.1.0-1`);
    expect(await relationsOf(main, 'provides')).toEqual(
      names('qemu-accel-aarch64', 'qemu-accel-aarch64-cross-aarch64', 'qemu-accel-x86_64-aarch64'),
    );
    expect(await relationsOf(other, 'provides')).toEqual(
      names('packers-accel-aarch64', 'packers-accel-aarch64-cross-aarch64'),
    );
    expect(await relationsOf(main, 'requires')).toEqual(['/bin/sh']);
    expect(await relationsOf(other, 'requires')).toEqual(['/bin/sh', ...names('qemu-accel-aarch64')]);
  });

  test('rpm: what is in it, and with which modes', async () => {
    const [main, other] = (await bench.packagesAs('rpm')).map(({ path }) => path) as [HostPath, HostPath];
    const what = '[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\n]';
    const files = await stdoutOf('rpm', '-qp', '--qf', what, main);
    expect(files).toContain('-rwxr-xr-x root:root /emul/usr/bin/[\n');
    expect(files).toContain('-rwxr-xr-x root:root /usr/bin/qemu-aarch64-binfmt\n');
    expect(files).toContain('-rw-r--r-- root:root /emul/index\n');
    expect(files).toContain('-rw-rw-rw- root:root /emul/trace\n');
    const unusual =
      /^(?!-rw-rw-rw- root:root \/emul\/trace$|(drwxr-xr-x|-rw[x-]r-[x-]r-[x-]|lrwxrwxrwx) root:root ).+$/m;
    expect(files).not.toMatch(unusual);
    expect(files).not.toMatch(/ \/usr(\/bin)?\n|build-id|liblzma/);
    const others = await stdoutOf('rpm', '-qp', '--qf', what, other);
    expect(others).toContain('/emul/usr/lib/liblzma.so.5\n');
    expect(others).not.toMatch(unusual);
    expect(others).not.toMatch(/libc\.so\.6|build-id/);
  });

  test('rpm: its scripts, run again, find nothing left to do', async () => {
    const packages = await bench.packagesAs('rpm');
    const copy = await copyOfRoot(bench.root);
    try {
      const how = ['--root', copy.root, '--nodeps', '--ignorearch', '--noscripts', '--install'];
      await exec(['rpm', ...how, ...packages.map(({ path }) => path)]);
      expect(await howDidRun(copy, 'sed --version', ['/usr/bin/sed'])).toEqual(['emulated']);
      const script = await stdoutOf('rpm', '-qp', '--qf', '%{POSTIN}', packages[0]?.path ?? '');
      await inCopy(copy, script);
      const state = await stateOfTree(copy);
      expect(await howDidRun(copy, 'sed --version', ['/usr/bin/sed'])).toEqual(['accelerated']);
      await inCopy(copy, script);
      expect(await stateOfTree(copy)).toBe(state);
      // Registering is `binfmt register`'s work, and the machine's administrator's.
      expect(await stdoutOf('rpm', '-qp', '--scripts', packages[0]?.path ?? '')).not.toContain('binfmt');
    } finally {
      await copy.dispose();
    }
  });

  test('rpm of a 32-bit guest, under the architecture name that Tizen uses', async () => {
    const packs = bench.mainPack;
    const out = joinHost(bench.dir, 'tizen');
    const armhf = joinHost(bench.dir, 'armhf');
    await fsp.mkdir(armhf);
    await makePackageRoot(await testRoot('armhf-tools'), armhf, ['base-files', 'coreutils', 'dash', 'sed']);
    const { packages } = await pack({ root: armhf, format: 'rpm', packs, out, rpmArch: 'armv7l', level: FAST });
    const [main] = packages;
    expect(main?.name).toBe('qemu-accel-armv7l');
    expect(await stdoutOf('rpm', '-qp', '--qf', '%{ARCH}', main?.path ?? '')).toBe('armv7l');
    const provides = (await stdoutOf('rpm', '-qp', '--provides', main?.path ?? '')).split('\n');
    expect(provides).toContain('qemu-accel-armv7l-cross-arm = 0.1.0-1');
    expect(provides).toContain('qemu-accel-armv7hl = 0.1.0-1');
  });

  test('an architecture that the guest’s rpm packages do not have', async () => {
    const out = joinHost(bench.dir, 'none');
    await expect(pack({ root: bench.root, format: 'rpm', out, rpmArch: 'armv7l' })).rejects.toMatchObject({
      code: 'E_USAGE',
    });
  });
});
