/**
 * `npm run obs-build`: a real build with obs-build, of GNU hello's spec or of a Debian source package, accelerated and
 * emulated. Everything is made of a Debian root: the repository of the distribution, and our packages.
 */
import { promises as fsp } from 'node:fs';
import { loadavg } from 'node:os';
import { basename } from 'node:path/posix';
import { fetchSource, fetchSourcePackages } from '../../adapters/donor/source-package.ts';
import { writeSwitchOff } from '../../adapters/pack/switch-off.ts';
import { TREE_MTIME_S } from '../../adapters/emul/tree.ts';
import type { Arch } from '../../core/arch.ts';
import { EnvironmentError, UsageError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { cacheDir, withErrno } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import { projectPath } from '../../os/project.ts';
import { pack } from '../pack.ts';
import type { ProgressSink } from '../progress.ts';
import { buildBothWays, type BothWays } from './both-ways.ts';
import { makeDebRepository } from './deb-repository.ts';
import { KINDS, writeProjectConfig, type RecipeKind } from './project-config.ts';
import { makeRepository } from './repository.ts';
import { findOrMakeRoot, NEEDED, TRIAL_TARGETS, type TrialRoot, type TrialTarget } from './trial-target.ts';

export interface TrialOptions {
  readonly kind: RecipeKind;
  readonly arch: Arch;
  /** A Debian root that has the packages of the build; default: one in the cache, which is made where it is missing. */
  readonly root?: HostPath;
  /** Packs of the packages that accelerate; default: pack's own. */
  readonly packs?: readonly string[];
  /** The source package of a `dsc`. */
  readonly source: string;
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

export interface TrialResult extends BothWays {
  /** The file's name. */
  readonly recipe: string;
  /** As obs-build calls the architecture. */
  readonly obsArch: string;
  readonly suite: string;
  /** Names of our packages, all of which are in the root. */
  readonly accelerators: readonly string[];
  /** The load average of one minute before the builds. */
  readonly loadBefore: number;
}

const LOCK_WAIT_SECONDS = 1;

interface Place extends TrialRoot {
  readonly options: TrialOptions;
  readonly target: TrialTarget;
  readonly dir: HostPath;
}

/**
 * @throws UsageError E_USAGE for an architecture of which no root is made here; CommandError for a build that fails;
 * EnvironmentError of bootstrap, pack and obs-build.
 */
export async function tryObsBuild(options: TrialOptions): Promise<TrialResult> {
  const target = targetOf(options.arch);
  const base = joinHost(cacheDir(), 'obs-build');
  const dir = joinHost(base, `${options.kind}-${target.obsArch}`);
  await withErrno(`make ${dir}`, () => fsp.mkdir(dir, { recursive: true }));
  return withLock(joinHost(base, 'lock'), LOCK_WAIT_SECONDS, async () => {
    const { root, onProgress, signal } = options;
    const given = root === undefined ? undefined : { root, suite: target.suites[0] };
    const found = given ?? (await findOrMakeRoot({ target, base, onProgress, signal }));
    return trial({ ...found, options, target, dir });
  });
}

function targetOf(arch: Arch): TrialTarget {
  const found = TRIAL_TARGETS.find((target) => target.arch.name === arch.name);
  if (found !== undefined) return found;
  const known = TRIAL_TARGETS.map((target) => target.arch.name).join(' or ');
  throw new UsageError({ what: `obs-build is tried with ${known} here`, fix: [`Use --arch ${known}`] });
}

async function trial(place: Place): Promise<TrialResult> {
  const { options, target, dir, suite } = place;
  const [distribution, accel, recipes] = [
    joinHost(dir, 'distribution'),
    joinHost(dir, 'accel'),
    joinHost(dir, 'recipe'),
  ];
  for (const one of [distribution, accel, recipes]) await fsp.rm(one, { recursive: true, force: true });
  const config = joinHost(dir, 'project.conf');
  const { required } = KINDS[options.kind];
  const preinstalled = await fillDistribution(place, distribution);
  const accelerators = await packInto(place, accel);
  await writeProjectConfig(config, options.kind, {
    ...{ preinstalled, required: [...required, ...accelerators] },
    lines: options.kind === 'spec' ? target.specLines : [],
  });
  const recipe = await writeRecipe(place, recipes);
  options.onProgress({
    kind: 'phase',
    title: `building ${basename(recipe)} accelerated, then emulated, which takes minutes`,
  });
  const loadBefore = loadavg()[0] ?? 0;
  const { arch, obsArch } = target;
  const how = { arch, obsArch, root: joinHost(dir, 'root'), config, signal: options.signal };
  const both = await buildBothWays({ ...how, repositories: [distribution, accel], recipe });
  return { ...both, recipe: basename(recipe), obsArch, suite, accelerators, loadBefore };
}

/** @returns the names of our packages, and beside them is the one that takes them out. */
async function packInto({ options, target, root, dir }: Place, out: HostPath): Promise<string[]> {
  const { format } = KINDS[options.kind];
  const { packages } = await pack({
    ...{ root, format, out, level: 1, onProgress: options.onProgress, signal: options.signal },
    ...(options.packs === undefined ? {} : { packs: options.packs }),
    ...(format === 'rpm' ? { rpmArch: target.obsArch } : {}),
  });
  await writeSwitchOff(format, { out, scratch: dir, epoch: TREE_MTIME_S });
  return packages.map(({ name }) => name);
}

/** @returns the packages to preinstall. */
async function fillDistribution({ options, target, root, suite }: Place, out: HostPath): Promise<string[]> {
  const { preinstalled, required, format } = KINDS[options.kind];
  const { onProgress } = options;
  const fill = (packages: readonly string[]): Promise<string[]> =>
    format === 'rpm'
      ? makeRepository({ root, out, packages, rpmArch: target.obsArch, onProgress })
      : makeDebRepository({ root, out, packages, arch: target.arch, suite, onProgress });
  await fill([...required, ...NEEDED[options.kind]]);
  return fill(preinstalled);
}

/** In a directory of its own with the sources: obs-build copies all that is beside it. */
async function writeRecipe({ options, target, root, suite }: Place, dir: HostPath): Promise<HostPath> {
  const { kind, source, signal } = options;
  const guest = { root, arch: target.arch, suite };
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
