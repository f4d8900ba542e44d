/**
 * `npm run bench`: every case with every contender, in turns, so that a machine that gets slower meanwhile favours none.
 * docs/benchmarks.md says what is measured, and how to read it.
 */
import { promises as fsp } from 'node:fs';
import type { BenchCell, BenchResult } from '../../core/bench/result.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { siblingName, withErrno } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import type { BenchCase, ContenderId } from './case.ts';
import { chooseCases } from './cases.ts';
import { chooseContenders, type Arena, type Contender, type RunIn } from './contenders.ts';
import { runHostCase } from './host-cases.ts';
import { loadNow, machineFacts, toolFacts, versionsOf } from './machine.ts';
import { measureRounds, type RoundCount } from './rounds.ts';
import { benchDir, guestRoot, nativeRoot, type Watched } from './roots.ts';
import { sourceOf } from './sources.ts';

export interface BenchOptions extends Watched {
  readonly mode: 'quick' | 'full';
  /** Names of cases and contenders; those of the mode when empty. */
  readonly cases: readonly string[];
  readonly contenders: readonly string[];
  /** A foreign root with what the cases need; it is given an emul tree. Default: one in the cache. */
  readonly root?: HostPath;
  /** Rounds of every case with every contender. Default: what the table says for the mode. */
  readonly rounds?: number;
  /** Told of every case as soon as it is measured. */
  readonly onCase?: (each: BenchCase, cells: readonly BenchCell[]) => void;
}

/** One run, as far as it is set up. */
interface Session {
  readonly options: BenchOptions;
  readonly cases: readonly BenchCase[];
  readonly contenders: readonly Contender[];
  readonly arena: Arena;
  readonly dir: HostPath;
  /** Opened once; a text: why it cannot run here. */
  readonly runners: Map<ContenderId, RunIn | string>;
}

const LOCK_WAIT_SECONDS = 1;

/**
 * @throws UsageError E_USAGE for unknown names; EnvironmentError E_LOCKED while another run measures; what bootstrap, install
 * and run throw. A case that fails is a cell with the reason.
 */
export async function bench(options: BenchOptions): Promise<BenchResult> {
  const cases = chooseCases(options.cases, options.mode);
  const contenders = chooseContenders(options.contenders, options.mode);
  await withErrno(`make ${benchDir()}`, () => fsp.mkdir(benchDir(), { recursive: true }));
  return withLock(joinHost(benchDir(), 'lock'), LOCK_WAIT_SECONDS, async () => {
    const arena = await openArena(options);
    const dir = siblingName(joinHost(benchDir(), 'work'));
    const session: Session = { options, cases, contenders, arena, dir, runners: new Map() };
    // Roots are made before the clock of the first case runs.
    for (const contender of contenders) await runnerOf(session, contender);
    return measureAll(session);
  });
}

async function measureAll(session: Session): Promise<BenchResult> {
  const { options, cases, contenders, arena } = session;
  const startedAt = new Date().toISOString();
  const before = loadNow();
  const cells: BenchCell[] = [];
  for (const each of cases) {
    const measured = await measureCase(session, each);
    options.onCase?.(each, measured);
    cells.push(...measured);
  }
  return {
    format: 1,
    mode: options.mode,
    startedAt,
    endedAt: new Date().toISOString(),
    tool: await toolFacts(),
    machine: { ...(await machineFacts()), load: { before, after: loadNow() } },
    versions: await versionsOf(arena),
    contenders: contenders.map(({ id, title, what }) => ({ id, title, what })),
    cases: cases.map(({ id, title, what, unit }) => ({ id, title, what, unit })),
    cells,
  };
}

async function openArena(watched: BenchOptions): Promise<Arena> {
  const guest = await guestRoot(watched, watched.root);
  let native: Promise<HostPath> | undefined;
  return { guestRoot: guest, nativeRoot: () => (native ??= nativeRoot(watched)), nativeRootIfMade: () => native };
}

async function runnerOf({ runners, arena }: Session, { id, open }: Contender): Promise<RunIn | string> {
  const known = runners.get(id) ?? (await open(arena));
  runners.set(id, known);
  return known;
}

async function measureCase(session: Session, each: BenchCase): Promise<readonly BenchCell[]> {
  const { options, contenders, arena, dir } = session;
  options.onProgress({ kind: 'phase', title: each.title.replaceAll('`', '') });
  const whyNot = ({ id }: Contender): string | undefined => each.without?.[id];
  const able = contenders.filter((one) => whyNot(one) === undefined);
  const none = (why: (one: Contender) => string | undefined): BenchCell[] =>
    contenders.flatMap((one) => {
      const missing = why(one);
      return missing === undefined ? [] : [{ case: each.id, contender: one.id, missing }];
    });
  const { run } = each;
  const count: RoundCount = (one, { isSlow }) => options.rounds ?? one.rounds[options.mode][isSlow ? 'slow' : 'fast'];
  if (run.kind === 'host')
    return [...(await runHostCase({ ...each, run }, able, { ...options, count, arena })), ...none(whyNot)];
  const source = await sourceOf(each, arena.guestRoot, options);
  if (typeof source === 'string') return none((one) => whyNot(one) ?? source);
  const open = (one: Contender): Promise<RunIn | string> => runnerOf(session, one);
  const rounds = { ...options, each: { ...each, run }, contenders: able, source, count, dir, open };
  return [...(await measureRounds(rounds)), ...none(whyNot)];
}
