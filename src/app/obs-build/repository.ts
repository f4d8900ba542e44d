/**
 * A repository of rpm packages for obs-build, made of a Debian root: every package of it is packed anew, as it lies there.
 * Beside them is one package, `debian-configuration`, of what Debian's maintainer scripts have made in the root (users, PAM,
 * alternatives): rpm's packages have no such scripts here.
 */
import { createHash } from 'node:crypto';
import { constants, promises as fsp } from 'node:fs';
import { repackAsRpm, repackedFileName, type RepackedPackage } from '../../adapters/pack/repack.ts';
import {
  readConfiguration,
  readPackageContents,
  readStanzas,
  type PackageFile,
} from '../../adapters/buildroot/package-contents.ts';
import { TREE_MTIME_S } from '../../adapters/emul/tree.ts';
import type { Stanza } from '../../core/deb822.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { mapParallel } from '../../core/parallel.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { closureOf, packageSet, providesOf, requiresOf, rpmVersion, type PackageSet } from '../../core/rpm-from-deb.ts';
import { cacheDir, exists, withErrno } from '../../os/fs.ts';
import { codeKey, projectPath } from '../../os/project.ts';
import type { ProgressSink } from '../progress.ts';

const CONFIGURATION_PACKAGE = 'debian-configuration';

export interface RepositoryRequest {
  readonly root: HostPath;
  /** Gets the packages; made. */
  readonly out: HostPath;
  /** These packages of the root, and what they need. */
  readonly packages: readonly string[];
  readonly rpmArch: string;
  readonly onProgress: ProgressSink;
}

const WORKERS = 2;
/** What a packed file depends on beside what is in its spec. */
const PACKING_CODE = ['adapters/pack'];

/**
 * @returns the names of the packages that it has now, sorted; what was packed before is taken from the cache.
 * @throws EnvironmentError E_ROOT for a root that lacks one of `packages`; CommandError of rpmbuild.
 */
export async function makeRepository(request: RepositoryRequest): Promise<string[]> {
  const packages = repackedPackages(request);
  const { out, onProgress } = request;
  const cache = joinHost(cacheDir(), 'obs-build', 'rpms');
  const code = codeKey(PACKING_CODE);
  onProgress({ kind: 'phase', title: 'packing the packages of the root as rpm' });
  await withErrno(`make a repository in ${out}`, async () => {
    for (const dir of [out, cache]) await fsp.mkdir(dir, { recursive: true });
    let done = 0;
    await mapParallel(packages, WORKERS, async (repacked) => {
      const kept = joinHost(cache, `${keyOf(repacked, code)}.rpm`);
      // What lies over it is not in the key.
      if (repacked.overlay !== undefined || !(await exists(kept))) await packInto(kept, repacked, request.rpmArch);
      await fsp.copyFile(kept, joinHost(out, repackedFileName(repacked)), constants.COPYFILE_FICLONE);
      onProgress({ kind: 'step', done: ++done, total: packages.length, detail: repacked.name });
    });
  });
  return packages.map(({ name }) => name).sort();
}

export function lacksPackages(root: HostPath, missing: readonly string[]): EnvironmentError {
  return new EnvironmentError({
    code: 'E_ROOT',
    what: `${root} lacks packages: ${missing.join(', ')}`,
    fix: [`Install them there, or make a root with them: qemu-accel bootstrap ... --include ${missing.join(',')}`],
  });
}

interface Repacked extends RepackedPackage {
  readonly files: readonly PackageFile[];
}

function repackedPackages({ root, packages, rpmArch }: RepositoryRequest): Repacked[] {
  const set = packageSet(readStanzas(root));
  const { names, missing } = closureOf(packages, set);
  if (missing.length > 0) throw lacksPackages(root, missing);
  const contents = readPackageContents(root);
  const repacked = names.map((name) => ({
    ...describe(set.byName.get(name) ?? new Map<string, string>(), set, rpmArch),
    root,
    files: contents.get(name) ?? [],
  }));
  const files = readConfiguration(root, new Set(names));
  return [...repacked, { ...configurationPackage(), root, files }];
}

function describe(stanza: Stanza, set: PackageSet, rpmArch: string): Omit<RepackedPackage, 'root' | 'files'> {
  return {
    name: stanza.get('package') ?? '',
    ...rpmVersion(stanza.get('version') ?? '0'),
    arch: stanza.get('architecture') === 'all' ? 'noarch' : rpmArch,
    summary: stanza.get('description')?.split('\n')[0] ?? '',
    requires: requiresOf(stanza, set),
    provides: providesOf(stanza),
  };
}

/** Beside what is Debian's: what its rpm must be told of obs-build's chroot. */
const OVERLAY = { dir: projectPath('hooks', 'obs-build', 'debian'), files: ['/etc/rpm/macros.chroot'] } as const;

function configurationPackage(): Omit<RepackedPackage, 'root' | 'files'> {
  const summary = 'What maintainer scripts have made in a root of Debian';
  const related = { requires: [], provides: [], overlay: OVERLAY };
  return { name: CONFIGURATION_PACKAGE, version: '1', release: '1', arch: 'noarch', summary, ...related };
}

/** Files are told by their size and time: the root is one that nobody works in. */
function keyOf(repacked: Repacked, code: string): string {
  return createHash('sha256')
    .update(JSON.stringify([code, repacked]))
    .digest('hex');
}

async function packInto(kept: HostPath, repacked: RepackedPackage, rpmArch: string): Promise<void> {
  const scratch = (await fsp.mkdtemp(joinHost(cacheDir(), 'tmp', 'repack-'))) as HostPath;
  try {
    await repackAsRpm(repacked, { out: scratch, scratch, epoch: TREE_MTIME_S }, rpmArch);
    await fsp.rename(joinHost(scratch, repackedFileName(repacked)), kept);
  } finally {
    await fsp.rm(scratch, { recursive: true, force: true });
  }
}
