/** Lays out some files of an emul tree in a directory of their own, as they will lie in a root: for `pack`. */
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { withErrno } from '../../os/fs.ts';
import { makeDirs, makeEntry, parentsOf } from './copy-out.ts';
import type { Store } from './store.ts';
import { EMUL, TRACE_PATH, TREE_MTIME_S, type TreeEntry } from './tree.ts';

export interface Stage {
  readonly dir: HostPath;
  /** Relative to `dir`, sorted. */
  readonly files: readonly string[];
  /** Those of the emul tree, relative to `dir`, parents first. */
  readonly dirs: readonly string[];
  /** Files of equal content are hard links of one another and count once. */
  readonly installedBytes: number;
}

/** @throws EnvironmentError E_NO_SPACE, E_PERMISSION, E_IO. */
export async function stageTree(store: Store, entries: readonly TreeEntry[], dir: HostPath): Promise<Stage> {
  return withErrno(`lay out a package in ${dir}`, async () => {
    const relative = entries.map(({ path }) => path.slice(1));
    const all = parentsOf(relative);
    await fsp.mkdir(dir);
    await makeDirs(dir, all, undefined);
    const first = new Map<string, HostPath>();
    let installedBytes = 0;
    for (const entry of entries) {
      const target = joinHost(dir, entry.path);
      const key = entry.kind === 'file' ? `${entry.object.sha256} ${String(entry.mode)}` : '';
      const same = first.get(key);
      if (same !== undefined) {
        await fsp.link(same, target);
        continue;
      }
      await makeEntry({ store, owner: undefined }, entry, target);
      if (entry.kind !== 'file') continue;
      first.set(key, target);
      installedBytes += entry.object.sizeBytes;
    }
    for (const one of [...all].reverse()) await fsp.utimes(joinHost(dir, one), TREE_MTIME_S, TREE_MTIME_S);
    const dirs = all.filter((one) => `/${one}/`.startsWith(`${EMUL}/`));
    return { dir, files: [...relative].sort(), dirs, installedBytes };
  });
}

/** The file that `run --trace` binds over: empty, and writable for every user of the root. */
export async function stageTrace(stage: Stage): Promise<Stage> {
  const path = TRACE_PATH.slice(1);
  const file = joinHost(stage.dir, path);
  await fsp.writeFile(file, '');
  await fsp.chmod(file, 0o666);
  await fsp.utimes(file, TREE_MTIME_S, TREE_MTIME_S);
  const emul = joinHost(stage.dir, EMUL);
  await fsp.utimes(emul, TREE_MTIME_S, TREE_MTIME_S);
  return { ...stage, files: [...stage.files, path].sort() };
}
