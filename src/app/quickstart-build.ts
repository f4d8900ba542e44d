/** One real program, configured and compiled in a build root, with a clock and a trace. */
import { promises as fsp } from 'node:fs';
import { unpackSource, type SourceTarball } from '../adapters/donor/source-package.ts';
import { EnvironmentError } from '../core/errors.ts';
import { joinHost, type HostPath } from '../core/paths.ts';
import type { ProgressSink } from './progress.ts';
import { runCaptured } from './run.ts';

export interface BuildOptions {
  readonly root: HostPath;
  readonly source: SourceTarball;
  /** Where to unpack and to build; must not exist. Both builds see theirs at the same place of the root. */
  readonly dir: HostPath;
  readonly isEmulated: boolean;
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

export interface BuildTimes {
  readonly configureSeconds: number;
  readonly makeSeconds: number;
}

/** A directory that every Debian root has, and that is empty there. */
const PLACE = '/mnt';
/** Where a compiler would write the date, it writes this one: the same in both builds. */
const SOURCE_DATE = 'SOURCE_DATE_EPOCH=1700000000';
/** An emulated configure took five minutes on two cores; a busy machine may need several times that. */
const STEP_TIMEOUT_MS = 60 * 60 * 1000;
const SHOWN_LINES = 10;

/**
 * Unpacks, configures and compiles.
 *
 * @throws EnvironmentError E_COMMAND when a step fails, E_INTERRUPTED when `signal` says stop; what runInSandbox throws.
 */
export async function buildSource(options: BuildOptions): Promise<BuildTimes> {
  await unpackSource(options.source, options.dir);
  const configureSeconds = await step(options, 'configuring', ['./configure']);
  const makeSeconds = await step(options, 'compiling', ['make']);
  return { configureSeconds, makeSeconds };
}

/** The traces of an accelerated build in this directory. */
export function tracesOf(dir: HostPath): HostPath[] {
  return ['configuring', 'compiling'].map((word) => tracePath(dir, word));
}

/** Beside the directory: the trace is not a product of the build. */
function tracePath(dir: HostPath, word: string): HostPath {
  return `${dir}.${word}.trace` as HostPath;
}

/** @returns seconds. */
async function step(options: BuildOptions, doing: string, command: readonly string[]): Promise<number> {
  const { root, source, dir, isEmulated, signal } = options;
  const how = isEmulated ? 'emulated, which takes a few minutes' : 'accelerated';
  options.onProgress({ kind: 'phase', title: `${doing} ${source.name} ${source.version}, ${how}` });
  const startMs = performance.now();
  const result = await runCaptured(
    {
      root,
      command,
      isEmulated,
      binds: [`${dir}:${PLACE}`],
      chdir: PLACE,
      env: [SOURCE_DATE],
      ...(isEmulated ? {} : { trace: tracePath(dir, doing) }),
    },
    { signal, timeoutMs: STEP_TIMEOUT_MS },
  );
  const seconds = (performance.now() - startMs) / 1000;
  if (signal.aborted) {
    throw new EnvironmentError({ code: 'E_INTERRUPTED', what: 'the quickstart was interrupted' });
  }
  if (result.status === 0) return seconds;
  const output = `${result.stdout}${result.stderr}`.trimEnd().split('\n').slice(-SHOWN_LINES);
  throw new EnvironmentError({
    code: 'E_COMMAND',
    what: `${doing} ${source.name} ${isEmulated ? 'emulated' : 'accelerated'} ended with status ${String(result.status)}`,
    why: output.join('\n'),
    fix: [`Try it by hand: ./bin/qemu-accel run ${root} -- bash`, 'Run the quickstart again with --again'],
  });
}

/** Removes a build directory and its traces. */
export async function removeBuild(dir: HostPath): Promise<void> {
  for (const path of [dir, ...tracesOf(dir)]) {
    await fsp.rm(joinHost(path), { recursive: true, force: true });
  }
}
