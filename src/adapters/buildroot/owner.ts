/** Which package of a build root a file belongs to. */
import { readdirSync } from 'node:fs';
import type { GuestPackage } from '../../core/model.ts';
import { guestPath, inRoot, type GuestPath, type HostPath } from '../../core/paths.ts';
import { fileOwners, mergedPath, readDiversions, readOwnedPackages, type OwnedPackage } from './dpkg-database.ts';
import { resolveInRoot } from './resolve.ts';

export const ADMIN_DIR = guestPath('/var/lib/dpkg');

/** The owner of every file of these packages, by its canonical path. */
export function packageFiles(root: HostPath, packages: readonly OwnedPackage[]): ReadonlyMap<GuestPath, GuestPackage> {
  return fileOwners(packages, readDiversions(inRoot(root, ADMIN_DIR)), canonicalPaths(root));
}

/** Puts the path that a package lists to where this root has it. */
export function canonicalPaths(root: HostPath): (path: string) => GuestPath {
  const links = topLinks(root);
  return (path) => mergedPath(links, path);
}

/** @param path canonical. */
export function ownerOfFile(root: HostPath, path: GuestPath): GuestPackage | undefined {
  return packageFiles(root, readOwnedPackages(inRoot(root, ADMIN_DIR))).get(path);
}

/** The links of the root directory, `bin -> /usr/bin`: those of a merged /usr. */
function topLinks(root: HostPath): ReadonlyMap<string, string> {
  const links = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
  return new Map(
    links.flatMap(({ name }) => {
      const target = resolveInRoot(root, guestPath(`/${name}`));
      return target === undefined ? [] : [[name, target] as const];
    }),
  );
}
