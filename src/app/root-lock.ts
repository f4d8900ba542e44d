/** One install, refresh or remove at a time in one build root. */
import { lstatSync, statSync } from 'node:fs';
import { resolveInRoot } from '../adapters/buildroot/resolve.ts';
import { heldLocks } from '../core/doctor/leftover-checks.ts';
import { EnvironmentError } from '../core/errors.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../core/paths.ts';
import { missingRoot } from '../core/root-errors.ts';
import { cacheDir, readTextIfThere, statOrUndefined } from '../os/fs.ts';
import { withLock } from '../os/lock.ts';

const LOCK_WAIT_SECONDS = 600;

/**
 * The lock goes by device and inode: a root has many names.
 *
 * @throws EnvironmentError E_ROOT where there is no such directory, E_LOCKED after ten minutes.
 */
export async function withRootLock<T>(root: HostPath, work: () => Promise<T>): Promise<T> {
  return withLock(lockFile(root), LOCK_WAIT_SECONDS, work);
}

/** Is another qemu-accel at work on it at this moment? As far as /proc/locks shows. @throws EnvironmentError E_ROOT */
export async function isRootLocked(root: HostPath): Promise<boolean> {
  const stats = await statOrUndefined(lockFile(root));
  const locks = await readTextIfThere('/proc/locks' as HostPath);
  return stats !== undefined && heldLocks(locks ?? '', new Set([Number(stats.ino)])) > 0;
}

function lockFile(root: HostPath): HostPath {
  const stats = statSync(root, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw missingRoot(root);
  }
  return joinHost(cacheDir(), 'locks', `root-${String(stats.dev)}-${String(stats.ino)}.lock`);
}

/** The root's /usr/bin as the host sees it. @throws EnvironmentError E_ROOT */
export function binDirOf(root: HostPath): HostPath {
  const dir = resolveInRoot(root, guestPath('/usr/bin'));
  if (dir !== undefined && lstatSync(inRoot(root, dir)).isDirectory()) return inRoot(root, dir);
  throw new EnvironmentError({ code: 'E_ROOT', what: `${root} has no /usr/bin`, fix: ['Check the path'] });
}
