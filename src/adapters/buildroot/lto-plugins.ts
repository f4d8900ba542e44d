/** Where a build root's compilers have their LTO plug-in. */
import { readdirSync } from 'node:fs';
import { guestPath, inRoot, joinGuest, type GuestPath, type HostPath } from '../../core/paths.ts';
import { errnoOf } from '../../os/fs.ts';
import { resolveInRoot } from './resolve.ts';

/** gcc keeps it in `<one of these>/<triplet>/<version>`. */
const GCC_DIRS = ['/usr/lib/gcc', '/usr/libexec/gcc'].map(guestPath);
const NAME = 'liblto_plugin.so';

export interface LtoPluginFile {
  /** Where the guest has it; links inside the guest followed. */
  readonly path: GuestPath;
  /** What it is a link to; the path itself where it is none. */
  readonly target: GuestPath;
}

/** A link into the emul tree, as Tizen's qemu-accel makes it, has the guest's name; it may lead nowhere. */
export function findLtoPlugins(root: HostPath): LtoPluginFile[] {
  const dirs = GCC_DIRS.flatMap((dir) => namesIn(root, dir)).flatMap((dir) => namesIn(root, dir));
  const names = dirs.flatMap((dir) => namesIn(root, dir)).filter((path) => path.endsWith(`/${NAME}`));
  const found = names.map((name) => {
    const target = resolveInRoot(root, name) ?? name;
    return { path: isInTree(target) ? name : target, target };
  });
  // Several names of one file are one; the last one of GCC_DIRS is where gcc looks.
  return [...new Map(found.map((plugin) => [plugin.target, plugin])).values()].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
}

function isInTree(path: GuestPath): boolean {
  return path.startsWith('/emul/');
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
