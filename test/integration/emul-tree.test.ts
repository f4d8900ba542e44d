import { promises as fsp, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { checkTree } from '../../src/adapters/emul/check-tree.ts';
import { putTree } from '../../src/adapters/emul/put-tree.ts';
import { readManifest } from '../../src/adapters/emul/read-tree.ts';
import { removeTree } from '../../src/adapters/emul/remove-tree.ts';
import type { Store } from '../../src/adapters/emul/store.ts';
import type { Tree } from '../../src/adapters/emul/tree.ts';
import { guestArch } from '../../src/core/arch.ts';
import { readIndex } from '../../src/core/index-read.ts';
import type { Manifest } from '../../src/core/model.ts';
import { guestPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { emptyRoot, makeTestTree, snapshot, testStore, type TreePlan } from '../support/emul-tree.ts';
import { guestProgram } from '../support/guest-program.ts';
import { describeNeeding } from '../support/needs.ts';

const OLD: TreePlan = {
  twins: { '/usr/bin/bash': 'bash 1', '/usr/bin/sed': 'sed 1', '/usr/lib/gone/tool': 'tool 1' },
  libraries: { 'libc.so.6': 'libc 1', 'libz.so.1': 'libz 1' },
  links: { '/bin': 'usr/bin', '/usr/bin/sh': 'bash' },
};
const NEW: TreePlan = {
  twins: { '/usr/bin/bash': 'bash 2', '/usr/bin/sed': 'sed 1', '/usr/bin/new/grep': 'grep 1' },
  libraries: { 'libc.so.6': 'libc 1', 'libm.so.6': 'libm 1' },
  links: { '/bin': 'usr/bin', '/usr/bin/sh': 'sed' },
};

interface Put {
  readonly root: HostPath;
  readonly store: Store;
  readonly tree: Tree;
  readonly checkInterrupted?: () => void;
}

function put({ root, store, tree, checkInterrupted = () => undefined }: Put): Promise<number> {
  return putTree({ root, binDir: joinHost(root, 'usr/bin'), tree, store, checkInterrupted });
}

async function read(root: HostPath, path: string): Promise<string> {
  return fsp.readFile(joinHost(root, path), 'utf8');
}

describe('an emul tree', () => {
  test('is whole, readable by everybody and the same in every root, whatever the umask', async () => {
    const store = await testStore();
    const tree = await makeTestTree(store, OLD);
    const [one, two] = [await emptyRoot(), await emptyRoot()];
    await put({ root: one, store, tree });
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    await put({ root: two, store, tree });
    const own = (await snapshot(joinHost(one, 'emul'))).split('\n').filter((line) => !line.startsWith('./trace '));
    expect((await snapshot(joinHost(two, 'emul'))).split('\n').filter((line) => !line.startsWith('./trace '))).toEqual(
      own,
    );
    expect(await read(two, 'emul/usr/bin/sh')).toBe('bash 1');
    expect(await read(two, 'usr/bin/qemu-aarch64')).toBe('emulator');
    expect(statSync(joinHost(two, 'emul/usr/lib')).mode & 0o777).toBe(0o755);
    expect(statSync(joinHost(two, 'emul/trace')).mode & 0o777).toBe(0o666);
    expect(statSync(joinHost(two, 'emul')).mtimeMs).toBe(statSync(joinHost(two, 'emul/usr/bin/bash')).mtimeMs);
    expect(await checkTree(two, await readManifest(two))).toEqual([]);
  });

  test('shares no file with the store: what a guest writes stays in its root', async () => {
    const store = await testStore();
    const tree = await makeTestTree(store, OLD);
    const root = await emptyRoot();
    await put({ root, store, tree });
    await fsp.writeFile(joinHost(root, 'emul/usr/bin/bash'), 'spoilt');
    const other = await emptyRoot();
    await put({ root: other, store, tree });
    expect(await read(other, 'emul/usr/bin/bash')).toBe('bash 1');
  });

  test('is brought to a new state, and only what changed is written', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    await put({ root, store, tree: await makeTestTree(store, OLD) });
    const inode = (path: string): number => statSync(joinHost(root, path)).ino;
    const before = inode('emul/usr/bin/sed');
    const tree = await makeTestTree(store, NEW);
    expect(await put({ root, store, tree })).toBe(6);
    expect(inode('emul/usr/bin/sed')).toBe(before);
    expect(await put({ root, store, tree })).toBe(0);
    const fresh = await emptyRoot();
    await put({ root: fresh, store, tree });
    const lines = async (dir: HostPath): Promise<string[]> =>
      (await snapshot(joinHost(dir, 'emul'))).split('\n').filter((line) => !line.startsWith('./trace '));
    expect(await lines(root)).toEqual(await lines(fresh));
  });

  test.each([
    ['a changed file', (root: HostPath) => fsp.writeFile(joinHost(root, 'emul/usr/bin/sed'), 'sed 9')],
    ['a missing file', (root: HostPath) => fsp.rm(joinHost(root, 'emul/usr/lib/libz.so.1'))],
    [
      'a directory in the place of a file',
      async (root: HostPath): Promise<void> => {
        await fsp.rm(joinHost(root, 'emul/usr/bin/sed'));
        await fsp.mkdir(joinHost(root, 'emul/usr/bin/sed/x'), { recursive: true });
      },
    ],
    ['a damaged manifest', (root: HostPath) => fsp.writeFile(joinHost(root, 'emul/manifest.json'), '{')],
    ['a cut index', (root: HostPath) => fsp.truncate(joinHost(root, 'emul/index'), 100)],
    ['a file that nobody may execute', (root: HostPath) => fsp.chmod(joinHost(root, 'emul/usr/bin/sed'), 0o600)],
    ['a stranger’s file', (root: HostPath) => fsp.writeFile(joinHost(root, 'emul/usr/stranger'), '')],
  ])('with %s is mended by the next install', async (_, spoil) => {
    const store = await testStore();
    const root = await emptyRoot();
    const tree = await makeTestTree(store, OLD);
    await put({ root, store, tree });
    const good = await snapshot(joinHost(root, 'emul'));
    await spoil(root);
    expect(await put({ root, store, tree })).toBeGreaterThanOrEqual(0);
    expect(await snapshot(joinHost(root, 'emul'))).toBe(good);
  });
});

describe('stopped in the middle', () => {
  /** Puts `tree`, stopped at the n-th moment at which it can be. */
  async function stoppedAt(request: Put, at: number): Promise<boolean> {
    let count = 0;
    const checkInterrupted = (): void => {
      if (++count > at) throw new Error('stop');
    };
    return put({ ...request, checkInterrupted }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Error && error.message === 'stop') return true;
        throw error;
      },
    );
  }

  test('a first install leaves nothing in the root but the emulator', async () => {
    const store = await testStore();
    const tree = await makeTestTree(store, OLD);
    const root = await emptyRoot();
    let at = 0;
    for (; await stoppedAt({ root, store, tree }, at); at++) {
      expect((await fsp.readdir(root)).sort()).toEqual(['usr']);
      expect(await fsp.readdir(joinHost(root, 'usr/bin'))).toEqual(['qemu-aarch64']);
    }
    expect(at).toBeGreaterThan(5);
    expect(await read(root, 'emul/usr/bin/bash')).toBe('bash 1');
  });

  test('an update leaves the old tree, byte for byte', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    await put({ root, store, tree: await makeTestTree(store, OLD) });
    const files = async (): Promise<string[]> =>
      (await snapshot(joinHost(root, 'emul'))).split('\n').filter((line) => / [fl] |^[0-9a-f]{64}/.test(line));
    const before = await files();
    const tree = await makeTestTree(store, NEW);
    let at = 0;
    for (; await stoppedAt({ root, store, tree }, at); at++) expect(await files()).toEqual(before);
    expect(at).toBeGreaterThan(4);
    expect(await read(root, 'emul/usr/bin/bash')).toBe('bash 2');
  });

  test('what a killed run left is swept away, and nothing else', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    const tree = await makeTestTree(store, OLD);
    await put({ root, store, tree });
    const good = await snapshot(root);
    const hex = '0123456789ab';
    await fsp.mkdir(joinHost(root, `.emul.${hex}.new/usr`), { recursive: true });
    for (const path of [`emul/usr/bin/.bash.${hex}.new`, `usr/bin/.qemu-aarch64.${hex}.new`]) {
      await fsp.writeFile(joinHost(root, path), 'half');
    }
    await fsp.writeFile(joinHost(root, `usr/bin/.mine.${hex}.new`), 'a person’s');
    await put({ root, store, tree });
    await fsp.rm(joinHost(root, `usr/bin/.mine.${hex}.new`));
    const withoutTimes = (text: string): string => text.replace(/^(\.|\.\/usr\/bin) d .*$/gm, '$1');
    expect(withoutTimes(await snapshot(root))).toBe(withoutTimes(good));
  });

  test('a reader never finds an index that names a twin which is not there, or another one', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    const trees = [await makeTestTree(store, OLD), await makeTestTree(store, NEW)];
    await put({ root, store, tree: trees[0]! });
    const worker = new Worker(READER, { eval: true, workerData: { root, magicBytes: 64 } });
    const said: string[] = [];
    worker.on('message', (text: string) => said.push(text));
    await new Promise((resolve) => worker.once('message', resolve));
    for (let round = 0; round < 60; round++) await put({ root, store, tree: trees[(round + 1) % 2]! });
    worker.postMessage('stop');
    await new Promise((resolve) => worker.once('exit', resolve));
    expect(said.filter((text) => text.startsWith('wrong'))).toEqual([]);
    expect(Number(/read (\d+)/.exec(said.at(-1) ?? '')?.[1])).toBeGreaterThan(60);
  });
});

