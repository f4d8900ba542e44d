/**
 * The cache of iconv's tables. Every program in a UTF-8 locale asks iconv for its character set when it starts: with
 * the cache glibc maps 27 KB, without it it reads and sorts 54 KB of text, which takes longer than the rest of the start.
 *
 * The guest's own cache is of no use to a twin: it names the guest's modules by absolute paths.
 */
import { promises as fsp } from 'node:fs';
import { basename, dirname } from 'node:path/posix';
import { guestPath, inRoot, joinGuest, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import type { Store } from './store.ts';
import type { TreeFile } from './tree.ts';

const TABLES = 'gconv-modules';
const CACHE = 'gconv-modules.cache';

/**
 * A cache beside each `gconv-modules` of these files, with what that directory's tables say. iconvconfig(8) of the host
 * writes it; its form has been the same since glibc 2.3, and glibc reads the tables instead if it ever is not.
 *
 * @throws EnvironmentError E_TOOL_MISSING where the host has no iconvconfig.
 */
export async function makeGconvCaches(store: Store, files: readonly TreeFile[]): Promise<TreeFile[]> {
  const tables = files.filter(({ path }) => basename(path) === TABLES);
  return Promise.all(tables.map((table) => makeGconvCache(store, files, table)));
}

async function makeGconvCache(store: Store, files: readonly TreeFile[], table: TreeFile): Promise<TreeFile> {
  const dir = guestPath(dirname(table.path));
  const workDir = store.temporaryPath();
  const output = store.temporaryPath();
  for (const { path, object } of files.filter((file) => file.path.startsWith(`${dir}/`))) {
    await copyTo(store.objectPath(object.sha256), inRoot(workDir, path));
  }
  await exec(['iconvconfig', `--prefix=${workDir}`, '--nostdlib', '-o', output, dir]);
  return { kind: 'file', path: joinGuest(dir, CACHE), object: await store.adopt(output), mode: table.mode };
}

async function copyTo(from: HostPath, to: HostPath): Promise<void> {
  await fsp.mkdir(dirname(to), { recursive: true });
  await fsp.copyFile(from, to);
}
