/**
 * Follows symbolic links the way a process inside the build root would: an absolute link starts again at the root, and
 * `..` never climbs above it. The host's own realpath(3) would follow `/usr/bin/awk -> /etc/alternatives/awk` into the
 * host's /etc.
 */
import { readlinkSync } from 'node:fs';
import { guestPath, inRoot, type GuestPath, type HostPath } from '../../core/paths.ts';
import { errnoOf, lstatIfThere } from '../../os/fs.ts';

/** What the kernel allows in one path walk: MAXSYMLINKS of Linux, path_resolution(7). */
const MAX_LINKS = 40;

/** The target of the symbolic link at a path, or undefined where there is no link. */
export type LinkReader = (path: GuestPath) => string | undefined;

/**
 * The canonical form of `path` by what `readLink` says. Says nothing about whether a file is there.
 *
 * @returns undefined when more than 40 links are met: a loop.
 */
export function followLinks(path: GuestPath, readLink: LinkReader): GuestPath | undefined {
  let done = '';
  let links = 0;
  const pending = parts(path);
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '..') {
      done = done.slice(0, Math.max(0, done.lastIndexOf('/')));
      continue;
    }
    const here = `${done}/${part}` as GuestPath;
    const target = readLink(here);
    if (target === undefined) {
      done = here;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return undefined;
    if (target.startsWith('/')) done = '';
    pending.push(...parts(target));
  }
  return guestPath(done);
}

/**
 * The canonical path of an existing file of the root.
 *
 * @returns undefined for what does not exist, lies under something that is no directory, or is a loop.
 */
export function resolveInRoot(root: HostPath, path: GuestPath): GuestPath | undefined {
  const resolved = followLinks(path, (link) => linkTarget(inRoot(root, link)));
  if (resolved === undefined) return undefined;
  return lstatIfThere(inRoot(root, resolved)) === undefined ? undefined : resolved;
}

/** The components of a path, last one first. */
function parts(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .reverse();
}

function linkTarget(path: HostPath): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EINVAL' || errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  }
}
