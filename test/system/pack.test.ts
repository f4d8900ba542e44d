/**
 * Packages of a build root's twins, made and installed with the real tools: two runs give the same bytes, and a root is
 * accelerated by what is installed in it and emulated where nothing is. What rpm says of its packages: pack-rpm.test.ts.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/app/audit.ts';
import { stagePackages } from '../../src/app/pack-stage.ts';
import { packTarget } from '../../src/app/pack-target.ts';
import { withFinishedTree } from '../../src/app/tree/finish-tree.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { cacheDir } from '../../src/os/fs.ts';
import { buildIdOf } from '../support/guest-root.ts';
import { describeNeeding } from '../support/needs.ts';
import { FAST, makePackBench, SMALL, type PackBench } from '../support/pack-bench.ts';
import { complaintsOfLintian, howDidRun, inCopy, stateOfTree, stdoutOf } from '../support/packages.ts';
import { copyOfRoot, testRoot } from '../support/roots.ts';

let bench: PackBench;

describeNeeding(['binfmt', 'qemu-aarch64', 'lintian', 'umoci', 'mirror'], 'packages', () => {
  beforeAll(async () => {
    bench = await makePackBench();
  });
  afterAll(() => bench.dispose());

  test('deb: installed by dpkg, its programs run natively, and without the package emulated', async () => {
    const packages = await bench.packagesAs('deb');
    expect(await stdoutOf('dpkg-deb', '-f', packages[1]?.path ?? '', 'Provides', 'Depends')).toBe(
      'Provides: packers-accel-aarch64 (= 0.1.0-1)\nDepends: qemu-accel-arm64 (= 0.1.0-1)\n',
    );
    expect(await complaintsOfLintian(packages.map(({ path }) => path))).toEqual([]);
    const copy = await copyOfRoot(bench.root);
    try {
      for (const { path } of packages)
        await fsp.copyFile(path, joinHost(copy.root, 'tmp', path.split('/').at(-1) ?? ''));
      await exec([
        'dpkg',
        '--root',
        copy.root,
        '--force-architecture',
        '--no-triggers',
        '--unpack',
        ...packages.map(({ path }) => path),
      ]);
      expect((await inCopy(copy, 'dpkg --configure -a && dpkg --verify qemu-accel-arm64')).stdout).not.toMatch(
        /^\?\?5/m,
      );
      const state = await stateOfTree(copy);
      await inCopy(copy, 'sh /var/lib/dpkg/info/qemu-accel-arm64.postinst configure');
      expect(await stateOfTree(copy)).toBe(state);
      expect(await howDidRun(copy, 'xz --version; sed --version', ['/usr/bin/xz', '/usr/bin/sed'])).toEqual([
        'accelerated',
        'accelerated',
      ]);
      await inCopy(copy, 'dpkg --purge packers-accel-arm64');
      expect(await howDidRun(copy, 'xz --version; sed --version', ['/usr/bin/xz', '/usr/bin/sed'])).toEqual([
        'emulated',
        'accelerated',
      ]);
      await inCopy(copy, 'dpkg --purge qemu-accel-arm64');
      expect(await fsp.readdir(copy.root)).not.toContain('emul');
    } finally {
      await copy.dispose();
    }
  });

  test('tar: unpacked over a root', async () => {
    const packages = await bench.packagesAs('tar');
    const copy = await copyOfRoot(bench.root);
    try {
      for (const { path } of packages) await exec(['tar', '-C', copy.root, '-xf', path]);
      expect(await howDidRun(copy, 'xz --version', ['/usr/bin/xz'])).toEqual(['accelerated']);
    } finally {
      await copy.dispose();
    }
  });

  test('in a root with other builds of the programs they are emulated, which are the root’s own, and audit tells', async () => {
    const copy = await copyOfRoot(bench.root);
    try {
      const rebuilt = async (path: string): Promise<void> => {
        const file = joinHost(copy.root, path);
        const other = await fsp.readFile(file);
        const id = Buffer.from(await buildIdOf(file), 'hex');
        other.writeUInt8((id[0] ?? 0) ^ 0xff, other.indexOf(id));
        const name = other.indexOf('(XZ Utils)');
        if (name >= 0) other.write('(XZ Other)', name);
        await fsp.writeFile(file, other);
      };
      await rebuilt('/usr/bin/xz');
      for (const { path } of await bench.packagesAs('tar')) await exec(['tar', '-C', copy.root, '-xf', path]);
      const script = 'xz --version; sed --version';
      expect(await howDidRun(copy, script, ['/usr/bin/xz', '/usr/bin/sed'])).toEqual(['emulated', 'accelerated']);
      expect((await inCopy(copy, script)).stdout).toMatch(/^xz \(XZ Other\).*^sed \(GNU sed\)/ms);
      const programs = ['/usr/bin/[', '/usr/bin/sed', '/usr/bin/xz'];
      for (const path of programs.slice(0, 2)) await rebuilt(path);
      expect(await howDidRun(copy, `${script}; '/usr/bin/[' 1 ]`, programs)).toEqual([
        'emulated',
        'emulated',
        'emulated',
      ]);
      const { findings } = await audit({ root: copy.root, onProgress: () => undefined });
      expect(findings.filter(({ check }) => check === 'explained')).toEqual(
        programs.map((path) => ({
          check: 'explained',
          path,
          what: expect.stringContaining('another build') as string,
        })),
      );
    } finally {
      await copy.dispose();
    }
  });

  test('oci: the layers alone, and an image that another tool unpacks', async () => {
    await bench.packagesAs('oci');
    // Not only the layers: the index, the manifests and the configurations as well.
    await exec(['diff', '--recursive', joinHost(bench.dir, 'oci-1'), joinHost(bench.dir, 'oci-2')]);
    const layout = joinHost(bench.dir, 'oci-1');
    expect(await stdoutOf('umoci', 'list', '--layout', layout)).toBe('accel\nlatest\n');
    const layers = async (image: string): Promise<number> => {
      const { history } = JSON.parse(await stdoutOf('umoci', 'stat', '--json', '--image', image)) as { history: [] };
      return history.length;
    };
    expect([await layers(`${layout}:accel`), await layers(`${layout}:latest`)]).toEqual([2, 3]);
    const image = `${layout}:latest`;
    const bundle = joinHost(bench.dir, 'bundle');
    await exec(['umoci', 'unpack', '--image', image, bundle]);
    const copy = { root: joinHost(bundle, 'rootfs') };
    expect(await howDidRun(copy, 'xz --version', ['/usr/bin/xz'])).toEqual(['accelerated']);
  });

  test('base and toolchain of a whole root: no more than people are told', async () => {
    // Of these packs as of all: what others need beside them is theirs, or the libraries' own package.
    const request = { root: await testRoot(), packs: ['base', 'toolchain'] };
    await withFinishedTree(request, async (tree) => {
      const dir = joinHost(bench.dir, 'whole');
      await fsp.mkdir(dir);
      const staged = await stagePackages(tree, { dir, release: '1' });
      expect(staged.map(({ family }) => family)).toEqual(['qemu-accel']);
      expect(staged[0]?.installedBytes).toBeLessThan(180 * 2 ** 20);
      expect(await fsp.readdir(joinHost(dir, 'qemu-accel/emul/usr/bin'))).not.toContain('who');
    });
    await fsp.rm(joinHost(bench.dir, 'whole'), { recursive: true });
  });

  test('an image layout is not written over another', async () => {
    await fsp.mkdir(joinHost(bench.dir, 'taken/blobs'), { recursive: true });
    await expect(bench.packed('oci', 'taken')).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('without a build root: of the distribution’s packages', async () => {
    const packs = bench.mainPack;
    const what = { suite: 'trixie', arch: guestArch('arm64'), variant: 'custom', include: SMALL };
    const { packages } = await packTarget({
      ...what,
      format: 'tar',
      packs,
      out: joinHost(bench.dir, 'target'),
      level: FAST,
    });
    expect(packages.map(({ name }) => name)).toEqual([expect.stringMatching(/^qemu-accel-aarch64-/)]);
    const names = (await stdoutOf('tar', '-tf', packages[0]?.path ?? '')).split('\n');
    expect(names).toEqual(expect.arrayContaining(['./emul/index', './emul/usr/bin/sed', './usr/bin/qemu-aarch64']));
    expect(await fsp.readdir(joinHost(cacheDir(), 'tmp'))).not.toContainEqual(expect.stringMatching(/^target-/));
  });
});
