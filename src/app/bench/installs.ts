/** What it costs to put an emul tree in, as a person types it: the start of node counts. In a copy of the root. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { cacheDir, exists, withErrno } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';

/** What has been downloaded; everything else in the cache was made by us. */
const DOWNLOADS = ['apt'];

/** @returns seconds, as do the others. */
export async function installCold(root: HostPath, scratch: HostPath): Promise<number> {
  const copy = await copyWithoutTree(root, scratch);
  const cache = joinHost(scratch, 'cache');
  await exec(['rm', '--recursive', '--force', '--one-file-system', cache]);
  await withErrno(`set up ${cache}`, async () => {
    await fsp.mkdir(cache, { recursive: true });
    for (const name of DOWNLOADS) await fsp.symlink(joinHost(cacheDir(), name), joinHost(cache, name));
  });
  return timed('install', copy, cache);
}

export async function installWarm(root: HostPath, scratch: HostPath): Promise<number> {
  return timed('install', await copyWithoutTree(root, scratch), cacheDir());
}

export async function installAgain(root: HostPath, scratch: HostPath): Promise<number> {
  return timed('install', await copyWithTree(root, scratch), cacheDir());
}

export async function refreshAgain(root: HostPath, scratch: HostPath): Promise<number> {
  return timed('refresh', await copyWithTree(root, scratch), cacheDir());
}

async function copyWithoutTree(root: HostPath, scratch: HostPath): Promise<HostPath> {
  const copy = await copyOnce(root, scratch);
  await qemuAccel('remove', copy, cacheDir());
  return copy;
}

async function copyWithTree(root: HostPath, scratch: HostPath): Promise<HostPath> {
  const copy = await copyOnce(root, scratch);
  await qemuAccel('install', copy, cacheDir());
  return copy;
}

async function copyOnce(root: HostPath, scratch: HostPath): Promise<HostPath> {
  const copy = joinHost(scratch, 'root');
  if (await exists(copy)) return copy;
  await withErrno(`make ${scratch}`, () => fsp.mkdir(dirname(copy), { recursive: true }));
  await exec(['cp', '--archive', '--reflink=auto', root, copy]);
  return copy;
}

async function timed(command: 'install' | 'refresh', root: HostPath, cache: HostPath): Promise<number> {
  const startMs = performance.now();
  await qemuAccel(command, root, cache);
  return (performance.now() - startMs) / 1000;
}

async function qemuAccel(command: 'install' | 'refresh' | 'remove', root: HostPath, cache: HostPath): Promise<void> {
  await exec([process.execPath, projectPath('bin', 'qemu-accel'), command, root], { env: { QEMU_ACCEL_CACHE: cache } });
}
