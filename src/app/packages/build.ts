/** One source package, built one way by dpkg-buildpackage in a build root. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { withErrno } from '../../os/fs.ts';
import { countPrograms, type ProgramCounts } from '../program-counts.ts';
import { runCaptured } from '../run.ts';
import { BUILDER } from './root.ts';
import type { BuildSource } from './sources.ts';
import type { PackageRow } from './table.ts';

export interface BuildRequest {
  readonly root: HostPath;
  readonly row: PackageRow;
  readonly source: BuildSource;
  readonly isEmulated: boolean;
  /** Ours alone while the build lasts; emptied first, and removed at the end. */
  readonly work: HostPath;
  /** Where the packages are put; must not exist. */
  readonly into: HostPath;
  /** What the build has printed; kept, whatever becomes of it. */
  readonly log: HostPath;
  readonly signal: AbortSignal;
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

/** A directory that every Debian root has, and that is empty there: both builds see theirs at one path. */
const PLACE = '/mnt';
const TREE = `${PLACE}/build`;
/** An emulated gzip took twenty minutes on two cores; a busy machine may need several times that. */
const TIMEOUT_MS = 4 * 60 * 60 * 1000;
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
  await removeBuildDir(request);
  await withErrno(`set up ${work}`, () => setUp(request));
  try {
    const unpacked = await step(request, source.unpack, 'unpack.trace');
    if (unpacked.status !== 0) return await failed(request, 'unpacking');
    const flags = `DEB_BUILD_OPTIONS=${request.row.isTested === true ? '' : 'nocheck'}`;
    const startMs = performance.now();
    const built = await step(request, `cd ${TREE} && ${flags} dpkg-buildpackage --build=binary -us -uc`, 'build.trace');
    const seconds = (performance.now() - startMs) / 1000;
    if (built.status !== 0) return await failed(request, 'dpkg-buildpackage');
    const packages = await collect(request);
    if (request.isEmulated) return { kind: 'built', seconds, packages };
    return { kind: 'built', seconds, packages, programs: await countPrograms([joinHost(work, 'build.trace')]) };
  } finally {
    await withErrno('keep the log of the build', () => fsp.copyFile(joinHost(work, 'place', 'log'), request.log));
    await removeBuildDir(request);
  }
}

/** As the build sees them: /mnt with the source, the log and what is made, and a /tmp of its own. */
async function setUp({ work, source }: BuildRequest): Promise<void> {
  const place = joinHost(work, 'place');
  for (const file of source.files) {
    const target = joinHost(place, 'source', file);
    await fsp.mkdir(dirname(target), { recursive: true });
    await fsp.copyFile(joinHost(source.dir, file), target);
    const { mode } = await fsp.stat(target);
    await fsp.chmod(target, mode & 0o100 ? 0o755 : 0o644);
  }
  await fsp.writeFile(joinHost(place, 'log'), '');
  await fsp.chmod(joinHost(place, 'log'), 0o666);
  await fsp.mkdir(joinHost(work, 'tmp'));
  // The builder is another user than we are.
  for (const dir of [place, joinHost(work, 'tmp')]) await fsp.chmod(dir, 0o1777);
}

async function step(request: BuildRequest, script: string, trace: string): ReturnType<typeof runCaptured> {
  const { root, work, isEmulated, signal } = request;
  const result = await runCaptured(
    {
      root,
      // One file for both streams, in the order in which they were written.
      command: ['sh', '-c', `exec >>${PLACE}/log 2>&1; ${script}`],
      isEmulated,
      binds: [`${joinHost(work, 'place')}:${PLACE}`, `${joinHost(work, 'tmp')}:/tmp`],
      chdir: PLACE,
      user: BUILDER,
      network: 'none',
      ...(isEmulated ? {} : { trace: joinHost(work, trace) }),
    },
    { signal, timeoutMs: TIMEOUT_MS },
  );
  if (!signal.aborted) return result;
  throw new EnvironmentError({ code: 'E_INTERRUPTED', what: 'the builds were interrupted' });
}

async function failed({ work, log }: BuildRequest, doing: string): Promise<BuildOutcome> {
  const text = await fsp.readFile(joinHost(work, 'place', 'log'), 'utf8');
  const last = text.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  return { kind: 'failed', why: `${doing} failed; its log is ${log}\n${last}` };
}

/** dpkg-buildpackage puts them beside the tree. */
async function collect({ work, into }: BuildRequest): Promise<string[]> {
  const place = joinHost(work, 'place');
  const names = (await fsp.readdir(place)).filter((name) => /\.u?deb$/.test(name)).sort();
  await withErrno(`keep the packages in ${into}`, async () => {
    await fsp.mkdir(into, { recursive: true });
    for (const name of names) await fsp.copyFile(joinHost(place, name), joinHost(into, name));
  });
  return names;
}

/** In the root, as its root: what the build has made belongs to the builder, who is no user of ours. */
async function removeBuildDir({ root, work }: BuildRequest): Promise<void> {
  const exists = await fsp.stat(work).catch(() => undefined);
  if (exists === undefined) return;
  await runCaptured({ root, command: ['find', PLACE, '-mindepth', '1', '-delete'], binds: [`${work}:${PLACE}`] });
  await fsp.rm(work, { recursive: true, force: true });
}
