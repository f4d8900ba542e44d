/** Plain tar archives: for `tar -C ROOT -x`, and the layers of container images. */
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { PACK_TIMEOUT_MS, type PackedFile, type PackTarget, type StagedPackage } from './staged.ts';

/** The same files give the same bytes: sorted, root's own, without access and change times. */
const SAME_BYTES = ['--sort=name', '--numeric-owner', '--owner=0', '--group=0', '--format=gnu'];

/** Writes an uncompressed archive of a package; directories come first, with their times. */
export async function writeTar(staged: StagedPackage, file: HostPath): Promise<void> {
  const names = [...staged.dirs, ...staged.files].sort().map((name) => `./${name}\0`);
  const argv = ['tar', '--create', '--file', file, '--directory', staged.dir, ...SAME_BYTES] as const;
  await exec([...argv, '--no-recursion', '--null', '--files-from=-'], { input: names.join('') });
}

/** `<family>-<arch>-<version>.tar.xz`. */
export async function packTar(staged: StagedPackage, target: PackTarget): Promise<PackedFile> {
  const name = `${staged.family}-${staged.arch.machine}-${staged.version}.tar`;
  const file = joinHost(target.out, name);
  await writeTar(staged, file);
  // One thread and several write different bytes.
  await exec(['xz', '--force', '--threads=2', `-${String(target.level)}`, file], { timeoutMs: PACK_TIMEOUT_MS });
  const path = `${file}.xz` as HostPath;
  const { family, installedBytes } = staged;
  return { path, name: `${name}.xz`, family, installedBytes, sizeBytes: (await fsp.stat(path)).size };
}
