/** A repository of Debian's own packages for obs-build, of the architecture of a root. */
import { promises as fsp } from 'node:fs';
import { readStanzas } from '../../adapters/buildroot/package-contents.ts';
import { fetchGuestPackages } from '../../adapters/donor/guest-packages.ts';
import type { Arch } from '../../core/arch.ts';
import type { HostPath } from '../../core/paths.ts';
import { closureOf, packageSet } from '../../core/rpm-from-deb.ts';
import { withErrno } from '../../os/fs.ts';
import type { ProgressSink } from '../progress.ts';
import { lacksPackages } from './repository.ts';

export interface DebRepositoryRequest {
  readonly arch: Arch;
  readonly suite: string;
  /** Its package database says what these packages need. */
  readonly root: HostPath;
  readonly packages: readonly string[];
  readonly out: HostPath;
  readonly onProgress: ProgressSink;
}

/**
 * @returns the names of the packages that were put there: `packages` and what they need, sorted.
 * @throws EnvironmentError E_ROOT for a root that lacks one of them, E_DOWNLOAD.
 */
export async function makeDebRepository(request: DebRepositoryRequest): Promise<string[]> {
  const { arch, suite, root, packages, out, onProgress } = request;
  const { names, missing } = closureOf(packages, packageSet(readStanzas(root)));
  if (missing.length > 0) throw lacksPackages(root, missing);
  onProgress({ kind: 'phase', title: 'fetching the packages of the root' });
  await withErrno(`make ${out}`, () => fsp.mkdir(out, { recursive: true }));
  const report = (done: number, total: number, detail: string): void => {
    onProgress({ kind: 'step', done, total, detail });
  };
  await fetchGuestPackages({ root, arch, suite }, names, { into: out, report });
  return names;
}
