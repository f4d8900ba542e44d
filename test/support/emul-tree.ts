/** Small emul trees for tests: files of text stand for twins where nothing reads them as programs. */
import { promises as fsp } from 'node:fs';
import { openStore, type Store } from '../../src/adapters/emul/store.ts';
import { EMUL, type Tree, type TreeEntry } from '../../src/adapters/emul/tree.ts';
import { guestArch } from '../../src/core/arch.ts';
import { encodeIndex, type IndexRecord } from '../../src/core/index-layout.ts';
import { formatManifest } from '../../src/core/manifest.ts';
import type { Manifest, TwinRecord } from '../../src/core/model.ts';
import { guestPath, joinGuest, joinHost, type GuestPath, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { testDir } from './temp.ts';

export interface TreePlan {
  /** Guest path -> content of its twin. The build-id is made of the content: another content, another guest binary. */
  readonly twins: Readonly<Record<string, string>>;
  /** Soname -> content. */
  readonly libraries?: Readonly<Record<string, string>>;
  /** Link below /emul -> target. */
  readonly links?: Readonly<Record<string, string>>;
  readonly emulator?: string;
}

/** A store in a temporary directory, which the test's end removes. */
export async function testStore(): Promise<Store> {
  return openStore(joinHost(await testDir(), 'cache'));
}

/** A root with an empty /usr/bin. */
export async function emptyRoot(): Promise<HostPath> {
  const root = await testDir();
  await fsp.mkdir(joinHost(root, 'usr/bin'), { recursive: true });
  return root;
}

function buildIdOf(content: string): string {
  return Buffer.from(content.padEnd(20, '.')).toString('hex').slice(0, 40);
}

export async function makeTestTree(store: Store, plan: TreePlan): Promise<Tree> {
  const entries: TreeEntry[] = [];
  const twins: TwinRecord[] = [];
  const records: IndexRecord[] = [];
  for (const [path, content] of Object.entries(plan.twins)) {
    const object = await store.put(content);
    const twin = joinGuest(EMUL, path);
    entries.push({ kind: 'file', path: twin, object, mode: 0o755 });
    twins.push(twinRecord({ path: guestPath(path), twin, content, sha256: object.sha256 }));
    records.push({ key: { kind: 'build-id', buildId: buildIdOf(content) }, twin, guestSizeBytes: content.length });
  }
  const libraries: Manifest['libraries'][number][] = [];
  for (const [soname, content] of Object.entries(plan.libraries ?? {})) {
    const object = await store.put(content);
    const path = joinGuest(EMUL, 'usr/lib', soname);
    entries.push({ kind: 'file', path, object, mode: 0o644 });
    libraries.push({ path, donorPackage: 'lib', donorVersion: '1', sha256: object.sha256 });
  }
  for (const [path, target] of Object.entries(plan.links ?? {})) {
    entries.push({ kind: 'link', path: joinGuest(EMUL, path), target });
  }
  const emulator = await store.put(plan.emulator ?? 'emulator');
  const path = guestPath('/usr/bin/qemu-aarch64');
  const files = [{ path, sha256: emulator.sha256 }];
  const manifest: Manifest = {
    ...{ format: 1, tool: 'test', arch: 'arm64', packs: ['base'], donor: 'apt' },
    ...{ twins, libraries, files, emulated: [] },
  };
  return {
    arch: 'arm64',
    entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)),
    outside: [{ kind: 'file', path, object: emulator, mode: 0o755 }],
    records,
    index: await store.put(encodeIndex(guestArch('arm64'), records)),
    manifest: await store.put(formatManifest(manifest)),
  };
}

interface TestTwin {
  readonly path: GuestPath;
  readonly twin: GuestPath;
  readonly content: string;
  readonly sha256: string;
}

function twinRecord({ path, twin, content, sha256 }: TestTwin): TwinRecord {
  return {
    ...{ path, twin, kind: 'executable', buildId: buildIdOf(content), guestSizeBytes: content.length },
    ...{
      pack: 'base',
      package: 'p',
      guestVersion: 'p=1',
      donorPackage: 'p',
      donorVersion: '1',
      host: 'amd64',
      donorPath: path,
    },
    ...{ donorSha256: sha256, twinSha256: sha256, retargeted: [], hasShim: false, emulateFor: [] },
  };
}

/** Everything that shows of a directory: type, mode, owner, size, time and content of every file, and link targets. */
export async function snapshot(dir: HostPath): Promise<string> {
  const script =
    'cd "$1" && find . -printf "%p %y %m %U:%G %T@ %l\\n" | sort && find . -type f -print0 | sort -z | xargs -0r sha256sum';
  return (await exec(['sh', '-c', script, 'sh', dir])).stdout;
}
