/** What the cases of host-cases.ts do, by contender. */
import { promises as fsp } from 'node:fs';
import { measuredCell, type BenchCell } from '../../core/bench/result.ts';
import { AccelError } from '../../core/errors.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { siblingName } from '../../os/fs.ts';
import { projectPath } from '../../os/project.ts';
import { bootstrap, bootstrapNative } from '../bootstrap.ts';
import type { BenchCase, ContenderId, HostRun } from './case.ts';
import type { Arena, Contender } from './contenders.ts';
import { timeOfInstall, type Installation } from './installs.ts';
import { removeDir } from './measure.ts';
import type { RoundCount } from './rounds.ts';
import { ARCH, benchDir, SMALL_PACKS, SUITE, type Watched } from './roots.ts';

interface HostWork extends Watched {
  readonly arena: Arena;
  readonly count: RoundCount;
  /** Of the whole run, which removes it: copies of roots serve several cases. */
  readonly scratch: HostPath;
}

type Measure = (work: HostWork) => Promise<number>;

interface Lane {
  readonly id: ContenderId;
  readonly measure: Measure;
  readonly count: number;
  readonly values: number[];
  failure?: string;
}

type Kind = Pick<Installation, 'command' | 'hasTree' | 'isCold'>;
const smallInstall =
  (kind: Kind): Measure =>
  async ({ arena, scratch }) =>
    timeOfInstall({ ...kind, root: await arena.smallRoot(), scratch, packs: SMALL_PACKS });

/** Seconds or MiB, by task and contender; what is not here makes no sense. */
const TASKS: Readonly<Record<HostRun['task'], Partial<Record<ContenderId, Measure>>>> = {
  bootstrap: {
    emulated: (work) => timed((dir) => bootstrap({ ...rootOf(work, dir), arch: ARCH, isAccelerated: false })),
    accel: (work) => timed((dir) => bootstrap({ ...rootOf(work, dir), arch: ARCH })),
    native: (work) => timed((dir) => bootstrapNative(rootOf(work, dir))),
  },
  'install-cold': { accel: smallInstall({ command: 'install', hasTree: false, isCold: true }) },
  'install-warm': { accel: smallInstall({ command: 'install', hasTree: false, isCold: false }) },
  'install-warm-large': {
    accel: ({ arena: { guestRoot: root }, scratch }) =>
      timeOfInstall({ root, scratch, command: 'install', hasTree: false, isCold: false }),
  },
  'install-again': { accel: smallInstall({ command: 'install', hasTree: true, isCold: false }) },
  'refresh-cold': { accel: smallInstall({ command: 'refresh', hasTree: true, isCold: true }) },
  'refresh-warm': { accel: smallInstall({ command: 'refresh', hasTree: true, isCold: false }) },
  'tree-size': { accel: async ({ arena }) => sizeMib(await arena.smallRoot()) },
  'tree-size-large': { accel: ({ arena }) => sizeMib(arena.guestRoot) },
  start: {
    accel: () => timed(() => node([projectPath('bin', 'qemu-accel'), '--version'])),
    native: () => timed(() => node(['--eval', '0'])),
  },
};

/** @returns a cell for each of these contenders. */
export async function runHostCase(
  each: BenchCase & { readonly run: HostRun },
  contenders: readonly Contender[],
  work: HostWork,
): Promise<BenchCell[]> {
  const measures = TASKS[each.run.task];
  const lanes = contenders.flatMap((one): Lane[] => {
    const measure = measures[one.id];
    return measure === undefined ? [] : [{ id: one.id, measure, count: work.count(each, one), values: [] }];
  });
  const total = Math.max(0, ...lanes.map(({ count }) => count));
  for (let round = 0; round < total; round++) {
    const turn = lanes.filter(({ count, failure }) => round < count && failure === undefined);
    for (const lane of round % 2 === 0 ? turn : turn.reverse()) await takeValue(lane, work);
  }
  const without = contenders.filter(({ id }) => measures[id] === undefined);
  return [
    ...lanes.map((lane) => cellOf(each, lane)),
    ...without.map(({ id }) => ({ case: each.id, contender: id, missing: 'it has no such step of its own' })),
  ];
}

async function takeValue(lane: Lane, work: HostWork): Promise<void> {
  try {
    lane.values.push(await lane.measure(work));
  } catch (error) {
    if (!(error instanceof AccelError) || error.code === 'E_INTERRUPTED') throw error;
    lane.failure = `failed: ${error.what}: ${error.why ?? ''}`;
  }
}

function cellOf(each: BenchCase, { id, values, failure }: Lane): BenchCell {
  const where = { case: each.id, contender: id };
  return failure === undefined ? measuredCell(where, values) : { ...where, missing: failure };
}

/** Phases of a bootstrap would look like cases of their own, so nobody is told of them. */
function rootOf({ signal }: HostWork, dir: HostPath): { suite: string; dir: HostPath; signal: AbortSignal } {
  return { suite: SUITE, dir, signal };
}

async function timed(work: (dir: HostPath) => Promise<unknown>): Promise<number> {
  const dir = siblingName(joinHost(benchDir(), 'made'));
  const startMs = performance.now();
  try {
    await work(dir);
    return (performance.now() - startMs) / 1000;
  } finally {
    await removeDir(dir);
  }
}

async function node(args: readonly string[]): Promise<void> {
  await exec([process.execPath, ...args]);
}

/** As du(1) counts: blocks on the disk, each file once. */
async function sizeMib(root: HostPath): Promise<number> {
  const dir = inRoot(root, guestPath('/emul'));
  await fsp.access(dir);
  const { stdout } = await exec(['du', '--summarize', '--block-size=1K', dir]);
  return Number.parseInt(stdout, 10) / 1024;
}
