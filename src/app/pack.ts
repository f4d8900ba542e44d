/** `pack`: a build root's twins as packages that a build system installs. */
import { existsSync, promises as fsp, readdirSync } from 'node:fs';
import { packDeb } from '../adapters/pack/deb.ts';
import { packOci } from '../adapters/pack/oci.ts';
import { packRpm } from '../adapters/pack/rpm.ts';
import type { PackedFile, PackTarget, StagedPackage } from '../adapters/pack/staged.ts';
import { packTar } from '../adapters/pack/tar.ts';
import { outsideNames, TREE_MTIME_S } from '../adapters/emul/tree.ts';
import { UsageError } from '../core/errors.ts';
import { joinHost, type HostPath } from '../core/paths.ts';
import { cacheDir, withErrno } from '../os/fs.ts';
import { stagePackages } from './pack-stage.ts';
import { withFinishedTree, type TreeAtHand, type TreeRequest } from './tree/finish-tree.ts';

export const PACK_FORMATS = ['rpm', 'deb', 'tar', 'oci'] as const;
export type PackFormat = (typeof PACK_FORMATS)[number];

export interface PackRequest extends TreeRequest {
  readonly format: PackFormat;
  /** Made where it is missing. For `oci`: the image layout itself, which must not exist yet or be empty. */
  readonly out: HostPath;
  /** Of the packages; default 1. */
  readonly release?: string;
  /** Architecture of rpm packages, where the guest's has several names (armv7hl, armv7l). */
  readonly rpmArch?: string;
  /** Of xz; default 9, which takes minutes for a whole set. */
  readonly level?: number;
}

export interface Packed {
  readonly root: HostPath;
  readonly arch: string;
  readonly format: PackFormat;
  readonly out: HostPath;
  readonly packages: readonly PackedFile[];
}

/**
 * The build root is only read. Two runs over the same root give the same bytes; SOURCE_DATE_EPOCH is what the packages say
 * when they were built, and 1980-01-01 where it is not set.
 *
 * @throws UsageError E_USAGE for an architecture that the guest's rpm packages do not have, and for a layout that exists.
 * @throws EnvironmentError like `install`, without E_CONFLICT and E_LOCKED.
 */
export async function pack(request: PackRequest): Promise<Packed> {
  return withFinishedTree(request, async (made) => {
    const { arch, root } = made.buildroot;
    const rpmArch = request.rpmArch ?? arch.rpm[0];
    if (!arch.rpm.includes(rpmArch)) throw unknownRpmArch(rpmArch, arch.rpm);
    if (request.format === 'oci' && existsSync(request.out) && readdirSync(request.out).length > 0) {
      throw new UsageError({ what: `${request.out} is not empty`, fix: ['Name a directory that does not exist yet'] });
    }
    const packages = await withTarget(request, async (target) => {
      request.onProgress?.({ kind: 'phase', title: 'sorting the emul tree into packages' });
      const staged = await stagePackages(made, { dir: target.scratch, release: request.release ?? '1' });
      made.checkInterrupted();
      if (request.format === 'oci') {
        request.onProgress?.({ kind: 'phase', title: 'writing the image layout' });
        return packOci({ packages: staged, arch, root, leftOut: ownPaths() }, target);
      }
      return packEach(request, { made, staged, target, rpmArch });
    });
    return { root, arch: arch.name, format: request.format, out: request.out, packages };
  });
}

interface EachParts {
  readonly made: TreeAtHand;
  readonly staged: readonly StagedPackage[];
  readonly target: PackTarget;
  readonly rpmArch: string;
}

async function packEach(request: PackRequest, parts: EachParts): Promise<PackedFile[]> {
  const writers: Readonly<Record<Exclude<PackFormat, 'oci'>, (staged: StagedPackage) => Promise<PackedFile>>> = {
    rpm: (staged) => packRpm(staged, parts.target, parts.rpmArch),
    deb: (staged) => packDeb(staged, parts.target),
    tar: (staged) => packTar(staged, parts.target),
  };
  const packed: PackedFile[] = [];
  if (request.format === 'oci') return packed;
  for (const staged of parts.staged) {
    parts.made.checkInterrupted();
    request.onProgress?.({ kind: 'phase', title: `writing ${staged.family}` });
    packed.push(await writers[request.format](staged));
  }
  return packed;
}

async function withTarget<T>(request: PackRequest, work: (target: PackTarget) => Promise<T>): Promise<T> {
  const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? TREE_MTIME_S);
  return withErrno(`write packages to ${request.out}`, async () => {
    await fsp.mkdir(request.out, { recursive: true });
    const scratch = (await fsp.mkdtemp(joinHost(cacheDir(), 'tmp', 'pack-'))) as HostPath;
    try {
      return await work({ out: request.out, scratch, epoch, level: request.level ?? 9 });
    } finally {
      await fsp.rm(scratch, { recursive: true, force: true });
    }
  });
}

/** What `install` may have put into the root: the layers of the packages bring it. */
function ownPaths(): string[] {
  return ['emul', ...outsideNames().map((name) => `usr/bin/${name}`)];
}

function unknownRpmArch(name: string, known: readonly string[]): UsageError {
  return new UsageError({
    what: `rpm packages of this guest are not for '${name}'`,
    fix: [`Use ${known.join(' or ')}`],
  });
}
