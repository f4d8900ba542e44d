/**
 * Packages of a build root's twins, made and installed with the real tools: two runs give the same bytes, the names that
 * build descriptions use resolve, and a root is accelerated by what is installed in it and emulated where nothing is.
 *
 * Two small packs and a small root: the whole set differs in nothing but size, and is what takes the time.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../../src/app/audit.ts';
import { pack, type Packed, type PackFormat } from '../../src/app/pack.ts';
import { packTarget } from '../../src/app/pack-target.ts';
import { runCaptured } from '../../src/app/run.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { cacheDir } from '../../src/os/fs.ts';
import { sha256OfFile } from '../../src/os/hash-file.ts';
import { buildIdOf } from '../support/guest-root.ts';
import { describeNeeding } from '../support/needs.ts';
import { makePackageRoot } from '../support/package-root.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { readTraceFile } from '../support/two-sides.ts';

const MAIN_PACK = `
name = "small"
about = "a few programs"
ships-in = "qemu-accel"
[[programs]]
packages = ["sed", "dash"]
[[programs]]
packages = ["coreutils"]
paths = ["/usr/bin/[[]"]
`;
/** A root that configures itself: what dpkg needs. */
const SMALL = ['base-files', 'base-passwd', 'coreutils', 'dash', 'diffutils', 'dpkg', 'libc-bin', 'mawk', 'sed', 'tar'];
const OTHER_PACK = `
name = "packers"
about = "a packer with a library of its own"
[[programs]]
packages = ["xz-utils"]
`;

/** Of compression: less than people get, and a minute less. */
const LEVEL = 1;

let temp: TempDir;
let root: HostPath;

async function packed(format: PackFormat, name: string): Promise<Packed> {
  const packs = [joinHost(temp.dir, 'small.toml'), joinHost(temp.dir, 'packers.toml')];
  return pack({ root, format, packs, out: joinHost(temp.dir, name), level: LEVEL });
}

async function stdoutOf(...argv: [string, ...string[]]): Promise<string> {
  return (await exec(argv)).stdout;
}

async function twiceTheSame(format: PackFormat): Promise<Packed> {
  const [one, two] = [await packed(format, `${format}-1`), await packed(format, `${format}-2`)];
  const sums = (of: Packed): Promise<string[]> => Promise.all(of.packages.map(({ path }) => sha256OfFile(path)));
  expect(await sums(two)).toEqual(await sums(one));
  return one;
}

