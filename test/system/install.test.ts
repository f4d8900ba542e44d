/** install, refresh, remove, list and explain on a real Debian trixie arm64 build root. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explain, type Explanation } from '../../src/app/explain.ts';
import { install, type Installed, type InstallRequest } from '../../src/app/install.ts';
import { list } from '../../src/app/list.ts';
import type { Progress } from '../../src/app/progress.ts';
import { refresh } from '../../src/app/refresh.ts';
import { remove } from '../../src/app/remove.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { exists } from '../../src/os/fs.ts';
import { projectPath } from '../../src/os/project.ts';
import { describeNeeding } from '../support/needs.ts';
import { copyOfRoot, testRoot, type RootCopy } from '../support/roots.ts';

const BIN = projectPath('bin', 'qemu-accel');
const LOADER = '/emul/lib64/ld-linux-x86-64.so.2';

/** An install, and the phases that it went through. */
async function installed(request: InstallRequest): Promise<{ result: Installed; phases: string[] }> {
  const phases: string[] = [];
  const onProgress = (event: Progress): void => {
    if (event.kind === 'phase') phases.push(event.title);
  };
  return { result: await install({ ...request, onProgress }), phases };
}

/** Names, types, modes, owners, sizes and times of everything in a root. */
async function listing(root: HostPath): Promise<string> {
  return (await exec(['sh', '-c', 'cd "$1" && find . -printf "%p %y %m %U:%G %s %T@ %l\\n" | sort', 'sh', root]))
    .stdout;
}

function howOf(explanation: Explanation): string {
  return explanation.kind === 'emulated' ? explanation.reason : explanation.kind;
}

