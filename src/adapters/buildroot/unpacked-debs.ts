/**
 * The packages of a root that mmdebstrap has unpacked and not yet installed. dpkg's database of such a root is empty, so
 * what is there, and which package brought it, is read from the .deb files themselves: from their list of checksums
 * (deb-md5sums(5)), since the list of their contents is to be had only by unpacking all of them once more.
 */
import { parseDeb822 } from '../../core/deb822.ts';
import { guestPath, inRoot, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import type { OwnedPackage } from './dpkg-database.ts';

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
  return readDebs(names.map((name) => inRoot(root, guestPath(name))));
}

/**
 * Package after package: its control file, a form feed, a path on each line, a form feed. No package need have checksums: then
 * all of its contents are listed. One shell for all, because it forks in a tenth of the time that we take.
 */
const LIST = `set -o pipefail
for deb; do
  dpkg-deb --ctrl-tarfile "$deb" | tar --extract --to-stdout ./control && printf '\\f' || exit
  if sums=$(dpkg-deb --ctrl-tarfile "$deb" | tar --extract --to-stdout ./md5sums 2>&1); then
    printf '%s\\n' "$sums" | cut -c 35-
  else
    dpkg-deb --fsys-tarfile "$deb" | tar --list --quoting-style=literal | sed -n '/[^/]$/ s,^\\./,,p' || exit
  fi
  printf '\\f'
done`;

async function readDebs(debs: readonly HostPath[]): Promise<OwnedPackage[]> {
  const { stdout } = await exec(['bash', '-c', LIST, 'bash', ...debs]);
  const parts = stdout.split('\f');
  return debs.map((_, at) => {
    const [control] = parseDeb822(parts[2 * at] ?? '');
    const field = (name: string): string => control?.get(name) ?? '';
    const paths = (parts[2 * at + 1] ?? '').split('\n').filter((path) => path !== '');
    return {
      package: { name: field('package'), version: field('version'), arch: field('architecture') },
      files: paths.map((path) => `/${path}`),
    };
  });
}