/**
 * Reads index and twins over and over, as the dispatcher does. The build-ids of the test's twins are their content, so the
 * reader knows what must be there. What changed between two readings of the index is no finding.
 */
const READER = `
const { parentPort, workerData } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
let stopped = false;
let count = 0;
parentPort.on('message', () => { stopped = true; });
parentPort.postMessage('ready');
function faultOf(index) {
  for (let at = 64; at < index.length; at += 256) {
    if (index[at + 33] === 0) continue;
    const wanted = index.toString('latin1', at, at + index[at + 32]).replace(/\\.+$/, '');
    const twin = index.toString('utf8', at + 40, at + 40 + index.readUInt16LE(at + 36));
    let found;
    try { found = readFileSync(workerData.root + twin, 'utf8'); } catch (error) { found = error.code; }
    if (found !== wanted) return twin + ': ' + wanted + ' should be there, and ' + found + ' is';
  }
}
function round() {
  const path = workerData.root + '/emul/index';
  for (let i = 0; i < 50; i++) {
    const index = readFileSync(path);
    const fault = faultOf(index);
    count += 1;
    if (fault !== undefined && index.equals(readFileSync(path))) parentPort.postMessage('wrong: ' + fault);
  }
  if (!stopped) return setImmediate(round);
  parentPort.postMessage('read ' + count);
  parentPort.close();
}
round();
`;

