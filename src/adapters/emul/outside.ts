/** The emulator and the dispatcher in the root's /usr/bin: the only files that we put outside /emul. */
import { promises as fsp } from 'node:fs';
import { basename } from 'node:path/posix';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { siblingName, statOrUndefined } from '../../os/fs.ts';
import { copyOut, type CopySettings } from './copy-out.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { TREE_MTIME_S, type TreeFile } from './tree.ts';

/**
 * @returns how many were written.
 * @throws EnvironmentError E_CONFLICT where the root has another file of that name, such as its own qemu-user package.
 */
export async function putOutside(
  settings: CopySettings,
  binDir: HostPath,
  files: readonly TreeFile[],
): Promise<number> {
  const changed: { readonly file: TreeFile; readonly target: HostPath }[] = [];
  for (const file of files) {
    const target = joinHost(binDir, basename(file.path));
    const isSame = await hasContent(target, file);
    if (!isSame && (await statOrUndefined(target)) !== undefined && !(await isOurs(target))) throw taken(target);
    if (!isSame) changed.push({ file, target });
  }
  for (const { file, target } of changed) {
    const temporary = siblingName(target);
    try {
      await copyOut(settings, file, temporary);
      await fsp.rename(temporary, target);
    } catch (error) {
      await fsp.rm(temporary, { force: true });
      throw error;
    }
  }
  return changed.length;
}

/** Ours is a file with our own time. A file of the same content that somebody else put there is not. */
export async function isOurs(path: HostPath): Promise<boolean> {
  const stats = await statOrUndefined(path);
  return stats !== undefined && stats.isFile() && Number(stats.mtimeMs) === TREE_MTIME_S * 1000;
}

async function hasContent(path: HostPath, file: TreeFile): Promise<boolean> {
  const stats = await statOrUndefined(path);
  if (stats === undefined || !stats.isFile() || Number(stats.size) !== file.object.sizeBytes) return false;
  return (await sha256OfFile(path)) === file.object.sha256;
}

function taken(path: HostPath): EnvironmentError {
  return new EnvironmentError({
    code: 'E_CONFLICT',
    what: `${path} is there already, and is not ours`,
    why: 'a package of the build root (qemu-user, qemu-user-static) or a person has put it there',
    fix: ['Remove that package from the build root, or the file, then run the same command again'],
  });
}
