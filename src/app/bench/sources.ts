/** What a case is made of besides its own files: most often sources of the archive. What a partial mirror does not serve makes a case impossible, not the run. */
import { fetchSource, fetchSourcePackages, type SourceTarball } from '../../adapters/donor/source-package.ts';
import { AccelError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import type { BenchCase } from './case.ts';
import { ARCH, SUITE, type Watched } from './roots.ts';
import { PLACE } from './sandbox.ts';
import { strayIndex } from './stray-index.ts';

export type CaseSource =
  | { readonly kind: 'tarball'; readonly tarball: SourceTarball }
  /** `unpack`: a shell command that makes the working directory of the directory `source` beside it. */
  | {
      readonly kind: 'package';
      readonly files: readonly HostPath[];
      readonly unpack: string;
      readonly version: string;
    }
  /** To be shown in place of the emul tree's own. */
  | { readonly kind: 'index'; readonly file: HostPath };

/** @returns undefined for a case that needs none; a text: why there is none. */
export async function sourceOf(
  each: BenchCase,
  root: HostPath,
  watched: Watched,
): Promise<CaseSource | string | undefined> {
  const { run } = each;
  if (run.kind === 'exec' && run.strayRecords !== undefined) {
    return { kind: 'index', file: await strayIndex(root, run.strayRecords) };
  }
  const guest = { root, arch: ARCH, suite: SUITE };
  if (each.package !== undefined) {
    const answer = (await fetchSourcePackages(guest, [each.package], watched.signal)).get(each.package);
    if (answer?.kind !== 'found') return `the archive does not serve its source: ${answer?.why ?? 'it is unknown'}`;
    const { dir, files, version } = answer.source;
    const unpack = `cd ${PLACE} && rmdir work && dpkg-source --no-check --extract source/${files[0]} work`;
    return { kind: 'package', files: files.map((name) => joinHost(dir, name)), unpack, version };
  }
  if (each.tarball === undefined) return undefined;
  try {
    const want = { candidates: each.tarball, signal: watched.signal, onMissing: () => undefined };
    return { kind: 'tarball', tarball: await fetchSource(guest, want) };
  } catch (error) {
    if (!(error instanceof AccelError) || error.code !== 'E_DOWNLOAD') throw error;
    return error.what;
  }
}
