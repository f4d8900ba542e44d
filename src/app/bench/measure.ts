/** One case with one contender, once: a fresh copy of the case's directory, a sandbox, and what the clock in it says. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { unpackSource } from '../../adapters/donor/source-package.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { readTextIfThere, withErrno, writeAtomically } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';
import type { BenchCase, ExecRun, ScriptRun } from './case.ts';
import type { Contender, RunIn } from './contenders.ts';
import { benchDir } from './roots.ts';
import { PLACE, WORK } from './sandbox.ts';
import type { CaseSource } from './sources.ts';

export interface Sample {
  readonly seconds: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly maxRssKib: number;
}

/** A command that failed where it should not have: what it said last. */
export class MeasureFailure extends Error {}

export interface Bout {
  readonly each: BenchCase & { readonly run: ExecRun | ScriptRun };
  readonly contender: Contender;
  readonly runIn: RunIn;
  /** The directory of `prepare`. */
  readonly prepared: HostPath;
  /** Ours alone while this lasts. */
  readonly dir: HostPath;
  readonly signal: AbortSignal;
}

const SHOWN_LINES = 5;
const CLOCK = 'emul-spawn';

/**
 * Makes the case's directory: sources, and the set-up's products.
 *
 * @throws MeasureFailure when the set-up fails.
 */
export async function prepare(bout: Omit<Bout, 'prepared'>, source: CaseSource | undefined): Promise<HostPath> {
  const { each, contender, dir } = bout;
  const place = joinHost(dir, 'place');
  await withErrno(`set up ${place}`, () => writeFiles(joinHost(place, 'work'), each));
  if (source?.kind === 'tarball') await unpackSource(source.tarball, joinHost(place, 'work'));
  if (source?.kind === 'package') await copyFiles(source.files, joinHost(place, 'source'));
  const scripts = [source?.kind === 'package' ? source.unpack : undefined, each.setUp].filter(
    (text) => text !== undefined,
  );
  if (scripts.length > 0) {
    const script = worded(scripts.join('\n'), contender);
    await runOnce({ ...bout, each: { ...each, isIsolated: false, run: { kind: 'script', script } } }, place);
  }
  return place;
}

/**
 * @throws MeasureFailure when the command ends with another status than 0; EnvironmentError E_INTERRUPTED, and what the
 * sandbox throws.
 */
export async function measureOnce(bout: Bout): Promise<Sample> {
  const { each, prepared, dir } = bout;
  const sandboxes = each.run.kind === 'script' ? (each.run.sandboxes ?? 1) : 1;
  const dirs = Array.from({ length: sandboxes }, (_, at) => joinHost(dir, String(at)));
  try {
    for (const one of dirs) {
      await fsp.mkdir(one, { recursive: true });
      await exec(['cp', '--archive', '--reflink=auto', prepared, joinHost(one, 'place')]);
    }
    const samples = await Promise.all(dirs.map((one) => runOnce({ ...bout, dir: one }, joinHost(one, 'place'))));
    return samples.reduce((slowest, one) => (one.seconds > slowest.seconds ? one : slowest));
  } finally {
    for (const one of dirs) await removeDir(one);
  }
}

/** rm(1): a read-only directory is no obstacle to it, and an overlay leaves some. */
export async function removeDir(dir: HostPath): Promise<void> {
  await exec(['rm', '--recursive', '--force', '--one-file-system', dir]);
}

async function writeFiles(work: HostPath, { files }: BenchCase): Promise<void> {
  await fsp.mkdir(work, { recursive: true });
  for (const [name, content] of Object.entries(files?.() ?? {})) {
    await fsp.mkdir(dirname(joinHost(work, name)), { recursive: true });
    await fsp.writeFile(joinHost(work, name), content);
  }
}

async function copyFiles(files: readonly HostPath[], into: HostPath): Promise<void> {
  await fsp.mkdir(into, { recursive: true });
  await exec(['cp', '--recursive', '--target-directory', into, '--', ...files]);
}

async function runOnce(bout: Omit<Bout, 'prepared'>, place: HostPath): Promise<Sample> {
  const { each, contender, runIn, dir, signal } = bout;
  const [tmp, upper, work] = ['tmp', 'upper', 'overlay'].map((name) => joinHost(dir, name)) as [
    HostPath,
    HostPath,
    HostPath,
  ];
  for (const made of [tmp, upper, work]) await fsp.mkdir(made, { recursive: true });
  await fsp.chmod(tmp, 0o1777);
  await fsp.copyFile(projectPath('native', 'build', CLOCK), joinHost(place, CLOCK));
  const { argv, count, jobs } = commandOf(each.run, contender);
  const clock = [`${PLACE}/${CLOCK}`, `${PLACE}/result`, `${PLACE}/log`, String(count), String(jobs)] as const;
  const ended = await runIn({
    command: [...clock, ...argv],
    place,
    tmp,
    ...(each.isIsolated === true ? { layers: { upper, work } } : {}),
    signal,
  });
  if (signal.aborted) throw new EnvironmentError({ code: 'E_INTERRUPTED', what: 'the benchmark was interrupted' });
  if (ended.startFailure !== undefined) throw new MeasureFailure(ended.startFailure.what);
  if (ended.status !== 0) throw new MeasureFailure(await lastWords(bout, joinHost(place, 'log'), ended.stderr));
  return readSample(await fsp.readFile(joinHost(place, 'result'), 'utf8'), count);
}

interface Command {
  readonly argv: readonly string[];
  readonly count: number;
  readonly jobs: number;
}

function commandOf(run: ExecRun | ScriptRun, contender: Contender): Command {
  if (run.kind === 'exec') return { argv: run.argv, count: run.count, jobs: run.jobs ?? 1 };
  return { argv: ['/bin/sh', '-c', `cd ${WORK} && ${worded(run.script, contender)}`], count: 1, jobs: 1 };
}

/** Puts the contender's words into a script. */
function worded(script: string, { words }: Contender): string {
  return script.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => words[name] ?? whole);
}

/** Of a command that failed; all that it said is kept in the cache (bench/logs). */
async function lastWords({ each, contender }: Omit<Bout, 'prepared'>, log: HostPath, stderr: string): Promise<string> {
  const text = `${(await readTextIfThere(log)) ?? ''}${stderr}`;
  const logs = joinHost(benchDir(), 'logs');
  await withErrno(`make ${logs}`, () => fsp.mkdir(logs, { recursive: true }));
  await writeAtomically(joinHost(logs, `${each.id}.${contender.id}.log`), text);
  return text.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
}

/** `wall user system rss`: native/bench/spawn.c. Of many execs the time of one counts. */
function readSample(text: string, count: number): Sample {
  const [wall, user, system, rss] = text.trim().split(' ').map(Number) as [number, number, number, number];
  const each = 1e6 * count;
  return { seconds: wall / each, userSeconds: user / each, systemSeconds: system / each, maxRssKib: rss };
}
