/** One case with all contenders: who takes part, and a cell for each, whatever happens. */
import type { BenchCell } from '../../core/bench/result.ts';
import { AccelError } from '../../core/errors.ts';
import { joinHost } from '../../core/paths.ts';
import type { BenchCase } from './case.ts';
import type { Contender } from './contenders.ts';
import { runHostCase } from './host-tasks.ts';
import { measureRounds, type RoundCount } from './rounds.ts';
import type { Session } from './session.ts';
import { sourceOf } from './sources.ts';

/** When to give up on one command: a quick run has none that should take more than four minutes. */
const LIMIT_MS = { quick: 10 * 60_000, full: 4 * 60 * 60_000 };

/** Does not throw but for bugs: what fails is a cell that says why. */
export async function measureCase(session: Session, each: BenchCase): Promise<readonly BenchCell[]> {
  const { options, contenders } = session;
  options.onProgress({ kind: 'phase', title: each.title.replaceAll('`', '') });
  const why = whyNot(session, each);
  const able = contenders.filter((one) => why(one) === undefined);
  const unable = contenders.flatMap((one): BenchCell[] => {
    const missing = why(one);
    return missing === undefined ? [] : [{ case: each.id, contender: one.id, missing }];
  });
  try {
    return [...(await measureAble(session, each, able)), ...unable];
  } catch (error) {
    if (!(error instanceof AccelError)) throw error;
    return [...failedCells(each, able, `${error.what}: ${error.why ?? ''}`), ...unable];
  }
}

export function failedCells(each: BenchCase, contenders: readonly Contender[], why: string): BenchCell[] {
  return contenders.map(({ id }) => ({ case: each.id, contender: id, missing: `failed: ${why}` }));
}

function whyNot({ options, deadlineMs }: Session, each: BenchCase): (one: Contender) => string | undefined {
  const isLate = performance.now() > deadlineMs;
  // Whoever names a contender wants it.
  const isPicked = options.mode === 'quick' && options.contenders.length === 0;
  return ({ id, isSlow }) =>
    each.without?.[id] ??
    (isPicked ? each.notQuick?.[id] : undefined) ??
    (isLate && isSlow ? 'the time of the run was over' : undefined);
}

async function measureAble(session: Session, each: BenchCase, able: readonly Contender[]): Promise<BenchCell[]> {
  const { options, arena, runners, dir } = session;
  const { run } = each;
  const count: RoundCount = (one, { isSlow }) => options.rounds ?? one.rounds[options.mode][isSlow ? 'slow' : 'fast'];
  if (run.kind === 'host')
    return runHostCase({ ...each, run }, able, { ...options, count, arena, scratch: joinHost(dir, 'scratch') });
  const source = await sourceOf(each, arena.guestRoot, options);
  if (typeof source === 'string') return able.map(({ id }) => ({ case: each.id, contender: id, missing: source }));
  const hasOwnRoots = run.kind === 'script' && run.hasOwnRoots === true;
  return measureRounds({
    ...options,
    each: { ...each, run },
    contenders: able,
    source,
    count,
    dir: joinHost(dir, 'case'),
    limitMs: LIMIT_MS[options.mode],
    open: (one, at) => (hasOwnRoots ? runners.ofCopy(one, at) : runners.of(one)),
  });
}
