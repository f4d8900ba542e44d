/**
 * `npm run bench`: every case with every contender, in turns, so that a machine that gets slower meanwhile favours none.
 * docs/benchmarks.md says what is measured, and how to read it.
 */
import { promises as fsp } from 'node:fs';
import type { BenchCell, BenchResult } from '../../core/bench/result.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { siblingName, withErrno } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import type { BenchCase } from './case.ts';
import { chooseCases } from './cases.ts';
import { chooseContenders, type Arena } from './contenders.ts';
import { loadNow, machineFacts, toolFacts, versionsOf } from './machine.ts';
import { failedCells, measureCase } from './measure-case.ts';
import { removeDir } from './measure.ts';
import { benchDir, crossRoot, guestRoot, nativeRoot, smallRoot } from './roots.ts';
import { openRunners } from './runners.ts';
import type { BenchOptions, Session } from './session.ts';

const LOCK_WAIT_SECONDS = 1;

/**
 * @returns what has been measured; after `signal`, until then.
 * @throws UsageError E_USAGE for unknown names; EnvironmentError E_LOCKED while another run measures; what bootstrap and
 * install of the foreign root throw. A case or a contender that fails is a cell with the reason.
 */
export async function bench(options: BenchOptions): Promise<BenchResult> {
  const cases = chooseCases(options.cases);
  const contenders = chooseContenders(options.contenders);
  await withErrno(`make ${benchDir()}`, () => fsp.mkdir(benchDir(), { recursive: true }));
  return withLock(joinHost(benchDir(), 'lock'), LOCK_WAIT_SECONDS, async () => {
    const arena = await openArena(options);
    const dir = siblingName(joinHost(benchDir(), 'work'));
    const runners = openRunners(arena, joinHost(dir, 'roots'));
    // Roots are made before the clock of the first case runs.
    for (const contender of contenders) await runners.of(contender);
    const deadlineMs = performance.now() + (options.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
    try {
      return await measureAll({ options, contenders, arena, dir, runners, deadlineMs }, cases);
    } finally {
      await removeDir(dir);
    }
  });
}

async function measureAll(session: Session, cases: readonly BenchCase[]): Promise<BenchResult> {
  const { options, contenders, arena } = session;
  const startedAt = new Date().toISOString();
  const before = loadNow();
  const cells: BenchCell[] = [];
  for (const each of longestLast(cases)) {
    const measured = options.signal.aborted
      ? failedCells(each, contenders, 'the run was interrupted')
      : await measureCase(session, each);
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

/** What a limit of time would cut off. */
function longestLast(cases: readonly BenchCase[]): readonly BenchCase[] {
  const isLong = ({ package: name }: BenchCase): boolean => name !== undefined;
  return [...cases.filter((each) => !isLong(each)), ...cases.filter(isLong)];
}

async function openArena(watched: BenchOptions): Promise<Arena> {
  const guest = await guestRoot(watched, watched.root);
  let native: Promise<HostPath> | undefined;
  let cross: Promise<HostPath> | undefined;
  let small: Promise<HostPath> | undefined;
  return {
    guestRoot: guest,
    nativeRoot: () => (native ??= nativeRoot(watched)),
    nativeRootIfMade: () => native,
    crossRoot: () => (cross ??= crossRoot(watched)),
    smallRoot: () => (small ??= smallRoot(watched)),
  };
}