describe('what is not ours', () => {
  test.each([
    ['a hand-made tree', (root: HostPath) => fsp.mkdir(joinHost(root, 'emul/usr/bin'), { recursive: true })],
    ['a link out of the root', (root: HostPath) => fsp.symlink('/tmp', joinHost(root, 'emul'))],
    ['an emulator of the root’s own', (root: HostPath) => fsp.writeFile(joinHost(root, 'usr/bin/qemu-aarch64'), 'own')],
  ])('%s is a conflict, and stays as it is', async (_, make) => {
    const store = await testStore();
    const root = await emptyRoot();
    await make(root);
    const before = await snapshot(root);
    await expect(put({ root, store, tree: await makeTestTree(store, OLD) })).rejects.toMatchObject({
      code: 'E_CONFLICT',
    });
    expect(await snapshot(root)).toBe(before);
  });

  test('an emulator of the same content is used, and stays when the tree goes', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    await fsp.writeFile(joinHost(root, 'usr/bin/qemu-aarch64'), 'emulator');
    const before = await snapshot(root);
    await put({ root, store, tree: await makeTestTree(store, OLD) });
    const removal = await removeTree(root, joinHost(root, 'usr/bin'));
    expect(removal.kept).toEqual([joinHost(root, 'usr/bin/qemu-aarch64')]);
    expect(await snapshot(root)).toBe(before);
  });

  test('an emulator of ours gives way to a newer one, also after rm -rf /emul', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    await put({ root, store, tree: await makeTestTree(store, OLD) });
    await fsp.rm(joinHost(root, 'emul'), { recursive: true });
    await put({ root, store, tree: await makeTestTree(store, { ...OLD, emulator: 'newer' }) });
    expect(await read(root, 'usr/bin/qemu-aarch64')).toBe('newer');
  });
});

