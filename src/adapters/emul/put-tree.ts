/**
 * Puts an emul tree into a build root in which a build may be running.
 *
 * A root without a tree gets a whole one under another name, and one rename(2) shows it. A root with a tree is brought to
 * the new state file by file, in two phases: first everything that is new is copied beside its place, which may fail for
 * want of space and then leaves nothing; then there are only renames, which need none: an index without what is about to
 * change, libraries, twins, the new index, the manifest. What has gone is removed last. So whatever the index names is
 * there, whole and with its libraries, at every moment; and a run that is killed in between leaves an index that names
 * less, which means emulation and no wrong answer.
 */
import { promises as fsp } from 'node:fs';
import { availableParallelism } from 'node:os';
import { EnvironmentError } from '../../core/errors.ts';
import { mapParallel } from '../../core/parallel.ts';
import { inRoot, joinHost, type HostPath } from '../../core/paths.ts';
import { siblingName, statOrUndefined, translateErrno } from '../../os/fs.ts';
import { makeDirs, makeEntry, ownerOf, parentsOf, type CopySettings } from './copy-out.ts';
import { putOutside } from './outside.ts';
import { setChangeTime, stampPackages } from './packages-stamp.ts';
import type { PutRequest } from './put-request.ts';
import { treeState } from './read-tree.ts';
import { sweepLeftovers } from './sweep.ts';
import { EMUL, ownFiles, TRACE_PATH, TREE_MTIME_S } from './tree.ts';
import { updateTree } from './update-tree.ts';

/**
 * The caller holds the lock of the root.
 *
 * @returns how many files were written.
 * @throws EnvironmentError E_CONFLICT for a tree or an emulator that is not ours, E_NO_SPACE, E_PERMISSION, E_IO.
 */
export async function putTree(request: PutRequest): Promise<number> {
  const { root, binDir } = request;
  const state = await treeState(root);
  if (state === 'hand-made' || state === 'foreign') throw notOurs(root);
  try {
    // The times of directories that are the guest's own show nothing of what we did in them.
    return await keepingTimes([root, binDir], async () => {
      await sweepLeftovers(root, binDir);
      const settings = { store: request.store, owner: await ownerOf(root) };
      const outside = await putOutside(settings, binDir, request.tree.outside);
      const isWhole = state === 'none' && !(await isMountPoint(root));
      const written = await (isWhole ? putWhole(request, settings) : updateTree(request, settings));
      await stampPackages(root, request.packagesTimeNs, settings.owner);
      return outside + written;
    });
  } catch (error) {
    throw translateErrno(`put the emul tree into ${root}`, error);
  }
}

/** A container may have a volume at /emul, which no rename can replace. */
async function isMountPoint(root: HostPath): Promise<boolean> {
  const stats = await statOrUndefined(inRoot(root, EMUL));
  return stats !== undefined && stats.dev !== (await fsp.stat(root)).dev;
}

async function putWhole(request: PutRequest, settings: CopySettings): Promise<number> {
  const { root, tree } = request;
  const staging = siblingName(inRoot(root, EMUL));
  const place = (path: string): HostPath => joinHost(staging, path.slice(EMUL.length));
  const entries = [...tree.entries, ...ownFiles(tree)];
  try {
    await fsp.mkdir(staging);
    await fsp.chmod(staging, 0o755);
    if (settings.owner) await fsp.lchown(staging, settings.owner.uid, settings.owner.gid);
    const dirs = parentsOf(entries.map(({ path }) => path.slice(EMUL.length + 1)));
    await makeDirs(staging, dirs, settings.owner);
    await mapParallel(entries, 2 * availableParallelism(), async (entry) => {
      request.checkInterrupted();
      await makeEntry(settings, entry, place(entry.path));
    });
    await fsp.writeFile(place(TRACE_PATH), '');
    await fsp.chmod(place(TRACE_PATH), 0o666);
    for (const dir of [...dirs.reverse(), '']) await fsp.utimes(joinHost(staging, dir), TREE_MTIME_S, TREE_MTIME_S);
    await fsp.rename(staging, inRoot(root, EMUL));
  } catch (error) {
    await fsp.rm(staging, { recursive: true, force: true });
    throw error;
  }
  return entries.length;
}

/** Runs `work` and gives these directories the times of change back that they had before. */
export async function keepingTimes<T>(dirs: readonly HostPath[], work: () => Promise<T>): Promise<T> {
  const timeOf = async (dir: HostPath): Promise<bigint> => (await fsp.stat(dir, { bigint: true })).mtimeNs;
  const before = await Promise.all(dirs.map(async (dir) => ({ dir, mtimeNs: await timeOf(dir) })));
  try {
    return await work();
  } finally {
    for (const { dir, mtimeNs } of before) {
      if ((await timeOf(dir)) === mtimeNs) continue;
      await setChangeTime(dir, mtimeNs);
    }
  }
}

function notOurs(root: HostPath): EnvironmentError {
  return new EnvironmentError({
    code: 'E_CONFLICT',
    what: `${inRoot(root, EMUL)} was not made by qemu-accel`,
    why: 'it has no manifest of ours, so its files may be somebody else’s work',
    fix: ['Move it away, then run the same command again'],
  });
}
