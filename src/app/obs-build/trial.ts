/**
 * `npm run obs-build`: a real build with obs-build, of GNU hello's spec or of a Debian source package, accelerated and
 * emulated. Everything is made of a Debian root: the repository of the distribution, and our packages.
 */
import { promises as fsp } from 'node:fs';
import { basename } from 'node:path/posix';
import { fetchSource, fetchSourcePackages } from '../../adapters/donor/source-package.ts';
import { writeSwitchOff } from '../../adapters/pack/switch-off.ts';
import { TREE_MTIME_S } from '../../adapters/emul/tree.ts';
import { guestArch } from '../../core/arch.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { cacheDir, exists, withErrno } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import { projectPath } from '../../os/project.ts';
import { bootstrap } from '../bootstrap.ts';
import { pack } from '../pack.ts';
import type { ProgressSink } from '../progress.ts';
import { buildBothWays, type BothWays } from './both-ways.ts';
import { makeDebRepository } from './deb-repository.ts';
import { KINDS, writeProjectConfig, type RecipeKind } from './project-config.ts';
import { makeRepository } from './repository.ts';

export interface TrialOptions {
  readonly kind: RecipeKind;
  /** A Debian root that has the packages of the build; default: one in the cache, which is made where it is missing. */
  readonly root?: HostPath;
  /** Packs of the packages that accelerate; default: pack's own. */
  readonly packs?: readonly string[];
  /** The source package of a `dsc`. */
  readonly source: string;
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

const ARCH = guestArch('arm64');
const OBS_ARCH = 'aarch64';
const SUITE = 'trixie';
/** What the recipes need beside what their kind's row says, and what twins shall be made for. */
const NEEDED: Readonly<Record<RecipeKind, readonly string[]>> = {
  spec: ['clang', 'perl', 'python3'],
  dsc: ['debhelper', 'perl', 'python3'],
};
const LOCK_WAIT_SECONDS = 1;

interface Place {
  readonly options: TrialOptions;
  readonly root: HostPath;
  readonly dir: HostPath;
}

/** @throws CommandError for a build that fails, EnvironmentError of bootstrap, pack and obs-build. */
export async function tryObsBuild(options: TrialOptions): Promise<BothWays> {
  const base = joinHost(cacheDir(), 'obs-build');
  const place = {
    options,
    root: options.root ?? joinHost(base, `${SUITE}-${ARCH.name}`),
    dir: joinHost(base, options.kind),
  };
  await withErrno(`make ${place.dir}`, () => fsp.mkdir(place.dir, { recursive: true }));
  return withLock(joinHost(base, 'lock'), LOCK_WAIT_SECONDS, () => trial(place));
}

async function trial(place: Place): Promise<BothWays> {
  const { options, root, dir } = place;
  if (!(await exists(root))) await makeRoot(place);
  const [distribution, accel, recipes] = [
    joinHost(dir, 'distribution'),
    joinHost(dir, 'accel'),
    joinHost(dir, 'recipe'),
  ];
  for (const one of [distribution, accel, recipes]) await fsp.rm(one, { recursive: true, force: true });
  const config = joinHost(dir, 'project.conf');
  const { format, required } = KINDS[options.kind];
  await writeProjectConfig(config, options.kind, {
    preinstalled: await fillDistribution(place, distribution),
    required,
  });
  await pack({
    root,
    format,
    out: accel,
    level: 1,
    ...packsOf(options),
    onProgress: options.onProgress,
    signal: options.signal,
  });
  await writeSwitchOff(format, { out: accel, scratch: dir, epoch: TREE_MTIME_S });
  const recipe = await writeRecipe(place, recipes);
  options.onProgress({
    kind: 'phase',
    title: `building ${basename(recipe)} accelerated, then emulated, which takes minutes`,
  });
  const how = { arch: ARCH, obsArch: OBS_ARCH, root: joinHost(dir, 'root'), config, signal: options.signal };
  return buildBothWays({ ...how, repositories: [distribution, accel], recipe });
}

function packsOf({ packs }: TrialOptions): { packs?: readonly string[] } {
  return packs === undefined ? {} : { packs };
}

async function makeRoot({ options: { onProgress, signal }, root }: Place): Promise<void> {
  const rows = Object.values(KINDS).flatMap(({ preinstalled, required }) => [...preinstalled, ...required]);
  const include = [...new Set([...rows, ...Object.values(NEEDED).flat()])].sort();
  onProgress({ kind: 'note', text: `making a Debian ${SUITE} ${ARCH.name} root in ${root}; this is done once` });
  await bootstrap({ suite: SUITE, arch: ARCH, dir: root, include, onProgress, signal });
}

/** @returns the packages to preinstall. */
async function fillDistribution({ options, root }: Place, out: HostPath): Promise<string[]> {
  const { preinstalled, required, format } = KINDS[options.kind];
  const { onProgress } = options;
  const fill = (packages: readonly string[]): Promise<string[]> =>
    format === 'rpm'
      ? makeRepository({ root, out, packages, rpmArch: OBS_ARCH, onProgress })
      : makeDebRepository({ root, out, packages, arch: ARCH, suite: SUITE, onProgress });
  await fill([...required, ...NEEDED[options.kind]]);
  return fill(preinstalled);
}

/** In a directory of its own with the sources: obs-build copies all that is beside it. */
async function writeRecipe({ options, root }: Place, dir: HostPath): Promise<HostPath> {
  const { kind, source, signal } = options;
  const guest = { root, arch: ARCH, suite: SUITE };
  await fsp.mkdir(dir, { recursive: true });
  if (kind === 'spec') {
    const tarball = await fetchSource(guest, { candidates: ['hello'], signal, onMissing: () => undefined });
    const spec = await fsp.readFile(projectPath('scripts', 'sources', 'hello', 'hello.spec'), 'utf8');
    const file = basename(tarball.path);
    await fsp.copyFile(tarball.path, joinHost(dir, file));
    const text = spec.replaceAll('@VERSION@', tarball.version).replaceAll('@SOURCE@', file);
    await fsp.writeFile(joinHost(dir, 'hello.spec'), text);
    return joinHost(dir, 'hello.spec');
  }
  const answer = (await fetchSourcePackages(guest, [source], signal)).get(source);
  if (answer?.kind !== 'found') throw missingSource(source, answer?.why);
  for (const file of answer.source.files) await fsp.copyFile(joinHost(answer.source.dir, file), joinHost(dir, file));
  return joinHost(dir, answer.source.files[0]);
}

function missingSource(name: string, why: string | undefined): EnvironmentError {
  return new EnvironmentError({
    code: 'E_DOWNLOAD',
    what: `the package archive does not serve the source of ${name}`,
    ...(why === undefined ? {} : { why }),
    fix: ['Name another one'],
  });
}
