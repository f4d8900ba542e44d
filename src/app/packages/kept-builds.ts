/**
 * Emulated builds are kept: they take minutes to hours, and nothing of ours has a part in them. One lasts until a package
 * of the build root, the source or qemu changes.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { findQemu } from '../../adapters/sandbox/interpreter.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { readTextIfThere, siblingName, withErrno, writeAtomically } from '../../os/fs.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { ARCH, rootKey } from './root.ts';
import type { BuildSource } from './sources.ts';
import type { PackageRow } from './table.ts';

export interface KeptBuild {
  /** Where its packages lie. */
  readonly dir: HostPath;
  readonly seconds: number;
  readonly packages: readonly string[];
}

type Record = Omit<KeptBuild, 'dir'>;

/** To be changed with anything in build.ts that an emulated build depends on. */
const RECIPE = 1;

/** Below `base`, where the emulated build of this source in this root is or will be. */
export async function keptBuildDir(
  base: HostPath,
  { root, row, source }: { readonly root: HostPath; readonly row: PackageRow; readonly source: BuildSource },
): Promise<HostPath> {
  const qemu = await sha256OfFile(findQemu(ARCH));
  const inputs = [RECIPE, await rootKey(root), source.sha256, row.isTested === true, qemu];
  const key = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  return joinHost(base, `${source.name}_${source.version.replaceAll(':', '%3a')}-${key}`);
}

export async function readKeptBuild(dir: HostPath): Promise<KeptBuild | undefined> {
  const text = await readTextIfThere(joinHost(dir, 'build.json'));
  // Written by ourselves, and the directory is renamed when it is whole.
  return text === undefined ? undefined : { ...(JSON.parse(text) as Record), dir };
}

/** Takes over the directory `from`, which holds the packages. */
export async function keepBuild(from: HostPath, dir: HostPath, record: Record): Promise<KeptBuild> {
  await writeAtomically(joinHost(from, 'build.json'), JSON.stringify(record));
  await withErrno('keep the emulated build', async () => {
    const old = siblingName(dir);
    await fsp.rename(dir, old).catch(() => undefined);
    await fsp.rename(from, dir);
    await fsp.rm(old, { recursive: true, force: true });
  });
  return { ...record, dir };
}
