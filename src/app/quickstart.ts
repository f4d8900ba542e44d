/**
 * `npm run quickstart`: a build root, and one real program compiled in it twice, accelerated and emulated.
 *
 * The build root and the results are kept in the cache: a second call with the same tree, source and program takes seconds.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { compareTrees } from '../adapters/compare/compare-trees.ts';
import { fetchSource, type SourceTarball } from '../adapters/donor/source-package.ts';
import { guestArch } from '../core/arch.ts';
import { inRoot, guestPath, joinHost, type HostPath } from '../core/paths.ts';
import { cacheDir, exists, readTextIfThere, withErrno, writeAtomically } from '../os/fs.ts';
import { withLock } from '../os/lock.ts';
import { projectPath, toolVersion } from '../os/project.ts';
import { bootstrap } from './bootstrap.ts';
import { install } from './install.ts';
import { countPrograms } from './program-counts.ts';
import type { ProgressSink } from './progress.ts';
import { buildSource, removeBuild, tracesOf } from './quickstart-build.ts';
import type { QuickstartResult } from './quickstart-result.ts';

export interface QuickstartOptions {
  /** Measure again even if nothing has changed. */
  readonly isAgain: boolean;
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

const SUITE = 'trixie';
const ARCH = 'arm64';
/**
 * Small programs with a configure script in their upstream tarball that need nothing but a compiler, the smallest first:
 * an emulated configure of sed takes three times as long as one of hello.
 */
const CANDIDATES = ['hello', 'mawk', 'gperf', 'datamash', 'indent', 'sed', 'gzip', 'grep', 'diffutils'];
const LOCK_WAIT_SECONDS = 1;

/**
 * @throws EnvironmentError E_DOWNLOAD when none of the candidate sources is to be had; what bootstrap, install and run throw.
 */
export async function quickstart(options: QuickstartOptions): Promise<QuickstartResult> {
  const dir = joinHost(cacheDir(), 'quickstart');
  await withErrno(`make ${dir}`, () => fsp.mkdir(dir, { recursive: true }));
  return withLock(joinHost(dir, 'lock'), LOCK_WAIT_SECONDS, async () => {
    const root = joinHost(dir, `${SUITE}-${ARCH}`);
    await ensureRoot(root, options);
    const source = await ensureSource(root, options);
    const inputs = await inputsHash(root, source);
    const kept = joinHost(dir, 'result.json');
    const before = options.isAgain ? undefined : await readKept(kept);
    if (before?.inputs === inputs) return before.result;
    const result = await measure(root, source, { ...options, dir });
    await writeAtomically(kept, JSON.stringify({ inputs, result } satisfies Kept));
    return result;
  });
}

interface Kept {
  readonly inputs: string;
  readonly result: QuickstartResult;
}

/** Written by ourselves, atomically. */
async function readKept(path: HostPath): Promise<Kept | undefined> {
  const text = await readTextIfThere(path);
  return text === undefined ? undefined : (JSON.parse(text) as Kept);
}

async function ensureRoot(root: HostPath, { onProgress, signal }: QuickstartOptions): Promise<void> {
  if (!(await exists(root))) {
    onProgress({ kind: 'note', text: `making a Debian ${SUITE} ${ARCH} build root in ${root}; this is done once` });
    await bootstrap({ suite: SUITE, arch: guestArch(ARCH), dir: root, onProgress, signal });
  }
  // Somebody may have tried the off switch.
  if (!(await exists(inRoot(root, guestPath('/emul/index'))))) await install({ root, onProgress, signal });
}

function ensureSource(root: HostPath, { onProgress, signal }: QuickstartOptions): Promise<SourceTarball> {
  onProgress({ kind: 'phase', title: 'fetching a source package' });
  const onMissing = (name: string, why: string): void => {
    onProgress({ kind: 'note', text: `no source of ${name}, trying the next (${why})` });
  };
  const guest = { root, arch: guestArch(ARCH), suite: SUITE };
  return fetchSource(guest, { candidates: CANDIDATES, signal, onMissing });
}

/** Everything that the result depends on: twins, source, dispatcher and this program. */
async function inputsHash(root: HostPath, source: SourceTarball): Promise<string> {
  const hash = createHash('sha256').update(`${toolVersion()} ${source.sha256}\n`);
  for (const path of [inRoot(root, guestPath('/emul/manifest.json')), projectPath('native', 'build', 'qemu-binfmt')]) {
    hash.update(await withErrno('read what the quickstart depends on', () => fsp.readFile(path)));
  }
  return hash.digest('hex').slice(0, 16);
}

interface MeasureOptions extends QuickstartOptions {
  readonly dir: HostPath;
}

async function measure(root: HostPath, source: SourceTarball, options: MeasureOptions): Promise<QuickstartResult> {
  const dirs = { accelerated: joinHost(options.dir, 'accelerated'), emulated: joinHost(options.dir, 'emulated') };
  const removeBoth = async (): Promise<void> => {
    for (const dir of Object.values(dirs)) await removeBuild(dir);
  };
  // A call that was killed may have left its own behind.
  await removeBoth();
  try {
    const common = { root, source, onProgress: options.onProgress, signal: options.signal };
    const accelerated = await buildSource({ ...common, dir: dirs.accelerated, isEmulated: false });
    const emulated = await buildSource({ ...common, dir: dirs.emulated, isEmulated: true });
    options.onProgress({ kind: 'phase', title: 'comparing what the two builds made' });
    return {
      program: `${source.name} ${source.version}`,
      root,
      steps: [
        {
          title: 'configure',
          acceleratedSeconds: accelerated.configureSeconds,
          emulatedSeconds: emulated.configureSeconds,
        },
        { title: 'make', acceleratedSeconds: accelerated.makeSeconds, emulatedSeconds: emulated.makeSeconds },
      ],
      programs: await countPrograms(tracesOf(dirs.accelerated)),
      files: await compareTrees(dirs.accelerated, dirs.emulated),
    };
  } finally {
    await removeBoth();
  }
}