describe('remove', () => {
  test('leaves the root as it was, times of directories included', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    await fsp.utimes(root, 1000, 2000.5);
    const before = await snapshot(root);
    await put({ root, store, tree: await makeTestTree(store, OLD) });
    expect(await snapshot(root)).not.toBe(before);
    await removeTree(root, joinHost(root, 'usr/bin'));
    expect(await snapshot(root)).toBe(before);
  });

  test('works with a damaged manifest, and says E_TREE where there is nothing of ours', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    const before = await snapshot(root);
    await put({ root, store, tree: await makeTestTree(store, OLD) });
    await fsp.writeFile(joinHost(root, 'emul/manifest.json'), '');
    await removeTree(root, joinHost(root, 'usr/bin'));
    expect(await snapshot(root)).toBe(before);
    await expect(removeTree(root, joinHost(root, 'usr/bin'))).rejects.toMatchObject({ code: 'E_TREE' });
    await fsp.mkdir(joinHost(root, 'emul/usr'), { recursive: true });
    await expect(removeTree(root, joinHost(root, 'usr/bin'))).rejects.toMatchObject({ code: 'E_TREE' });
  });
});

describe('what is wrong with a tree', () => {
  test.each([
    ['emul/index', (path: HostPath) => fsp.truncate(path, 300), '/emul/index'],
    ['emul/index', (path: HostPath) => fsp.rm(path), '/emul/index'],
    ['emul/usr/bin/sed', (path: HostPath) => fsp.rm(path), '/emul/usr/bin/sed'],
    ['emul/usr/bin/sed', (path: HostPath) => fsp.chmod(path, 0o644), '/emul/usr/bin/sed'],
    ['emul/usr/lib/libc.so.6', (path: HostPath) => fsp.writeFile(path, 'x'), '/emul/usr/lib/libc.so.6'],
    ['usr/bin/qemu-aarch64', (path: HostPath) => fsp.rm(path), '/usr/bin/qemu-aarch64'],
    ['emul/usr/lib', (path: HostPath) => fsp.utimes(path, 1, 1), '/emul/usr/lib'],
  ])('%s', async (path, spoil, named) => {
    const store = await testStore();
    const root = await emptyRoot();
    await put({ root, store, tree: await makeTestTree(store, OLD) });
    await spoil(joinHost(root, path));
    expect((await checkTree(root, await readManifest(root))).map((damage) => damage.path)).toEqual([named]);
  });

  test('a twin that the index does not name', async () => {
    const store = await testStore();
    const root = await emptyRoot();
    const [all, fewer] = [
      await makeTestTree(store, OLD),
      await makeTestTree(store, { twins: { '/usr/bin/sed': 'sed 1' } }),
    ];
    await put({ root, store, tree: { ...all, index: fewer.index } });
    const damage = await checkTree(root, await readManifest(root));
    expect(damage.map(({ path }) => path)).toEqual(['/emul/usr/bin/bash', '/emul/usr/lib/gone/tool']);
    const index = readIndex(await fsp.readFile(joinHost(root, 'emul/index')), guestArch('arm64'));
    expect(index).toMatchObject({ kind: 'good', records: [{ twin: '/emul/usr/bin/sed' }] });
  });
});

