/**
 * The build roots of the benchmark, all made by the same tool from the same suite: the foreign one; one of the machine's own
 * architecture with the same packages; one for cross builds; and a foreign one with nothing but the compiler and make. They are
 * kept in the cache, under names that change with what is in them.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { guestArch } from '../../core/arch.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { cacheDir, exists, withErrno } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import { bootstrap, bootstrapNative } from '../bootstrap.ts';
import { install } from '../install.ts';
import type { ProgressSink } from '../progress.ts';

export const SUITE = 'trixie';
export const ARCH = guestArch('arm64');

export interface Watched {
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

/** What the cases need besides the compiler and make of a `buildd` root. */
const INCLUDED = [
  ...['autoconf', 'automake', 'libtool', 'gettext', 'pkgconf', 'debhelper', 'fakeroot', 'meson', 'ninja-build'],
  ...['dh-python', 'python3-all-dev', 'python3-setuptools', 'libperl-dev', 'less', 'texinfo'],
];
const CROSS_COMPILER = 'crossbuild-essential-arm64';
/** The cross compiler, and what else is native in a peer's set-up. */
const NATIVE_ONLY = [CROSS_COMPILER, 'qemu-user', 'proot'];
/** Libraries of the guest that packages are linked with. */
const CROSS_ONLY = [CROSS_COMPILER, ...['libc6-dev', 'libperl-dev'].map((name) => `${name}:${ARCH.name}`)];
/** The set whose size and time `install` has a promise for. */
export const SMALL_PACKS = ['base', 'toolchain'];
const LOCK_WAIT_SECONDS = 30 * 60;

/** Everything of the benchmark that outlives it. */
export function benchDir(): HostPath {
  return joinHost(cacheDir(), 'bench');
}

/**
 * The foreign build root, with an emul tree by this very program.
 *
 * @param given one to take instead of that of the cache.
 */
export async function guestRoot(watched: Watched, given?: HostPath): Promise<HostPath> {
  if (given !== undefined) {
    await install({ root: given, ...watched });
    return given;
  }
  const root = rootPath(ARCH.name, INCLUDED);
  await once(root, watched, () => bootstrap({ suite: SUITE, arch: ARCH, dir: root, include: INCLUDED, ...watched }));
  await install({ root, ...watched });
  return root;
}

/** A foreign `buildd` root without anything else. */
export async function smallRoot(watched: Watched): Promise<HostPath> {
  const root = rootPath(`${ARCH.name}-buildd`, []);
  await once(root, watched, () => bootstrap({ suite: SUITE, arch: ARCH, dir: root, packs: SMALL_PACKS, ...watched }));
  await install({ root, packs: SMALL_PACKS, ...watched });
  return root;
}

/** The build root of the machine's own architecture. */
export async function nativeRoot(watched: Watched): Promise<HostPath> {
  const include = [...INCLUDED, ...NATIVE_ONLY];
  const root = rootPath('native', include);
  await once(root, watched, () => bootstrapNative({ suite: SUITE, dir: root, include, ...watched }));
  return root;
}

/** The same with the guest's architecture as a foreign one, and the libraries that its packages are linked with. */
export async function crossRoot(watched: Watched): Promise<HostPath> {
  const include = [...INCLUDED, ...CROSS_ONLY];
  const root = rootPath('cross', include);
  const foreign = [ARCH.name];
  await once(root, watched, () => bootstrapNative({ suite: SUITE, dir: root, include, foreign, ...watched }));
  return root;
}

async function once(root: HostPath, { onProgress }: Watched, make: () => Promise<void>): Promise<void> {
  await withErrno(`make ${benchDir()}`, () => fsp.mkdir(benchDir(), { recursive: true }));
  await withLock(`${root}.lock` as HostPath, LOCK_WAIT_SECONDS, async () => {
    if (await exists(root)) return;
    onProgress({ kind: 'note', text: `making a build root in ${root}; this is done once` });
    await make();
  });
}

function rootPath(name: string, include: readonly string[]): HostPath {
  const key = createHash('sha256').update(include.join(' ')).digest('hex').slice(0, 8);
  return joinHost(benchDir(), `${SUITE}-${name}-${key}`);
}
