/**
 * Real bootstraps from the system's own mirror, of a small variant. The hooks run bin/qemu-accel, so the checkout must
 * have been built.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareTrees } from '../../src/adapters/compare/compare-trees.ts';
import { bootstrap, type BootstrapOptions } from '../../src/app/bootstrap.ts';
import type { Progress } from '../../src/app/progress.ts';
import { runCaptured } from '../../src/app/run.ts';
import { guestArch } from '../../src/core/arch.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { exists } from '../../src/os/fs.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { asOrdinaryUser, USER } from '../support/user.ts';

const BIN = hostPath(`${import.meta.dirname}/../../bin/qemu-accel`);
const NEEDS = ['mmdebstrap', 'binfmt', 'qemu-aarch64', 'mirror', 'dpkg', 'patchelf'] as const;
const ORDINARY_TIMEOUT_MS = 15 * 60 * 1000;

let temp: TempDir;
beforeAll(async () => {
  temp = await tempDir();
  // For the ordinary user, who has a directory of his own below.
  await fsp.chmod(temp.dir, 0o755);
});
afterAll(async () => {
  await exec(['rm', '-rf', '--one-file-system', temp.dir]);
});

function small(name: string, more: Partial<BootstrapOptions> = {}): BootstrapOptions {
  return { suite: 'trixie', arch: guestArch('arm64'), dir: joinHost(temp.dir, name), variant: 'essential', ...more };
}

/** Programs of the half-made root, and mounts in it. */
async function leftBehind(dir: HostPath): Promise<string> {
  const mounts = await fsp.readFile('/proc/self/mountinfo', 'utf8');
  const { stdout } = await exec(['pgrep', '--full', '--list-full', '^mmdebstrap|/bin/mmdebstrap'], {
    okStatuses: [0, 1],
  });
  return [...mounts.split('\n'), ...stdout.split('\n')].filter((line) => line.includes(dir)).join('\n');
}

describeNeeding([...NEEDS, 'root'], 'bootstrap as root', () => {
  const events: Progress[] = [];
  let root: HostPath;

  beforeAll(async () => {
    root = joinHost(temp.dir, 'accelerated');
    await bootstrap(small('accelerated', { onProgress: (event) => events.push(event) }));
  });

  test('the root is whole, and dpkg is content with it', async () => {
    const command = ['/bin/sh', '-c', 'uname -m; dpkg --print-architecture; dpkg --audit; dpkg --verify'];
    const { status, stdout } = await runCaptured({ root, command });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'aarch64\narm64\n' });
  });

  test('its programs are accelerated', async () => {
    const trace = joinHost(temp.dir, 'trace');
    await runCaptured({ root, command: ['/bin/sh', '-c', 'ls / > /dev/null'], trace });
    const lines = (await fsp.readFile(trace, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => line.split('\t')[0])).toEqual(['A', 'A']);
  });

  test('the emul tree was put in before the first maintainer script, and refreshed after the last', () => {
    const titles = events.flatMap((event) => (event.kind === 'phase' ? [event.title] : []));
    const order = ['putting the emul tree in', 'configuring the essential packages', 'refreshing the emul tree'];
    expect(titles.filter((title) => order.includes(title))).toEqual(order);
  });

  test('nothing of the work is left: no sibling, no mount, no configuration of this machine', async () => {
    expect((await fsp.readdir(temp.dir)).filter((name) => name.startsWith('.accelerated'))).toEqual([]);
    expect(await leftBehind(root)).toBe('');
    expect(await exists(joinHost(root, 'etc/apt/apt.conf.d/99mmdebstrap'))).toBe(false);
    const sources = await fsp.readFile(joinHost(root, 'etc/apt/sources.list.d/0000trixie.sources'), 'utf8');
    expect(sources).toMatch(/^Suites: trixie/m);
    expect(sources).not.toMatch(/bookworm/);
  });

  test('every file outside /emul is what an emulated bootstrap makes', async () => {
    await bootstrap(small('emulated', { isAccelerated: false }));
    for (const path of ['emul', 'usr/bin/qemu-aarch64', 'usr/bin/qemu-aarch64-binfmt']) {
      await fsp.rm(joinHost(root, path), { recursive: true });
    }
    const { different } = await compareTrees(root, joinHost(temp.dir, 'emulated'));
    expect(different).toEqual([]);
  });
});

