/**
 * The files of a Debian root by package, with what a package archive says of each: for packing them anew. They are taken as
 * the root has them, which is as their maintainer scripts left them.
 */
import { lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs';
import { parseDeb822, type Stanza } from '../../core/deb822.ts';
import { guestPath, inRoot, joinGuest, type GuestPath, type HostPath } from '../../core/paths.ts';
import { lstatIfThere } from '../../os/fs.ts';
import { isOnDisk, placedFiles, readDiversions, readOwnedPackages } from './dpkg-database.ts';
import { ADMIN_DIR, canonicalPaths, packageFiles } from './owner.ts';
import { resolveInRoot } from './resolve.ts';

export interface PackageFile {
  readonly path: GuestPath;
  readonly kind: 'directory' | 'file' | 'link';
  /** Permission bits, with setuid and its like. */
  readonly mode: number;
  /** Names of the root's own passwd(5) and group(5), where those have one. */
  readonly user: string;
  readonly group: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** The stanzas of the packages whose files are in the root, in the database's order. */
export function readStanzas(root: HostPath): Stanza[] {
  const text = readFileSync(joinAdmin(root, 'status'), 'utf8');
  return parseDeb822(text).filter((stanza) => isOnDisk(stanza.get('status')));
}

/**
 * Package -> its files, parents first. What a package lists and the root has not (documentation that was left out) is left
 * out here, too.
 */
export function readPackageContents(root: HostPath): ReadonlyMap<string, readonly PackageFile[]> {
  const canonical = canonicalPaths(root);
  const diversions = readDiversions(inRoot(root, ADMIN_DIR));
  const describe = describer(root);
  const owned = readOwnedPackages(inRoot(root, ADMIN_DIR));
  return new Map(
    owned.map((one) => {
      const paths = [...new Set(placedFiles(one, diversions, canonical))].filter((path) => path !== '/').sort();
      return [one.package.name, paths.flatMap((path) => describe(path) ?? [])];
    }),
  );
}

/** State of this machine, or of how the root was made, which another root has its own of. */
const LEFT_OUT = /^\/etc\/(apt|systemd|hostname|resolv\.conf|fstab|mtab|ld\.so\.cache|\.pwd\.lock|.*-$|rc\d?\.d)/;

/**
 * What maintainer scripts have made: users, settings, and the links of alternatives whose programs are in one of `packages`.
 */
export function readConfiguration(root: HostPath, packages: ReadonlySet<string>): PackageFile[] {
  const owners = packageFiles(root, readOwnedPackages(inRoot(root, ADMIN_DIR)));
  const describe = describer(root);
  const isWanted = ({ path, kind }: PackageFile): boolean => {
    if (owners.has(path) || kind === 'directory' || LEFT_OUT.test(path)) return false;
    if (kind === 'file') return path.startsWith('/etc/');
    const target = resolveInRoot(root, path);
    const owner = target === undefined ? undefined : owners.get(target);
    return owner !== undefined && packages.has(owner.name);
  };
  const places = ['/etc', '/usr/bin', '/usr/sbin', '/usr/lib'].map((path) => guestPath(path));
  const found = places.flatMap((place) => listFiles(root, place, place === '/etc'));
  return found.flatMap((path) => describe(path) ?? []).filter(isWanted);
}

function listFiles(root: HostPath, dir: GuestPath, isDeep: boolean): GuestPath[] {
  const entries = readdirSync(inRoot(root, dir), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = joinGuest(dir, entry.name);
      return entry.isDirectory() && isDeep ? listFiles(root, path, isDeep) : [path];
    });
}

function describer(root: HostPath): (path: GuestPath) => PackageFile | undefined {
  const [users, groups] = ['etc/passwd', 'etc/group'].map((file) => namesById(root, file));
  return (path) => {
    const stats = lstatIfThere(inRoot(root, path));
    const kind = stats === undefined ? undefined : kindOf(stats);
    if (stats === undefined || kind === undefined) return undefined;
    return {
      path,
      kind,
      mode: stats.mode & 0o7777,
      user: users?.get(stats.uid) ?? 'root',
      group: groups?.get(stats.gid) ?? 'root',
      sizeBytes: stats.size,
      mtimeMs: Math.trunc(stats.mtimeMs),
    };
  };
}

function kindOf(stats: Stats): PackageFile['kind'] | undefined {
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isDirectory()) return 'directory';
  return stats.isFile() ? 'file' : undefined;
}

function namesById(root: HostPath, file: string): ReadonlyMap<number, string> {
  const path = inRoot(root, guestPath(`/${file}`));
  if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return new Map();
  const lines = readFileSync(path, 'utf8').matchAll(/^([^:\n]+):[^:\n]*:(\d+):/gm);
  return new Map([...lines].map(([, name = '', id]) => [Number(id), name]));
}

function joinAdmin(root: HostPath, name: string): HostPath {
  return inRoot(root, joinGuest(ADMIN_DIR, name));
}
