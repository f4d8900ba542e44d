/**
 * What people install: the npm tarball, with no registry to ask, and the Debian package, with the dependencies that apt
 * finds for it, in a clean root of the host's architecture.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostTransport } from '../../src/adapters/donor/apt-private.ts';
import { hostSourcesFor } from '../../src/adapters/donor/apt-sources.ts';
import { formatSources } from '../../src/core/apt-sources.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { cacheDir } from '../../src/os/fs.ts';
import { sha256OfFile } from '../../src/os/hash-file.ts';
import { toolVersion } from '../../src/os/project.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { testRoot } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const DIST = hostPath(`${import.meta.dirname}/../../scripts/dist`);
const NAMES = [`qemu-accel-${toolVersion()}.tgz`, `qemu-accel_${toolVersion()}_amd64.deb`] as const;

let temp: TempDir;

async function made(name: string): Promise<readonly [tarball: HostPath, deb: HostPath]> {
  const out = joinHost(temp.dir, name);
  await exec([DIST, out], { env: { SOURCE_DATE_EPOCH: '1700000000' } });
  return [joinHost(out, NAMES[0]), joinHost(out, NAMES[1])];
}

describeNeeding(
  ['root', 'dpkg', 'patchelf', 'qemu-aarch64', 'mmdebstrap', 'binfmt', 'mirror', 'lintian'],
  'installed',
  () => {
    let files: Awaited<ReturnType<typeof made>>;
    beforeAll(async () => {
      temp = await tempDir();
      files = await made('one');
    });
    afterAll(async () => {
      await exec(['rm', '-rf', '--one-file-system', temp.dir]);
    });

    test('two runs give the same bytes', async () => {
      const again = await made('two');
      expect(await Promise.all(again.map(sha256OfFile))).toEqual(await Promise.all(files.map(sha256OfFile)));
    });

    test('lintian finds nothing in the Debian package but what is meant, and its man page is a page', async () => {
      const { stdout } = await exec(['lintian', '--allow-root', '--fail-on=none', '-L', '>=info', files[1]]);
      expect(stdout.split('\n').filter((line) => /^[EW]:|unused-override/.test(line))).toEqual([]);
      const page = 'dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/share/man/man1/qemu-accel.1.gz | gzip -dc';
      expect((await exec(['sh', '-c', page, 'sh', files[1]])).stdout).toMatch(/^\.TH QEMU\\-ACCEL 1 /m);
    });

    test('from the tarball, without a registry: it makes twins', async () => {
      const prefix = joinHost(temp.dir, 'prefix');
      const npm = ['npm', 'install', '--offline', '--ignore-scripts', '--global', '--prefix', prefix] as const;
      await exec([...npm, files[0]], { env: { HOME: temp.dir, npm_config_cache: joinHost(temp.dir, 'npm-cache') } });
      const program = joinHost(prefix, 'bin/qemu-accel');
      const root = await testRoot();
      const { stdout } = await exec([program, 'install', root, '--pack', 'base', '--dry-run', '--json'], {
        env: { QEMU_ACCEL_CACHE: cacheDir() },
        timeoutMs: 5 * 60 * 1000,
      });
      const { accelerated } = JSON.parse(stdout) as { accelerated: number };
      expect(accelerated).toBeGreaterThan(100);
    });

    test('from the Debian package, in a clean root: apt brings what it needs, and doctor misses nothing', async () => {
      const root = joinHost(temp.dir, 'root');
      const sources = joinHost(temp.dir, 'trixie.sources');
      await fsp.writeFile(sources, formatSources(await hostSourcesFor('trixie'), []));
      const transport = (await hostTransport()).map((line) => `--aptopt='${line}'`);
      const { status, stdout, stderr } = await machine(`mmdebstrap --mode=root --variant=apt --arch=amd64 \\
      --aptopt='APT::Install-Recommends "0"' ${transport.join(' ')} --skip=check/qemu,chroot/mount/sys \\
      --customize-hook='copy-in ${files[1]} /tmp' \\
      --customize-hook='chroot "$1" apt-get --yes install /tmp/${NAMES[1]} >&2' trixie ${root} ${sources} || exit 9
      unset NODE_EXTRA_CA_CERTS
      chroot ${root} dpkg --audit && chroot ${root} qemu-accel --version && chroot ${root} qemu-accel doctor --json; true`);
      expect({ status, stdout, stderr }).toMatchObject({ status: 0, stdout: expect.any(String) as string });
      const [version, ...report] = stdout.split('\n');
      expect(version).toBe(toolVersion());
      const { checks } = JSON.parse(report.join('\n')) as { checks: { id: string; status: string }[] };
      const tools = checks.filter(({ id }) => id === 'qemu' || id === 'patchelf');
      expect(tools.map((check) => check.status)).toEqual(['ok', 'ok']);
    });
  },
);
