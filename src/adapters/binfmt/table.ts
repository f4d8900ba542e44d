/** Reads a binfmt_misc table: the kernel shows each entry as a file, the newest one first. */
import { promises as fsp } from 'node:fs';
import { parseBinfmtEntry, type BinfmtEntry } from '../../core/binfmt.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf, readTextIfThere, translateErrno, withErrno } from '../../os/fs.ts';

/** Where the machine's own table is, when it is mounted. */
export const BINFMT_DIR = '/proc/sys/fs/binfmt_misc' as HostPath;

const NOT_ENTRIES = new Set(['register', 'status']);

/**
 * The entries, the newest first, which is the order in which the kernel tries them. A table that is not mounted has none.
 *
 * The kernel says the order nowhere but in the directory: one that lives in its dentries alone is listed from the newest
 * dentry on (dcache_readdir() of fs/libfs.c), and a dentry is made together with its entry.
 *
 * @throws EnvironmentError E_PERMISSION or E_IO when the table is there and cannot be read.
 */
export async function readBinfmtTable(dir: HostPath = BINFMT_DIR): Promise<readonly BinfmtEntry[]> {
  const names = (await namesIn(dir)).filter((name) => !NOT_ENTRIES.has(name));
  // An entry may be removed while we read; then it is no longer one.
  const texts = await Promise.all(names.map((name) => readTextIfThere(joinHost(dir, name))));
  return names.flatMap((name, at) => parseBinfmtEntry(name, texts[at] ?? '') ?? []);
}

/** Whether the machine's table is there, and in force as a whole. */
export async function binfmtState(dir: HostPath = BINFMT_DIR): Promise<'not mounted' | 'enabled' | 'disabled'> {
  const text = await withErrno('read the binfmt_misc table', () => readTextIfThere(joinHost(dir, 'status')));
  if (text === undefined) return 'not mounted';
  return text.trim() === 'enabled' ? 'enabled' : 'disabled';
}

async function namesIn(dir: HostPath): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    // Not readdir(), which sorts.
    for await (const { name } of await fsp.opendir(dir)) names.push(name);
    return names;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw translateErrno('read the binfmt_misc table', error);
  }
}
