/** One install, refresh or remove at a time in one build root. */
import { lstatSync, statSync } from 'node:fs';
import { resolveInRoot } from '../adapters/buildroot/resolve.ts';
import { EnvironmentError } from '../core/errors.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../core/paths.ts';
import { missingRoot } from '../core/root-errors.ts';
import { cacheDir } from '../os/fs.ts';
import { withLock } from '../os/lock.ts';

const LOCK_WAIT_SECONDS = 600;

/**
 * The lock goes by device and inode: a root has many names.
 *
 * @throws EnvironmentError E_ROOT where there is no such directory, E_LOCKED after ten minutes.
 */
export async function withRootLock<T>(root: HostPath, work: () => Promise<T>): Promise<T> {
  const stats = statSync(root, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw missingRoot(root);
  }
  const name = `root-${String(stats.dev)}-${String(stats.ino)}.lock`;
  return withLock(joinHost(cacheDir(), 'locks', name), LOCK_WAIT_SECONDS, work);
}

/** The root's /usr/bin as the host sees it. @throws EnvironmentError E_ROOT */
export function binDirOf(root: HostPath): HostPath {
  const dir = resolveInRoot(root, guestPath('/usr/bin'));
  if (dir !== undefined && lstatSync(inRoot(root, dir)).isDirectory()) return inRoot(root, dir);
  throw new EnvironmentError({ code: 'E_ROOT', what: `${root} has no /usr/bin`, fix: ['Check the path'] });
}
