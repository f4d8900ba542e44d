/** Reads an emul tree that is in a build root. */
import { promises as fsp } from 'node:fs';
import { AccelError, EnvironmentError } from '../../core/errors.ts';
import { parseManifest } from '../../core/manifest.ts';
import type { Manifest } from '../../core/model.ts';
import { inRoot, type HostPath } from '../../core/paths.ts';
import { missingRoot } from '../../core/root-errors.ts';
import { lstatIfThere, readTextIfThere, translateErrno } from '../../os/fs.ts';
import { EMUL, MANIFEST_PATH } from './tree.ts';

/**
 * `none`: no /emul, or an empty one. `hand-made`: a directory without our manifest. A root's /emul that is a symbolic link
 * would lead out of the root, so it is `foreign`.
 */
export type TreeState = 'none' | 'ours' | 'hand-made' | 'foreign';

/** @throws EnvironmentError E_ROOT where there is no such directory. */
export async function treeState(root: HostPath): Promise<TreeState> {
  if (lstatIfThere(root) === undefined) {
    throw missingRoot(root);
  }
  const dir = inRoot(root, EMUL);
  const stats = lstatIfThere(dir);
  if (stats === undefined) return 'none';
  if (!stats.isDirectory()) return 'foreign';
  const names = await fsp.readdir(dir);
  if (names.length === 0) return 'none';
  return names.includes('manifest.json') ? 'ours' : 'hand-made';
}

/**
 * The manifest of a root's emul tree.
 *
 * @throws EnvironmentError E_ROOT where there is no root, E_TREE when there is no tree, one without a manifest, or a damaged manifest.
 */
export async function readManifest(root: HostPath): Promise<Manifest> {
  const state = await treeState(root);
  if (state !== 'ours') {
    throw new EnvironmentError({
      code: 'E_TREE',
      what: state === 'none' ? `${root} has no emul tree` : `the emul tree of ${root} was not made by qemu-accel`,
      fix: [`Make one: qemu-accel install ${root}`],
    });
  }
  try {
    return parseManifest((await readTextIfThere(inRoot(root, MANIFEST_PATH))) ?? '');
  } catch (error) {
    throw translateErrno('read the manifest of the emul tree', error);
  }
}

/** The manifest, or undefined where there is none or a damaged one. */
export async function readManifestIfGood(root: HostPath): Promise<Manifest | undefined> {
  try {
    return await readManifest(root);
  } catch (error) {
    if (error instanceof AccelError && error.code === 'E_TREE') return undefined;
    throw error;
  }
}
