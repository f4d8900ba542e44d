/**
 * For which state of the root's packages a tree was made: /emul/packages, an empty file with the time of change of dpkg's
 * directory of packages. While the two times are the same, the dispatcher need not look whether a package has brought
 * compiled modules that have no twin (native/dispatcher/modules.c). No file: it always looks.
 */
import { promises as fsp } from 'node:fs';
import { guestPath, inRoot, joinGuest, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { siblingName, statOrUndefined } from '../../os/fs.ts';
import type { Owner } from './copy-out.ts';
import { EMUL, TREE_MTIME_S } from './tree.ts';

const PACKAGES_PATH = joinGuest(EMUL, 'packages');
/** dpkg renames files into it for every package that it unpacks, before it marks the package as unpacked. */
const DATABASE = guestPath('/var/lib/dpkg/info');

/** To be asked before the root is inspected. Nanoseconds since 1970; undefined where the root has no such directory. */
export async function packagesTime(root: HostPath): Promise<bigint | undefined> {
  return fsp.stat(inRoot(root, DATABASE), { bigint: true }).then(
    ({ mtimeNs }) => mtimeNs,
    () => undefined,
  );
}

/** Writes the file, or removes it where there is no time. */
export async function stampPackages(root: HostPath, timeNs: bigint | undefined, owner?: Owner): Promise<void> {
  const stamp = inRoot(root, PACKAGES_PATH);
  const before = await statOrUndefined(stamp);
  if (timeNs === undefined) {
    if (before === undefined) return;
    await fsp.rm(stamp);
  } else {
    const temporary = siblingName(stamp);
    await fsp.writeFile(temporary, '');
    await fsp.chmod(temporary, 0o644);
    if (owner) await fsp.lchown(temporary, owner.uid, owner.gid);
    await setChangeTime(temporary, timeNs);
    await fsp.rename(temporary, stamp);
  }
  await fsp.utimes(inRoot(root, EMUL), TREE_MTIME_S, TREE_MTIME_S);
}

/** By touch(1), because Node's utimes knows microseconds only. */
export async function setChangeTime(path: HostPath, timeNs: bigint): Promise<void> {
  const digits = String(timeNs).padStart(10, '0');
  await exec(['touch', '-m', '--no-create', `--date=@${digits.slice(0, -9)}.${digits.slice(-9)}`, path]);
}