describeNeeding(['binfmt', 'qemu-aarch64', 'qemu-arm', 'rpmbuild', 'lintian', 'umoci', 'mirror'], 'packages', () => {
  beforeAll(async () => {
    temp = await tempDir();
    root = joinHost(temp.dir, 'root');
    await fsp.mkdir(root, { mode: 0o755 });
    await makePackageRoot(await testRoot(), root, [...SMALL, 'xz-utils']);
    await fsp.writeFile(joinHost(temp.dir, 'small.toml'), MAIN_PACK);
    await fsp.writeFile(joinHost(temp.dir, 'packers.toml'), OTHER_PACK);
  });
  afterAll(async () => {
    await exec(['rm', '-rf', '--one-file-system', temp.dir]);
  });

  test('rpm: names, requirements, modes, times', async () => {
    const { packages } = await twiceTheSame('rpm');
    expect(packages.map(({ name }) => name)).toEqual(['qemu-accel-aarch64', 'packers-accel-aarch64']);
    const [main, other] = packages.map(({ path }) => path) as [HostPath, HostPath];
    expect(await stdoutOf('rpm', '-K', '--nosignature', main)).toContain('digests OK');
    expect(await stdoutOf('rpm', '-qp', '--qf', '%{ARCH}', main)).toBe('aarch64');
    expect((await stdoutOf('rpm', '-qp', '--provides', other)).split('\n')).toContain(
      'packers-accel-aarch64-cross-aarch64 = 0.1.0-1',
    );
    expect(await stdoutOf('rpm', '-qp', '--provides', main)).toContain('qemu-accel-x86_64-aarch64 = 0.1.0-1');
    expect(await stdoutOf('rpm', '-qp', '--requires', other)).toContain('qemu-accel-aarch64 = 0.1.0-1');
    expect(await stdoutOf('rpm', '-qp', '--scripts', main)).not.toContain('binfmt');
    const files = await stdoutOf('rpm', '-qp', '--qf', '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]', main);
    expect(files).toContain('-rwxr-xr-x root /emul/usr/bin/[\n');
    expect(files).toContain('-rwxr-xr-x root /usr/bin/qemu-aarch64-binfmt\n');
    expect(files).toContain('-rw-rw-rw- root /emul/trace\n');
    expect(files).not.toMatch(/ \/usr(\/bin)?\n|build-id|liblzma/);
    const others = await stdoutOf('rpm', '-qpl', other);
    expect(others).toContain('/emul/usr/lib/liblzma.so.5\n');
    expect(others).not.toContain('libc.so.6');
  });

  test('deb: installed by dpkg, its programs run natively, and without the package emulated', async () => {
    const { packages } = await twiceTheSame('deb');
    expect(await complaintsOfLintian(packages.map(({ path }) => path))).toEqual([]);
    const copy = await copyOfRoot(root);
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
    const { packages } = await twiceTheSame('tar');
    const copy = await copyOfRoot(root);
    try {
      for (const { path } of packages) await exec(['tar', '-C', copy.root, '-xf', path]);
      expect(await howDidRun(copy, 'xz --version', ['/usr/bin/xz'])).toEqual(['accelerated']);
    } finally {
      await copy.dispose();
    }
  });

  test('in a root with another build of a program it is emulated, and audit tells', async () => {
    const { packages } = await packed('tar', 'elsewhere');
    const copy = await copyOfRoot(root);
    try {
      const xz = joinHost(copy.root, 'usr/bin/xz');
      const other = await fsp.readFile(xz);
      const id = Buffer.from(await buildIdOf(xz), 'hex');
      other.writeUInt8((id[0] ?? 0) ^ 0xff, other.indexOf(id));
      await fsp.writeFile(xz, other);
      for (const { path } of packages) await exec(['tar', '-C', copy.root, '-xf', path]);
      expect(await howDidRun(copy, 'xz --version; sed --version', ['/usr/bin/xz', '/usr/bin/sed'])).toEqual([
        'emulated',
        'accelerated',
      ]);
      const { findings } = await audit({ root: copy.root, onProgress: () => undefined });
      expect(findings.filter(({ check }) => check === 'explained')).toEqual([
        { check: 'explained', path: '/usr/bin/xz', what: expect.stringContaining('another build') as string },
      ]);
    } finally {
      await copy.dispose();
    }
  });

  test('oci: an image that another tool unpacks', async () => {
    await twiceTheSame('oci');
    // Not only the layers: the index, the manifests and the configurations as well.
    await exec(['diff', '--recursive', joinHost(temp.dir, 'oci-1'), joinHost(temp.dir, 'oci-2')]);
    const image = `${joinHost(temp.dir, 'oci-1')}:latest`;
    const bundle = joinHost(temp.dir, 'bundle');
    await exec(['umoci', 'unpack', '--image', image, bundle]);
    const copy = { root: joinHost(bundle, 'rootfs') };
    expect(await howDidRun(copy, 'xz --version', ['/usr/bin/xz'])).toEqual(['accelerated']);
  });

  test('an image layout is not written over another', async () => {
    await fsp.mkdir(joinHost(temp.dir, 'taken/blobs'), { recursive: true });
    await expect(packed('oci', 'taken')).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('rpm of a 32-bit guest, under the architecture name that Tizen uses', async () => {
    const packs = [joinHost(temp.dir, 'small.toml')];
    const out = joinHost(temp.dir, 'tizen');
    const armhf = joinHost(temp.dir, 'armhf');
    await fsp.mkdir(armhf);
    await makePackageRoot(await testRoot('armhf-tools'), armhf, ['base-files', 'coreutils', 'dash', 'sed']);
    const { packages } = await pack({ root: armhf, format: 'rpm', packs, out, rpmArch: 'armv7l', level: LEVEL });
    const [main] = packages;
    expect(main?.name).toBe('qemu-accel-armv7l');
    expect(await stdoutOf('rpm', '-qp', '--qf', '%{ARCH}', main?.path ?? '')).toBe('armv7l');
    const provides = (await stdoutOf('rpm', '-qp', '--provides', main?.path ?? '')).split('\n');
    expect(provides).toContain('qemu-accel-armv7l-cross-arm = 0.1.0-1');
    expect(provides).toContain('qemu-accel-armv7hl = 0.1.0-1');
  });

  test('without a build root: of the distribution’s packages', async () => {
    const packs = [joinHost(temp.dir, 'small.toml')];
    const what = { suite: 'trixie', arch: guestArch('arm64'), variant: 'custom', include: SMALL };
    const { packages } = await packTarget({
      ...what,
      format: 'tar',
      packs,
      out: joinHost(temp.dir, 'target'),
      level: LEVEL,
    });
    expect(packages.map(({ name }) => name)).toEqual([expect.stringMatching(/^qemu-accel-aarch64-/)]);
    const names = (await stdoutOf('tar', '-tf', packages[0]?.path ?? '')).split('\n');
    expect(names).toEqual(expect.arrayContaining(['./emul/index', './emul/usr/bin/sed', './usr/bin/qemu-aarch64']));
    expect(await fsp.readdir(joinHost(cacheDir(), 'tmp'))).not.toContainEqual(expect.stringMatching(/^target-/));
  });

  test('an architecture that the guest’s rpm packages do not have', async () => {
    const out = joinHost(temp.dir, 'none');
    await expect(pack({ root, format: 'rpm', out, rpmArch: 'armv7l' })).rejects.toMatchObject({ code: 'E_USAGE' });
  });
});

/** Its errors and warnings, but for those that the packages say are meant. */
async function complaintsOfLintian(files: readonly HostPath[]): Promise<string[]> {
  const { stdout } = await exec(['lintian', '--allow-root', '--fail-on=none', ...files], { okStatuses: [0, 1, 2] });
  return stdout.split('\n').filter((line) => /^[EW]:/.test(line));
}

async function inCopy({ root: where }: Pick<RootCopy, 'root'>, script: string): Promise<{ stdout: string }> {
  const { status, stdout, stderr } = await runCaptured({ root: where, command: ['sh', '-c', script] });
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return { stdout };
}

async function howDidRun(
  { root: where }: Pick<RootCopy, 'root'>,
  script: string,
  programs: readonly string[],
): Promise<(string | undefined)[]> {
  const trace = joinHost(temp.dir, 'trace.tsv');
  await fsp.rm(trace, { force: true });
  const { status } = await runCaptured({ root: where, command: ['sh', '-c', script], trace });
  expect(status).toBe(0);
  const records = await readTraceFile(trace);
  return programs.map((program) => records.filter(({ path }) => path === program).at(-1)?.how);
}
