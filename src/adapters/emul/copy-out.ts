/** Copies files from the store into a build root, so that a root never shares an inode with the store. */
import { constants, promises as fsp } from 'node:fs';
import { dirname } from 'node:path/posix';
import { joinHost, type HostPath } from '../../core/paths.ts';
import type { Store } from './store.ts';
import { TREE_MTIME_S, type TreeEntry, type TreeFile } from './tree.ts';

/** Who is to own what we put into a root: the owner of the root itself, whoever runs us. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export async function ownerOf(root: HostPath): Promise<Owner | undefined> {
  const { uid, gid } = await fsp.stat(root);
  // Only root can give files away, and needs to only where the root is somebody else's.
  return process.geteuid?.() === 0 && (uid !== 0 || gid !== 0) ? { uid, gid } : undefined;
}

export interface CopySettings {
  readonly store: Store;
  readonly owner: Owner | undefined;
}

/** Makes `target`, which must not exist. Shares the blocks where the file system can, and never the inode. */
export async function copyOut({ store, owner }: CopySettings, file: TreeFile, target: HostPath): Promise<void> {
  const flags = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL;
  await fsp.copyFile(store.objectPath(file.object.sha256), target, flags);
  if (owner) await fsp.lchown(target, owner.uid, owner.gid);
  await fsp.chmod(target, file.mode);
  await fsp.utimes(target, TREE_MTIME_S, TREE_MTIME_S);
}

export async function makeEntry(settings: CopySettings, entry: TreeEntry, target: HostPath): Promise<void> {
  if (entry.kind === 'file') {
    await copyOut(settings, entry, target);
    return;
  }
  await fsp.symlink(entry.target, target);
  if (settings.owner) await fsp.lchown(target, settings.owner.uid, settings.owner.gid);
  await fsp.lutimes(target, TREE_MTIME_S, TREE_MTIME_S);
}

/**
 * Makes directories with mode 0755 whatever the umask, parents first; those that are there are left as they are.
 *
 * @returns those that were made, parents first.
 */
export async function makeDirs(
  base: HostPath,
  relativePaths: Iterable<string>,
  owner: Owner | undefined,
): Promise<HostPath[]> {
  const all: HostPath[] = [];
  for (const relative of withParents(relativePaths)) {
    const dir = joinHost(base, relative);
    const made = await fsp.mkdir(dir).then(
      () => true,
      (error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw error;
      },
    );
    if (!made) continue;
    all.push(dir);
    await fsp.chmod(dir, 0o755);
    if (owner) await fsp.lchown(dir, owner.uid, owner.gid);
  }
  return all;
}

/** `usr/bin/x` needs `usr` and `usr/bin`. */
export function parentsOf(paths: Iterable<string>): string[] {
  return withParents([...paths].map((path) => dirname(path)));
}

function withParents(paths: Iterable<string>): string[] {
  const dirs = new Set<string>();
  for (const path of paths) {
    for (let dir = path; dir !== '.' && dir !== '/' && dir !== ''; dir = dirname(dir)) dirs.add(dir);
  }
  return [...dirs].sort();
}
