/** All rounds of one case: the contenders take turns, and every other round in the opposite order. */
import { measuredCell, type BenchCell } from '../../core/bench/result.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import type { BenchCase, ExecRun, ScriptRun } from './case.ts';
import { contenderOf, type Contender } from './contenders.ts';
import { measureOnce, MeasureFailure, prepare, removeDir, type Bout, type Sample } from './measure.ts';
import type { Watched } from './roots.ts';
import type { RunIn } from './sandbox.ts';
import type { CaseSource } from './sources.ts';

/** How often a case runs with a contender. */
export type RoundCount = (each: BenchCase, contender: Contender) => number;

export interface Rounds extends Watched {
  readonly each: BenchCase & { readonly run: ExecRun | ScriptRun };
  /** Those that it makes sense for. */
  readonly contenders: readonly Contender[];
  readonly source: CaseSource | undefined;
  readonly count: RoundCount;
  /** Ours alone; removed at the end. */
  readonly dir: HostPath;
  readonly limitMs: number;
  /** A text: why the contender cannot run here. @param at which of the sandboxes that run at once. */
  readonly open: (contender: Contender, at: number) => Promise<RunIn | string>;
}

/** One contender's part. */
interface Lane {
  readonly bout: Bout;
  readonly samples: Sample[];
  failure?: string;
}

/** Why there is none. */
interface NoLane {
  readonly why: string;
}

type Prepared = { readonly place: HostPath } | NoLane;

/** @returns a cell for each contender. Throws what measureOnce throws, but for commands that fail. */
export async function measureRounds(rounds: Rounds): Promise<BenchCell[]> {
  const { each, dir, count, onProgress } = rounds;
  try {
    const lanes = new Map<Contender, Lane | NoLane>();
    const preparing = new Map<string, Promise<Prepared>>();
    for (const contender of rounds.contenders) lanes.set(contender, await openLane(rounds, contender, preparing));
    const open = [...lanes.values()].filter((lane): lane is Lane => !('why' in lane));
    const wanted = (lane: Lane): number => count(each, lane.bout.contender);
    const total = Math.max(0, ...open.map(wanted));
    for (let round = 0; round < total; round++) {
      onProgress({ kind: 'step', done: round + 1, total });
      const turn = open.filter((lane) => round < wanted(lane) && lane.failure === undefined);
      for (const lane of round % 2 === 0 ? turn : turn.reverse()) await takeSample(lane);
    }
    return [...lanes].map(([contender, lane]) => cellOf(each, contender, lane));
  } finally {
    await removeDir(dir);
  }
}

async function openLane(
  rounds: Rounds,
  contender: Contender,
  preparing: Map<string, Promise<Prepared>>,
): Promise<Lane | NoLane> {
  const { each, dir } = rounds;
  const sandboxes = each.run.kind === 'script' ? (each.run.sandboxes ?? 1) : 1;
  const runIns: RunIn[] = [];
  for (let at = 0; at < sandboxes; at++) {
    const runIn = await rounds.open(contender, at);
    if (typeof runIn === 'string') return { why: runIn };
    runIns.push(runIn);
  }
  const [first, ...others] = runIns;
  if (first === undefined) throw new RangeError(`${each.id} runs in no sandbox`);
  const { preparedBy } = contender;
  const preparation = preparing.get(preparedBy) ?? prepareBy(rounds, contenderOf(preparedBy));
  preparing.set(preparedBy, preparation);
  const prepared = await preparation;
  if ('why' in prepared) return prepared;
  const place = { prepared: prepared.place, dir: joinHost(dir, contender.id) };
  return { bout: { ...sharedBy(rounds), contender, runIns: [first, ...others], ...place }, samples: [] };
}

async function prepareBy(rounds: Rounds, contender: Contender): Promise<Prepared> {
  const runIn = await rounds.open(contender, 0);
  if (typeof runIn === 'string') return { why: runIn };
  try {
    const dir = joinHost(rounds.dir, `prepared-${contender.id}`);
    return { place: await prepare({ ...sharedBy(rounds), contender, runIn, dir }, rounds.source) };
  } catch (error) {
    if (error instanceof MeasureFailure) return { why: `failed: its set-up: ${error.message}` };
    throw error;
  }
}

function sharedBy({ each, signal, limitMs, source }: Rounds): Pick<Bout, 'each' | 'signal' | 'limitMs' | 'binds'> {
  return { each, signal, limitMs, binds: source?.kind === 'index' ? [`${source.file}:/emul/index:ro`] : [] };
}

async function takeSample(lane: Lane): Promise<void> {
  try {
    lane.samples.push(await measureOnce(lane.bout));
  } catch (error) {
    if (!(error instanceof MeasureFailure)) throw error;
    lane.failure = error.message;
  }
}

function cellOf(each: BenchCase, { id }: Contender, lane: Lane | NoLane): BenchCell {
  const where = { case: each.id, contender: id };
  if ('why' in lane) return { ...where, missing: lane.why };
  if (lane.failure !== undefined) return { ...where, missing: `failed: ${lane.failure}` };
  const { samples } = lane;
  const sorted = [...samples].sort((a, b) => a.figure - b.figure);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return measuredCell(
    where,
    samples.map(({ figure }) => figure),
    {
      ...(middle === undefined ? {} : { cpu: { user: middle.userSeconds, system: middle.systemSeconds } }),
      maxRssKib: Math.max(...samples.map(({ maxRssKib }) => maxRssKib)),
    },
  );
}
