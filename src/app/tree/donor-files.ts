/** Looks for files inside a donor's packages. */
import { lstatSync } from 'node:fs';
import { resolveInRoot } from '../../adapters/buildroot/resolve.ts';
import type { Host } from '../../core/host.ts';
import type { DonorPackage } from '../../core/model.ts';
import { guestPath, inRoot, type HostPath } from '../../core/paths.ts';

export interface DonorFile {
  readonly package: DonorPackage;
  /** Inside the package, links followed. */
  readonly path: string;
  readonly file: HostPath;
}

/** The first of these paths that is a file of the package. Links are followed inside the package only. */
export function findInPackage(donor: DonorPackage, paths: readonly string[]): DonorFile | undefined {
  for (const path of paths) {
    const resolved = resolveInRoot(donor.dir, guestPath(path));
    if (resolved === undefined) continue;
    const file = inRoot(donor.dir, resolved);
    if (lstatSync(file).isFile()) return { package: donor, path: resolved, file };
  }
  return undefined;
}

/** Where a donor keeps shared libraries; those of before the /usr merge included. */
export function libraryPaths(host: Host, soname: string, guestDirectory?: string): string[] {
  const dirs = [
    `/usr/lib/${host.arch.triplet}`,
    `/lib/${host.arch.triplet}`,
    ...(host.arch.elfClass === 64 ? ['/usr/lib64', '/lib64'] : []),
    '/usr/lib',
    '/lib',
  ];
  const own = guestDirectory === undefined ? [] : [guestDirectory];
  return [...new Set([...own, ...dirs])].map((dir) => `${dir}/${soname}`);
}
