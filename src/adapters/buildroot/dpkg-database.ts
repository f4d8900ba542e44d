/**
 * dpkg's database, read from its files and not by asking dpkg-query: the root's own dpkg would run emulated, and the
 * host may have none. Layout: dpkg(1) FILES, deb-src-control(5) for the stanzas; `*.list` and `diversions` are dpkg's own
 * formats (lib/dpkg/db-fsys-files.c, db-fsys-divert.c).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { parseDeb822 } from '../../core/deb822.ts';
import type { GuestPackage } from '../../core/model.ts';
import { guestPath, joinHost, type GuestPath, type HostPath } from '../../core/paths.ts';
import { errnoOf } from '../../os/fs.ts';

/** A package and every path that it brought. */
export interface OwnedPackage {
  readonly package: GuestPackage;
  readonly files: readonly string[];
}

/** States in which a package's files are on disk; dpkg-query(1), `db:Status-Status`. */
const ON_DISK = new Set(['unpacked', 'half-configured', 'triggers-awaited', 'triggers-pending', 'installed']);

/** @param status the field of that name: `install ok installed`. */
export function isOnDisk(status: string | undefined): boolean {
  return ON_DISK.has(status?.split(/\s+/)[2] ?? '');
}

/** The packages of a `status` file whose files are unpacked, in file order. */
export function parseStatus(text: string): GuestPackage[] {
  const packages: GuestPackage[] = [];
  for (const stanza of parseDeb822(text)) {
    const name = stanza.get('package');
    const version = stanza.get('version');
    const arch = stanza.get('architecture');
    if (name === undefined || version === undefined || arch === undefined) continue;
    if (!isOnDisk(stanza.get('status'))) continue;
    packages.push({ name, version, arch });
  }
  return packages;
}

export interface Diversion {
  readonly from: string;
  readonly to: string;
  /** The package whose own file stays at `from`; undefined for a local diversion, which moves everybody's. */
  readonly by?: string;
}

/** Reads `diversions`: three lines each, the last one a package or `:`. */
export function parseDiversions(text: string): Diversion[] {
  const lines = text.split('\n');
  const diversions: Diversion[] = [];
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [from, to, by] = lines.slice(at, at + 3);
    if (!from || !to || !by) continue;
    diversions.push(by === ':' ? { from, to } : { from, to, by });
  }
  return diversions;
}

/** The packages on disk with their file lists. A list that is missing counts as empty. */
export function readOwnedPackages(adminDir: HostPath): OwnedPackage[] {
  const info = joinHost(adminDir, 'info');
  const lists = new Set(readNames(info).filter((name) => name.endsWith('.list')));
  return parseStatus(readText(joinHost(adminDir, 'status')) ?? '').map((found) => {
    // Multi-Arch: same packages have the architecture in the name of their list.
    const list = [`${found.name}:${found.arch}.list`, `${found.name}.list`].find((name) => lists.has(name));
    const text = list === undefined ? '' : (readText(joinHost(info, list)) ?? '');
    return { package: found, files: text.split('\n').filter((line) => line !== '') };
  });
}

export function readDiversions(adminDir: HostPath): Diversion[] {
  return parseDiversions(readText(joinHost(adminDir, 'diversions')) ?? '');
}

/**
 * Where the root has the paths that a package lists. It may list `/bin/sed` where the file is `/usr/bin/sed` (merged /usr),
 * and a diverted file lies elsewhere: `canonical` puts a listed path where the root has it.
 */
export function placedFiles(
  { package: owner, files }: OwnedPackage,
  diversions: readonly Diversion[],
  canonical: (path: string) => GuestPath,
): GuestPath[] {
  const moved = new Map(diversions.filter(({ by }) => by !== owner.name).map(({ from, to }) => [from, to]));
  return files.map((file) => canonical(moved.get(file) ?? file));
}

/** Which package a file belongs to, by its canonical path. */
export function fileOwners(
  packages: readonly OwnedPackage[],
  diversions: readonly Diversion[],
  canonical: (path: string) => GuestPath,
): ReadonlyMap<GuestPath, GuestPackage> {
  const owners = new Map<GuestPath, GuestPackage>();
  for (const owned of packages) {
    for (const path of placedFiles(owned, diversions, canonical)) owners.set(path, owned.package);
  }
  return owners;
}

/** Puts `/bin/x` to `/usr/bin/x` where `/bin` is such a link; `topLinks` are the links of the root directory. */
export function mergedPath(topLinks: ReadonlyMap<string, string>, path: string): GuestPath {
  const slash = path.indexOf('/', 1);
  const target = slash < 0 ? undefined : topLinks.get(path.slice(1, slash));
  return target === undefined ? guestPath(path) : guestPath(`${target}${path.slice(slash)}`);
}

function readText(path: HostPath): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readNames(path: HostPath): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
