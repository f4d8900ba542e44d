/** One source package, built one way by dpkg-buildpackage in a build root. */
import { promises as fsp } from 'node:fs';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { withErrno } from '../../os/fs.ts';
import { countPrograms, type ProgramCounts } from '../program-counts.ts';
import { LOG, PLACE, placeDir, removePlace, runInPlace, setUpPlace, type Place } from './place.ts';
import type { BuildSource } from './sources.ts';
import type { PackageRow } from './table.ts';

export interface BuildRequest extends Place {
  readonly row: PackageRow;
  readonly source: BuildSource;
  readonly isEmulated: boolean;
  /** Where the packages are put; must not exist. */
  readonly into: HostPath;
  /** What the build has printed; kept, whatever becomes of it. */
  readonly log: HostPath;
}

export type BuildOutcome =
  | {
      readonly kind: 'built';
      readonly seconds: number;
      /** File names in `into`, sorted. */
      readonly packages: readonly string[];
      /** Of an accelerated build. */
      readonly programs?: ProgramCounts;
    }
  | { readonly kind: 'failed'; readonly why: string };

const TREE = `${PLACE}/build`;
const SHOWN_LINES = 6;

/**
 * Unpacks and builds as an ordinary user of the root, without network, as Debian's own builders do. That user can write
 * to nothing but the build's own directories, so that the next build finds the root as this one did. The clock counts
 * dpkg-buildpackage alone.
 *
 * @throws EnvironmentError E_INTERRUPTED when `signal` says stop; what run throws.
 */
export async function buildPackage(request: BuildRequest): Promise<BuildOutcome> {
  const { work, source } = request;
  const files = source.files.map((file) => ({ from: joinHost(source.dir, file), to: `source/${file}` }));
  await withErrno(`set up ${work}`, () => setUpPlace(request, files));
  try {
    if ((await step(request, source.unpack, 'unpack.trace')) !== 0) return await failed(request, 'unpacking');
    const flags = `DEB_BUILD_OPTIONS=${request.row.isTested === true ? '' : 'nocheck'}`;
    const startMs = performance.now();
    const status = await step(
      request,
      `cd ${TREE} && ${flags} dpkg-buildpackage --build=binary -us -uc`,
      'build.trace',
    );
    const seconds = (performance.now() - startMs) / 1000;
    if (status !== 0) return await failed(request, 'dpkg-buildpackage');
    const packages = await collect(request);
    if (request.isEmulated) return { kind: 'built', seconds, packages };
    return { kind: 'built', seconds, packages, programs: await countPrograms([joinHost(work, 'build.trace')]) };
  } finally {
    await withErrno('keep the log of the build', () => fsp.copyFile(joinHost(placeDir(request), LOG), request.log));
    await removePlace(request);
  }
}

function step(request: BuildRequest, script: string, trace: string): Promise<number> {
  const { isEmulated, work } = request;
  return runInPlace(request, { script, isEmulated, ...(isEmulated ? {} : { trace: joinHost(work, trace) }) });
}

async function failed(request: BuildRequest, doing: string): Promise<BuildOutcome> {
  const text = await fsp.readFile(joinHost(placeDir(request), LOG), 'utf8');
  const last = text.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  return { kind: 'failed', why: `${doing} failed; its log is ${request.log}\n${last}` };
}

/** dpkg-buildpackage puts them beside the tree. */
async function collect(request: BuildRequest): Promise<string[]> {
  const { into } = request;
  const place = placeDir(request);
  const names = (await fsp.readdir(place)).filter((name) => /\.u?deb$/.test(name)).sort();
  await withErrno(`keep the packages in ${into}`, async () => {
    await fsp.mkdir(into, { recursive: true });
    for (const name of names) await fsp.copyFile(joinHost(place, name), joinHost(into, name));
  });
  return names;
}
