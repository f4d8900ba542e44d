/** `pack` without a build root: one is made of a distribution's packages, packed, and removed. */
import { promises as fsp } from 'node:fs';
import type { Arch } from '../core/arch.ts';
import { joinHost, type HostPath } from '../core/paths.ts';
import { cacheDir, withErrno } from '../os/fs.ts';
import { bootstrap, removeWork, type BootstrapOptions } from './bootstrap.ts';
import { pack, type Packed, type PackRequest } from './pack.ts';

export interface PackTargetRequest extends Omit<PackRequest, 'root' | 'unpacked'> {
  /** A release's code name: `trixie`. */
  readonly suite: string;
  readonly arch: Arch;
  /** What the root is made of, as for `bootstrap`: default `buildd`. */
  readonly variant?: string;
  readonly include?: readonly string[];
}

/**
 * Packages of the twins that a root of the suite would get, from the distribution's packages for guest and host.
 *
 * @throws what `bootstrap` and `pack` throw.
 */
export async function packTarget(request: PackTargetRequest): Promise<Omit<Packed, 'root'>> {
  const work = await withErrno('make a directory for the build root', async () => {
    await fsp.mkdir(joinHost(cacheDir(), 'tmp'), { recursive: true });
    return (await fsp.mkdtemp(joinHost(cacheDir(), 'tmp', 'target-'))) as HostPath;
  });
  try {
    const dir = joinHost(work, 'root');
    await bootstrap({ ...bootstrapOptionsOf(request), dir });
    const { arch, format, out, packages } = await pack({ ...request, root: dir });
    return { arch, format, out, packages };
  } finally {
    await removeWork(work);
  }
}

/** Without those that only `pack` knows. */
function bootstrapOptionsOf(request: PackTargetRequest): Omit<BootstrapOptions, 'dir'> {
  const { suite, arch, variant, include, packs, donor, onProgress, signal } = request;
  return {
    ...{ suite, arch },
    ...(variant === undefined ? {} : { variant }),
    ...(include === undefined ? {} : { include }),
    ...(packs === undefined ? {} : { packs }),
    ...(donor === undefined ? {} : { donor }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(signal === undefined ? {} : { signal }),
  };
}
