/**
 * The packages of a root that mmdebstrap has unpacked and not yet installed. dpkg's database of such a root is empty, so
 * what is there, and which package brought it, is read from the .deb files themselves.
 */
import { mapParallel } from '../../core/parallel.ts';
import { guestPath, inRoot, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import type { OwnedPackage } from './dpkg-database.ts';

const PARALLEL = 2;

/**
 * Says what is unpacked when we are called by `mmdebstrap --extract-hook`, from the environment that it gives to hooks
 * (mmdebstrap(1), HOOKS); undefined otherwise. The names of the .deb files are relative to the root.
 */
export async function packagesOfExtractHook(
  root: HostPath,
  env: Readonly<Record<string, string | undefined>>,
): Promise<OwnedPackage[] | undefined> {
  if (env['MMDEBSTRAP_HOOK'] !== 'extract') return undefined;
  const names = (env['MMDEBSTRAP_ESSENTIAL'] ?? '').split(/\s+/).filter((name) => name !== '');
  return mapParallel(names, PARALLEL, (name) => readDeb(inRoot(root, guestPath(name))));
}

const LIST = 'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar --list --quoting-style=literal';

async function readDeb(deb: HostPath): Promise<OwnedPackage> {
  const format = '${Package}\\n${Version}\\n${Architecture}\\n';
  const shown = await exec(['dpkg-deb', '--show', `--showformat=${format}`, deb]);
  const [name = '', version = '', arch = ''] = shown.stdout.split('\n');
  const { stdout } = await exec(['bash', '-c', LIST, 'bash', deb]);
  const files = stdout
    .split('\n')
    .flatMap((line) => (line.startsWith('./') && !line.endsWith('/') ? [line.slice(1)] : []));
  return { package: { name, version, arch }, files };
}
