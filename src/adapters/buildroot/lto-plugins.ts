/** Where a build root's compilers have their LTO plug-in. */
import { readdirSync } from 'node:fs';
import { guestPath, inRoot, joinGuest, type GuestPath, type HostPath } from '../../core/paths.ts';
import { errnoOf } from '../../os/fs.ts';
import { resolveInRoot } from './resolve.ts';

/** gcc keeps it in `<one of these>/<triplet>/<version>`. */
const GCC_DIRS = ['/usr/lib/gcc', '/usr/libexec/gcc'].map(guestPath);
const NAME = 'liblto_plugin.so';

/** The files behind the plug-ins' names, links followed; a link that leads nowhere is left as it is. */
export function findLtoPlugins(root: HostPath): GuestPath[] {
  const dirs = GCC_DIRS.flatMap((dir) => namesIn(root, dir)).flatMap((dir) => namesIn(root, dir));
  const links = dirs.flatMap((dir) => namesIn(root, dir)).filter((path) => path.endsWith(`/${NAME}`));
  return [...new Set(links.map((link) => resolveInRoot(root, link) ?? link))].sort();
}

function namesIn(root: HostPath, dir: GuestPath): GuestPath[] {
  try {
    return readdirSync(inRoot(root, dir)).map((name) => joinGuest(dir, name));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return [];
    throw error;
  }
}
