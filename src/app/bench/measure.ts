/** One case with one contender, once: a fresh copy of the case's directory, a sandbox, and what the clock in it says. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { unpackSource } from '../../adapters/donor/source-package.ts';
import { timeText } from '../../core/bench/statistics.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { readTextIfThere, withErrno, writeAtomically } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';
import type { BenchCase, ExecRun, ScriptRun } from './case.ts';
import type { Contender } from './contenders.ts';
import { benchDir } from './roots.ts';
import { PLACE, WORK, type RunIn } from './sandbox.ts';
import type { CaseSource } from './sources.ts';

export interface Sample {
  /** What the case asks for, in its unit. */
  readonly figure: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly maxRssKib: number;
}

/** A command that failed where it should not have: what it said last. */
export class MeasureFailure extends Error {}

export interface Bout {
  readonly each: BenchCase & { readonly run: ExecRun | ScriptRun };
  readonly contender: Contender;
  /** One for each sandbox that runs at once. */
  readonly runIns: readonly [RunIn, ...RunIn[]];
  /** The directory of `prepare`. */
  readonly prepared: HostPath;
  readonly binds: readonly string[];
  /** When to give up on a command. */
  readonly limitMs: number;
  /** Ours alone while this lasts. */
  readonly dir: HostPath;
  readonly signal: AbortSignal;
}

/** Of one sandbox: what `runOnce` needs. */
type Turn = Omit<Bout, 'prepared' | 'runIns'> & { readonly runIn: RunIn };

const SHOWN_LINES = 5;
const CLOCK = 'emul-spawn';

/**
 * Makes the case's directory: sources, and the set-up's products.
 *
 * @throws MeasureFailure when the set-up fails.
 */
export async function prepare(turn: Turn, source: CaseSource | undefined): Promise<HostPath> {
  const { each, contender, dir } = turn;
  const place = joinHost(dir, 'place');
  await withErrno(`set up ${place}`, () => writeFiles(joinHost(place, 'work'), each));
  if (source?.kind === 'tarball') await unpackSource(source.tarball, joinHost(place, 'work'));
  if (source?.kind === 'package') await copyFiles(source.files, joinHost(place, 'source'));
  const scripts = [source?.kind === 'package' ? source.unpack : undefined, each.setUp].filter(
    (text) => text !== undefined,
  );
  if (scripts.length > 0) {
    const script = worded(scripts.join('\n'), contender);
    const setUp: Bout['each'] = { ...withoutFigure(each), isIsolated: false, run: { kind: 'script', script } };
    await runOnce({ ...turn, each: setUp }, place);
  }
  return place;
}

/**
 * @throws MeasureFailure when the command ends with another status than 0; EnvironmentError E_INTERRUPTED, and what the
 * sandbox throws.
 */
export async function measureOnce(bout: Bout): Promise<Sample> {
  const { prepared, runIns, ...shared } = bout;
  const turns = runIns.map((runIn, at): Turn => ({ ...shared, runIn, dir: joinHost(bout.dir, String(at)) }));
  try {
    for (const { dir } of turns) {
      await fsp.mkdir(dir, { recursive: true });
      await exec(['cp', '--archive', '--reflink=auto', prepared, joinHost(dir, 'place')]);
    }
    const samples = await Promise.all(turns.map((turn) => runOnce(turn, joinHost(turn.dir, 'place'))));
    return samples.reduce((slowest, one) => (one.figure > slowest.figure ? one : slowest));
  } finally {
    for (const { dir } of turns) await removeDir(dir);
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

async function runOnce(turn: Turn, place: HostPath): Promise<Sample> {
  const { each, contender, runIn, dir, signal, binds, limitMs } = turn;
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
    binds,
    timeoutMs: limitMs,
    signal,
  });
  if (signal.aborted) throw new EnvironmentError({ code: 'E_INTERRUPTED', what: 'the benchmark was interrupted' });
  if (ended.isStopped) throw new MeasureFailure(`took longer than ${timeText(limitMs / 1000)} and was stopped`);
  if (ended.startFailure !== undefined) throw new MeasureFailure(ended.startFailure.what);
  if (ended.status !== 0) throw new MeasureFailure(await lastWords(turn, joinHost(place, 'log'), ended.stderr));
  const sample = readSample(await fsp.readFile(joinHost(place, 'result'), 'utf8'), count);
  if (each.figure === 'memory') return { ...sample, figure: sample.maxRssKib / 1024 };
  if (each.figure === undefined) return sample;
  const left = Number.parseFloat((await readTextIfThere(joinHost(place, 'value'))) ?? '');
  if (Number.isNaN(left)) throw new MeasureFailure('the script has left no number');
  return { ...sample, figure: left };
}

function withoutFigure({ figure: _, ...each }: BenchCase): BenchCase {
  return each;
}

interface Command {
  readonly argv: readonly string[];
  readonly count: number;
  readonly jobs: number;
}

function commandOf(run: ExecRun | ScriptRun, contender: Contender): Command {
  if (run.kind === 'exec') {
    const count = contender.isSlow ? (run.slowCount ?? run.count) : run.count;
    return { argv: run.argv, count, jobs: run.jobs ?? 1 };
  }
  return { argv: ['/bin/sh', '-c', `cd ${WORK} && ${worded(run.script, contender)}`], count: 1, jobs: 1 };
}

/** Puts the contender's words into a script. */
function worded(script: string, { words }: Contender): string {
  return script.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => words[name] ?? whole);
}

/** Of a command that failed; all that it said is kept in the cache (bench/logs). */
async function lastWords({ each, contender }: Turn, log: HostPath, stderr: string): Promise<string> {
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
  return { figure: wall / each, userSeconds: user / each, systemSeconds: system / each, maxRssKib: rss };
}