describeNeeding(['gcc'], 'a twin that would not start', () => {
  const LOADER = '/emul/lib64/ld-linux-x86-64.so.2';
  const FLAGS = [`-Wl,--dynamic-linker=${LOADER}`, '-Wl,-rpath,/emul/usr/lib', '-Wl,--disable-new-dtags'];

  /** A tree with one real twin, `prog`, that needs libc and libmine.so.1, which needs liblast.so.1. */
  async function realTree(): Promise<{ root: HostPath; manifest: Manifest }> {
    const root = await emptyRoot();
    const lib = (name: string): HostPath => joinHost(root, 'emul/usr/lib', name);
    const shared = (name: string): string[] => ['-shared', '-fPIC', '-nostdlib', `-Wl,-soname,${name}`, ...FLAGS];
    await guestProgram(lib('liblast.so.1'), { arch: 'amd64', source: 'int last;', flags: shared('liblast.so.1') });
    const mine = [...shared('libmine.so.1'), '-Wl,--no-as-needed', lib('liblast.so.1')];
    await guestProgram(lib('libmine.so.1'), { arch: 'amd64', source: 'int mine;', flags: mine });
    const flags = ['-Wl,--no-as-needed', lib('libmine.so.1'), `-Wl,-rpath-link,${lib('')}`, ...FLAGS];
    await guestProgram(joinHost(root, 'emul/usr/bin/prog'), { arch: 'amd64', flags });
    await fsp.writeFile(lib('libc.so.6'), 'not read by this test');
    await fsp.mkdir(joinHost(root, 'emul/lib64'));
    await fsp.writeFile(joinHost(root, LOADER), '');
    const store = await testStore();
    const plan = await makeTestTree(store, { twins: { '/usr/bin/prog': 'prog' } });
    await fsp.copyFile(store.objectPath(plan.index.sha256), joinHost(root, 'emul/index'));
    const text = await fsp.readFile(store.objectPath(plan.manifest.sha256), 'utf8');
    const manifest = JSON.parse(text) as Manifest;
    return { root, manifest: { ...manifest, files: [] } };
  }

  /** The test's program has another sum than the manifest's, and its libraries were put there by hand: not asked here. */
  async function loadFindings(root: HostPath, manifest: Manifest): Promise<string[]> {
    const damage = await checkTree(root, manifest);
    return damage.flatMap(({ what }) => (/content|somebody/.test(what) ? [] : [what]));
  }

  test.each([
    ['nothing', undefined, []],
    ['a library', 'emul/usr/lib/libmine.so.1', ['it needs libmine.so.1, which is not in /emul/usr/lib']],
    ['a library of a library', 'emul/usr/lib/liblast.so.1', ['it needs liblast.so.1, which is not in /emul/usr/lib']],
    ['the loader', LOADER.slice(1), [`its loader ${LOADER} is missing`]],
  ])('for want of %s', async (_, missing, findings) => {
    const { root, manifest } = await realTree();
    if (missing !== undefined) await fsp.rm(joinHost(root, missing));
    expect(await loadFindings(root, manifest)).toEqual(findings);
    expect(manifest.twins[0]?.path).toBe(guestPath('/usr/bin/prog'));
  });
});