describeNeeding([...NEEDS, 'root'], 'a bootstrap that cannot be', () => {
  const isEmpty = async (): Promise<boolean> =>
    (await fsp.readdir(temp.dir)).every((name) => !name.includes('failing'));

  test('a directory that is not empty', async () => {
    await fsp.mkdir(joinHost(temp.dir, 'full'));
    await fsp.writeFile(joinHost(temp.dir, 'full/precious'), '');
    await expect(bootstrap(small('full'))).rejects.toMatchObject({ code: 'E_USAGE', exitCode: 2 });
    expect(await fsp.readdir(joinHost(temp.dir, 'full'))).toEqual(['precious']);
  });

  test('a suite that is none', async () => {
    await expect(bootstrap(small('failing', { suite: '--help' }))).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(bootstrap(small('failing', { suite: 'nonesuch' }))).rejects.toMatchObject({
      code: 'E_DOWNLOAD',
      what: expect.stringContaining('nonesuch') as string,
    });
    expect(await isEmpty()).toBe(true);
  });

  test('a package that is none', async () => {
    const include = ['no-such-package-anywhere'];
    await expect(bootstrap(small('failing', { include }))).rejects.toMatchObject({
      code: 'E_USAGE',
      what: expect.stringContaining('no-such-package-anywhere') as string,
    });
    expect(await isEmpty()).toBe(true);
  });

  test('a donor that is none: the error of the hook is the error', async () => {
    const donor = `dir:${joinHost(temp.dir, 'nowhere')}`;
    await expect(bootstrap(small('failing', { donor }))).rejects.toMatchObject({
      code: 'E_IO',
      what: expect.stringContaining('nowhere') as string,
    });
    expect(await isEmpty()).toBe(true);
  });

  test.each(['fetching packages', 'unpacking the essential packages', 'configuring the essential packages'])(
    'interrupted while %s: nothing is left',
    async (title) => {
      const stop = new AbortController();
      const onProgress = (event: Progress): void => {
        if (event.kind === 'phase' && event.title === title) stop.abort();
      };
      const options = small('failing', { onProgress, signal: stop.signal });
      await expect(bootstrap(options)).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
      expect(await isEmpty()).toBe(true);
      expect(await leftBehind(options.dir)).toBe('');
    },
  );
});

describeNeeding([...NEEDS, 'root', 'subuid'], 'bootstrap as an ordinary user', () => {
  let home: HostPath;

  const asUser = async (argv: readonly string[], subordinate?: string): ReturnType<typeof exec> => {
    const files = hostPath(await fsp.mkdtemp(joinHost(temp.dir, 'user-')));
    const env = { HOME: home, QEMU_ACCEL_CACHE: joinHost(home, 'cache') };
    const line = await asOrdinaryUser(files, [process.execPath, BIN, ...argv], subordinate);
    return exec(line, { env, timeoutMs: ORDINARY_TIMEOUT_MS, okStatuses: [0, 2, 3] });
  };

  beforeAll(async () => {
    home = joinHost(temp.dir, 'home');
    await fsp.mkdir(home);
    await fsp.chown(home, USER.uid, USER.uid);
  });

  test('a root with files of many users, made by one who is none of them', async () => {
    const root = joinHost(home, 'root');
    const made = await asUser(['bootstrap', 'trixie', 'arm64', root, '--variant', 'essential', '--pack', 'base']);
    expect(made).toMatchObject({ status: 0 });
    expect(await exists(joinHost(root, 'emul/index'))).toBe(true);
    expect((await fsp.stat(joinHost(root, 'etc/passwd'))).uid).toBe(USER.uid);
    // Group mail, 8 in the root: the eighth id of the subordinate range.
    expect((await fsp.stat(joinHost(root, 'var/mail'))).gid).toBe(200_000 + 7);
    const told = await asUser(['run', root, '--', 'sh', '-c', 'uname -m; stat -c %G /var/mail']);
    expect(told.stdout).toBe('aarch64\nmail\n');
  });

  test('the cache stays the user’s own', async () => {
    const { stdout } = await exec(['find', joinHost(home, 'cache'), '!', '-uid', String(USER.uid), '-print']);
    expect(stdout).toBe('');
  });

  test('without a range of subordinate ids it says so, before anything is downloaded', async () => {
    const { status, stderr } = await asUser(['bootstrap', 'trixie', 'arm64', joinHost(home, 'other')], '');
    expect(status).toBe(3);
    expect(stderr).toContain('E_NAMESPACE');
    expect(stderr).toContain('subuid');
    expect((await fsp.readdir(home)).filter((name) => name.includes('other'))).toEqual([]);
  });
});
