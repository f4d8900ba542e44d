/** `list`: what is accelerated, what is not and why, and what is wrong with the tree. */
import { checkTree, type Damage } from '../adapters/emul/check-tree.ts';
import { readManifest } from '../adapters/emul/read-tree.ts';
import type { EmulatedRecord, TwinRecord } from '../core/model.ts';
import type { HostPath } from '../core/paths.ts';

export interface Listing {
  readonly root: HostPath;
  readonly tool: string;
  readonly arch: string;
  readonly packs: readonly string[];
  readonly donor: string;
  /** Programs, sorted by path. */
  readonly accelerated: readonly TwinRecord[];
  /** Libraries that stand in for a guest library of the same path. */
  readonly plugins: readonly TwinRecord[];
  readonly libraryCount: number;
  readonly emulated: readonly EmulatedRecord[];
  /** Empty for a tree that is as it was made. */
  readonly damage: readonly Damage[];
}

/** @throws EnvironmentError E_TREE where there is no tree of ours, or its manifest is damaged. */
export async function list({ root }: { readonly root: HostPath }): Promise<Listing> {
  const manifest = await readManifest(root);
  const { tool, arch, packs, donor, twins, libraries, emulated } = manifest;
  return {
    root,
    tool,
    arch,
    packs,
    donor,
    accelerated: twins.filter(({ kind }) => kind === 'executable'),
    plugins: twins.filter(({ kind }) => kind === 'library'),
    libraryCount: libraries.length,
    emulated,
    damage: await checkTree(root, manifest),
  };
}
