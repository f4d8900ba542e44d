/** Takes an emul tree out of a build root again. */
import { promises as fsp } from 'node:fs';
import { basename } from 'node:path/posix';
import { EnvironmentError } from '../../core/errors.ts';
import type { Manifest } from '../../core/model.ts';
import { inRoot, joinHost, type HostPath } from '../../core/paths.ts';
import { siblingName, statOrUndefined, translateErrno } from '../../os/fs.ts';
import { isOurs } from './outside.ts';
import { keepingTimes } from './put-tree.ts';
import { readManifestIfGood, treeState } from './read-tree.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { sweepLeftovers } from './sweep.ts';
import { EMUL, outsideNames } from './tree.ts';

export interface Removal {
  readonly removed: readonly HostPath[];
  /** Emulators and dispatchers that are not ours: put there by a person or a package. */
  readonly kept: readonly HostPath[];
}

/**
 * The caller holds the lock of the root.
 *
 * @throws EnvironmentError E_TREE where there is nothing of ours, E_PERMISSION, E_IO.
 */
export async function removeTree(root: HostPath, binDir: HostPath): Promise<Removal> {
  const state = await treeState(root);
  const manifest = state === 'ours' ? await readManifestIfGood(root) : undefined;
  try {
    return await keepingTimes([root, binDir], async () => {
      await sweepLeftovers(root, binDir);
      const { ours, others } = await outsideFiles(binDir, manifest);
      if (state !== 'ours' && ours.length === 0) throw nothingOfOurs(root, state === 'none');
      const removed: HostPath[] = [];
      if (state === 'ours') {
        // Gone at once for every exec that begins from now on; the files go at leisure.
        const aside = siblingName(inRoot(root, EMUL));
        await fsp.rename(inRoot(root, EMUL), aside);
        await fsp.rm(aside, { recursive: true, force: true });
        removed.push(inRoot(root, EMUL));
      }
      for (const path of ours) await fsp.rm(path);
      return { removed: [...removed, ...ours], kept: others };
    });
  } catch (error) {
    throw translateErrno(`remove the emul tree of ${root}`, error);
  }
}

async function outsideFiles(
  binDir: HostPath,
  manifest: Manifest | undefined,
): Promise<{ ours: HostPath[]; others: HostPath[] }> {
  const ours: HostPath[] = [];
  const others: HostPath[] = [];
  for (const name of outsideNames()) {
    const path = joinHost(binDir, name);
    if ((await statOrUndefined(path)) === undefined) continue;
    const record = manifest?.files.find((file) => basename(file.path) === name);
    const hasContent = record === undefined || (await sha256OfFile(path)) === record.sha256;
    (hasContent && (await isOurs(path)) ? ours : others).push(path);
  }
  return { ours, others };
}

function nothingOfOurs(root: HostPath, isEmpty: boolean): EnvironmentError {
  return new EnvironmentError({
    code: 'E_TREE',
    what: isEmpty ? `${root} has no emul tree` : `the emul tree of ${root} was not made by qemu-accel`,
    fix: isEmpty ? ['There is nothing to do'] : [`To remove it all the same: rm -rf ${inRoot(root, EMUL)}`],
  });
}
