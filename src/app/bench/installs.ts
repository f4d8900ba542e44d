/** What it costs to put an emul tree in, as a person types it: the start of node counts. In a copy of the root. */
import { promises as fsp } from 'node:fs';
import { basename, dirname } from 'node:path';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { cacheDir, exists, withErrno } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';

/** What has been downloaded; everything else in the cache was made by us. */
const DOWNLOADS = ['apt'];

export interface Installation {
  readonly root: HostPath;
  /** The copy of the root stays there for the next round, and the next case. */
  readonly scratch: HostPath;
  /** Default: what `install` takes when nothing is said. */
  readonly packs?: readonly string[];
  readonly command: 'install' | 'refresh';
  /** The root has its tree already. */
  readonly hasTree: boolean;
  /** Nothing that we have ever made is in the cache. */
  readonly isCold: boolean;
}

/** @returns seconds. */
export async function timeOfInstall(wanted: Installation): Promise<number> {
  const { scratch, packs, command, hasTree, isCold } = wanted;
  const copy = await copyOnce(wanted.root, scratch);
  const chosen = packs === undefined ? [] : ['--pack', packs.join(',')];
  await qemuAccel(hasTree ? ['install', copy, ...chosen] : ['remove', copy], cacheDir());
  const cache = isCold ? await emptyCache(scratch) : cacheDir();
  const startMs = performance.now();
  await qemuAccel([command, copy, ...(command === 'install' ? chosen : [])], cache);
  return (performance.now() - startMs) / 1000;
}

async function emptyCache(scratch: HostPath): Promise<HostPath> {
  const cache = joinHost(scratch, 'cache');
  await exec(['rm', '--recursive', '--force', '--one-file-system', cache]);
  await withErrno(`set up ${cache}`, async () => {
    await fsp.mkdir(cache, { recursive: true });
    for (const name of DOWNLOADS) await fsp.symlink(joinHost(cacheDir(), name), joinHost(cache, name));
  });
  return cache;
}

async function copyOnce(root: HostPath, scratch: HostPath): Promise<HostPath> {
  const copy = joinHost(scratch, basename(root));
  if (await exists(copy)) return copy;
  await withErrno(`make ${scratch}`, () => fsp.mkdir(dirname(copy), { recursive: true }));
  await exec(['cp', '--archive', '--reflink=auto', root, copy]);
  return copy;
}

async function qemuAccel(words: readonly string[], cache: HostPath): Promise<void> {
  await exec([process.execPath, projectPath('bin', 'qemu-accel'), ...words], { env: { QEMU_ACCEL_CACHE: cache } });
}