describeNeeding(['root', 'mirror', 'patchelf', 'readelf', 'qemu-aarch64'], 'a real build root', () => {
  let copy: RootCopy;
  let root: HostPath;
  let pristine: string;
  beforeAll(async () => {
    copy = await copyOfRoot(await testRoot());
    ({ root } = copy);
    if (await exists(joinHost(root, 'emul/manifest.json'))) await remove({ root });
    pristine = await listing(root);
  });
  afterAll(async () => copy.dispose());

  test('is accelerated: nearly all programs of the packs have a twin, and all others a reason', async () => {
    const { result } = await installed({ root });
    expect(result.arch).toBe('arm64');
    expect(result.accelerated).toBeGreaterThan(230);
    const expected = ['no-pack', 'privileged', 'pack-excludes', 'not-retargetable'];
    expect(result.emulated.filter(({ reason }) => !expected.includes(reason))).toEqual([]);
    const listed = await list({ root });
    expect(listed.damage).toEqual([]);
    expect(listed.accelerated).toHaveLength(result.accelerated);
    expect(listed.accelerated.map(({ path }) => path)).toEqual(
      expect.arrayContaining(
        ['bash', 'dash', 'sed', 'make', 'aarch64-linux-gnu-gcc-14'].map((name) => `/usr/bin/${name}`),
      ),
    );
  });

  test('the loader finds the libraries of every twin, inside the root', async () => {
    const twins = (await list({ root })).accelerated.map(({ twin }) => twin);
    for (const twin of twins) {
      const { stdout } = await exec(['chroot', root, LOADER, '--list', twin]);
      const found = stdout.split('\n').filter((line) => line.trim() !== '' && !line.includes('linux-vdso'));
      expect(
        found.filter((line) => !line.includes('/emul/')),
        twin,
      ).toEqual([]);
    }
  });

  test('iconv’s cache names the twins of its modules: nothing reads the tables that it was made from', async () => {
    const script = [
      'for table in gconv-modules gconv-modules.d/gconv-modules-extra.conf; do',
      '  mount --bind /dev/null "$1/emul/usr/lib/gconv/$table" || exit 10',
      'done',
      String.raw`printf "\341" | chroot "$1" /emul/usr/bin/iconv -f ISO-8859-2 -t UTF-8`,
      String.raw`printf "\361" | chroot "$1" /emul/usr/bin/iconv -f KOI8-U -t UTF-8`,
    ].join('\n');
    const { stdout } = await exec(['unshare', '--mount', 'sh', '-c', script, 'sh', root]);
    expect(stdout).toBe('áЯ');
  });

  test.each([
    ['gcc', 'accelerated', '/usr/bin/aarch64-linux-gnu-gcc-14'],
    ['awk', 'accelerated', '/usr/bin/gawk'],
    ['/bin/sh', 'accelerated', '/usr/bin/dash'],
    ['ldd', 'script', '/usr/bin/ldd'],
    ['passwd', 'privileged', '/usr/bin/passwd'],
    ['ldconfig', 'pack-excludes', '/usr/sbin/ldconfig'],
    ['no-such-command', 'missing', undefined],
  ])('explain %s: %s', async (command, how, file) => {
    const explanation = await explain({ root, command });
    expect(howOf(explanation)).toBe(how);
    expect(explanation.kind === 'missing' ? undefined : explanation.file).toBe(file);
  });

  test('a second install writes nothing, and one into another root asks no donor', async () => {
    expect((await installed({ root })).result).toMatchObject({ fromCache: true, written: 0 });
    const other = await copyOfRoot(root);
    try {
      await remove({ root: other.root });
      const { result, phases } = await installed({ root: other.root });
      expect(result.fromCache).toBe(true);
      expect(phases.filter((title) => /fetch|making/.test(title))).toEqual([]);
      const tree = async (dir: HostPath): Promise<string[]> =>
        (await listing(joinHost(dir, 'emul'))).split('\n').filter((line) => !line.startsWith('./trace '));
      expect(await tree(other.root)).toEqual(await tree(root));
    } finally {
      await other.dispose();
    }
  });

  test('an upgraded program is emulated until refresh, which makes that one twin', async () => {
    const sed = joinHost(root, 'usr/bin/sed');
    const before = await fsp.readFile(sed);
    const { atime, mtime } = await fsp.stat(sed);
    const { stdout } = await exec(['readelf', '--notes', sed]);
    const buildId = /Build ID: ([0-9a-f]{40})/.exec(stdout)?.[1] ?? '';
    const at = before.indexOf(Buffer.from(buildId, 'hex'));
    expect(at).toBeGreaterThan(0);
    const upgraded = Buffer.from(before);
    // Random: the cache remembers what it has seen in an earlier run of this test.
    randomBytes(8).copy(upgraded, at);
    await fsp.writeFile(sed, upgraded);
    expect(howOf(await explain({ root, command: 'sed' }))).toBe('changed');
    const phases: string[] = [];
    const onProgress = (event: Progress): void => {
      if (event.kind === 'phase') phases.push(event.title);
    };
    await refresh({ root, onProgress });
    expect(phases.filter((title) => title.startsWith('fetching'))).toEqual(['fetching 1 donor package']);
    expect(howOf(await explain({ root, command: 'sed' }))).toBe('accelerated');
    await fsp.writeFile(sed, before);
    await fsp.utimes(sed, atime, mtime);
    await refresh({ root });
    expect((await list({ root })).damage).toEqual([]);
  });

  test('two installs at once, of different packs: one after the other, and the tree is whole', async () => {
    const results = await Promise.all([install({ root, packs: ['base'] }), install({ root })]);
    expect(results.every(({ accelerated }) => accelerated > 150)).toBe(true);
    expect((await list({ root })).damage).toEqual([]);
  });

  test('killed at any moment: what the index names is whole, and the next install mends the rest', async () => {
    for (let round = 0; round < 8; round++) {
      const packs = round % 2 === 0 ? 'base' : 'base,toolchain';
      const child = spawn(process.execPath, [BIN, 'install', root, '--pack', packs], { stdio: 'ignore' });
      setTimeout(() => child.kill('SIGKILL'), 300 + 120 * round);
      await once(child, 'exit');
      const { damage, accelerated } = await list({ root });
      const harmless = [
        'the index does not name it',
        // Between the interim index and the manifest, files may be newer than the old manifest says.
        'content has changed',
        // New libraries lie beside their places, and no twin starts until the next install.
        'everything is emulated until refresh',
      ];
      expect(damage.filter(({ what }) => !harmless.some((known) => what.includes(known)))).toEqual([]);
      expect(accelerated.length).toBeGreaterThan(0);
    }
    await install({ root });
    expect((await list({ root })).damage).toEqual([]);
  });

  test('interrupted: status 130, E_INTERRUPTED or a finished tree', async () => {
    await install({ root, packs: ['base'] });
    const before = await listing(joinHost(root, 'emul'));
    const child = spawn(process.execPath, [BIN, 'install', root], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    await once(child.stderr, 'data');
    child.kill('SIGINT');
    const [status] = (await once(child, 'close')) as [number];
    expect(status).toBe(130);
    expect(stderr).toContain('interrupted');
    expect(await listing(joinHost(root, 'emul'))).toBe(before);
    await install({ root });
  });

  test('a full disk: E_NO_SPACE, and the old tree stays', async () => {
    // A small file system at /emul of this test's own mount namespace; nothing is left of it when the script ends.
    const script = [
      'mount -t tmpfs -o size=100m tmpfs "$1/emul"',
      '"$2" "$3" install "$1" --pack base >/dev/null 2>&1 || exit 10',
      'before=$(cd "$1/emul" && find . -type f | sort | xargs sha256sum)',
      '"$2" "$3" install "$1" 2>&1 && exit 11',
      'after=$(cd "$1/emul" && find . -type f | sort | xargs sha256sum)',
      'test "$before" = "$after" || exit 12',
    ].join('\n');
    const { stdout } = await exec(['unshare', '--mount', 'sh', '-c', script, 'sh', root, process.execPath, BIN]);
    expect(stdout).toContain('E_NO_SPACE');
  });

  test('remove leaves the root as it was', async () => {
    await remove({ root });
    expect(await listing(root)).toBe(pristine);
    await expect(remove({ root })).rejects.toMatchObject({ code: 'E_TREE' });
    expect(howOf(await explain({ root, command: 'sed' }))).toBe('no-tree');
  });
});
