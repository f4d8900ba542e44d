/** A root in which a program of ours runs as a twin with the shim: the machine's own /usr, and an emul tree made here. */
import { promises as fsp } from 'node:fs';
import { relocate } from '../../src/adapters/twin/relocate.ts';
import { configureShim, SHIM_SONAME, type ShimGuest } from '../../src/adapters/twin/shim.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec, type ExecResult } from '../../src/os/exec.ts';

export const NATIVE = hostPath(`${import.meta.dirname}/../../native`);
export const BUILT_SHIM = joinHost(NATIVE, 'build', SHIM_SONAME);
/** The one of 32-bit twins. */
export const BUILT_SHIM_32 = joinHost(NATIVE, 'build', 'libemul-32.so');
/** No machine has an emulator of this name. */
const SHIM_GUEST: ShimGuest = { machine: 'aarch64', emulator: 'shim-test', triplet: 'aarch64-linux-gnu' };

const LAYOUT = {
  interpreter: '/emul/lib64/ld-linux-x86-64.so.2',
  rpath: '/emul/usr/lib',
  shim: SHIM_SONAME,
} as const;
const DIRS = ['usr', 'proc', 'dev', 'tmp', 'emul/usr/lib'];

export async function buildShim(): Promise<void> {
  await exec(['make', '-s', '-C', NATIVE, `build/${SHIM_SONAME}`, 'build/libemul-32.so']);
}

/** Makes the root with `source` of native/test as the twin of the guest's `program`. */
export async function makeShimRoot(dir: HostPath, source: string, program: string): Promise<void> {
  for (const name of DIRS) await fsp.mkdir(joinHost(dir, name), { recursive: true });
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) await fsp.symlink(`usr/${name}`, joinHost(dir, name));
  await fsp.symlink('usr/lib', joinHost(dir, 'emul/lib64'));
  const probe = joinHost(dir, 'emul', program);
  await fsp.mkdir(joinHost(probe, '..'), { recursive: true });
  const checked = ['-D_FORTIFY_SOURCE=2', '-Wno-stringop-overflow', '-Wno-unused-result'];
  await exec(['gcc', '-O2', '-pthread', ...checked, '-o', probe, `${NATIVE}/test/${source}`]);
  const listed = (await exec(['ldd', probe])).stdout.match(/\/\S+/g) ?? [];
  for (const file of listed) await fsp.copyFile(file, joinHost(dir, 'emul/usr/lib', file.split('/').at(-1) ?? ''));
  await relocate(probe, LAYOUT);
  const shim = configureShim(await fsp.readFile(BUILT_SHIM), SHIM_GUEST);
  await fsp.writeFile(joinHost(dir, 'emul/usr/lib', SHIM_SONAME), shim);
}

export interface InRoot {
  readonly dir: HostPath;
  /** Shell text that runs before, with the root's directory as $1. */
  readonly first?: string;
}

/** Runs `argv` with `dir` as root. */
export async function runInRoot({ dir, first = ':' }: InRoot, argv: readonly string[]): Promise<ExecResult> {
  const mounts = 'for each in usr proc dev; do mount --rbind "/$each" "$1/$each"; done';
  const script = `set -e; ${mounts}; ${first}; root=$1; shift; exec chroot "$root" "$@"`;
  const namespace = ['--user', '--map-root-user', '--mount'];
  return exec(['unshare', ...namespace, 'sh', '-c', script, 'sh', dir, ...argv]);
}
