/** Cases that qemu-accel itself does, outside of any sandbox: making roots and trees, and how large they are. */
import { promises as fsp } from 'node:fs';
import { measuredCell, type BenchCell } from '../../core/bench/result.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { siblingName } from '../../os/fs.ts';
import { bootstrap, bootstrapNative } from '../bootstrap.ts';
import type { BenchCase, ContenderId, HostRun } from './case.ts';
import { once } from './case-rounds.ts';
import type { Arena, Contender } from './contenders.ts';
import { installAgain, installCold, installWarm, refreshAgain } from './installs.ts';
import { removeDir } from './measure.ts';
import type { RoundCount } from './rounds.ts';
import { ARCH, benchDir, SUITE, type Watched } from './roots.ts';
import { tizenTree } from './tizen-tree.ts';

interface HostWork extends Watched {
  readonly arena: Arena;
  readonly count: RoundCount;
}

/** @param scratch a directory of the case's own, which lasts for all its rounds. */
type Measure = (work: HostWork, scratch: HostPath) => Promise<number>;

/** Seconds or MiB, by task and contender; what is not here makes no sense. */
const TASKS: Readonly<Record<HostRun['task'], Partial<Record<ContenderId, Measure>>>> = {
  bootstrap: {
    emulated: (work) =>
      timed((dir) => bootstrap({ suite: SUITE, arch: ARCH, dir, isAccelerated: false, ...watchedOf(work) })),
    accel: (work) => timed((dir) => bootstrap({ suite: SUITE, arch: ARCH, dir, ...watchedOf(work) })),
    native: (work) => timed((dir) => bootstrapNative({ suite: SUITE, dir, ...watchedOf(work) })),
  },
  'install-cold': { accel: ({ arena }, scratch) => installCold(arena.guestRoot, scratch) },
  'install-warm': { accel: ({ arena }, scratch) => installWarm(arena.guestRoot, scratch) },
  'install-again': { accel: ({ arena }, scratch) => installAgain(arena.guestRoot, scratch) },
  refresh: { accel: ({ arena }, scratch) => refreshAgain(arena.guestRoot, scratch) },
  'tree-size': {
    accel: ({ arena }) => sizeMib(inRoot(arena.guestRoot, guestPath('/emul'))),
    'tizen-0.4': async ({ arena }) => sizeMib(await tizenTree(arena.guestRoot)),
  },
};

const INSTALLS = [
  {
    task: 'install-cold',
    title: '`install`, nothing cached',
    what: 'Every twin is made; donor packages were fetched.',
  },
  {
    task: 'install-warm',
    title: '`install`, from the cache',
    what: 'A root without emul tree; its twins are in the cache.',
  },
  {
    task: 'install-again',
    title: '`install` over the same tree',
    what: 'Nothing to do: what it costs to find that out.',
  },
  { task: 'refresh', title: '`refresh` without changes', what: 'The same, and what had no donor is looked for again.' },
] as const;

export const HOST_CASES: readonly BenchCase[] = [
  {
    id: 'bootstrap',
    title: 'bootstrap of a `buildd` root',
    what: 'mmdebstrap, with the download: maintainer scripts, dpkg, and for qemu-accel the making of the emul tree.',
    unit: 'seconds',
    run: { kind: 'host', task: 'bootstrap' },
    isQuick: false,
    rounds: once(3),
  },
  ...INSTALLS.map(({ task, title, what }): BenchCase => ({
    id: task,
    title,
    what,
    unit: 'seconds',
    run: { kind: 'host', task },
    isQuick: task === 'install-warm',
    rounds: once(3),
  })),
  {
    id: 'tree-size',
    title: 'size of the emul tree',
    what: 'On the disk, with everything in it, for the root of this benchmark.',
    unit: 'MiB',
    run: { kind: 'host', task: 'tree-size' },
    isQuick: true,
    rounds: once(1),
  },
];

/** @returns a cell for each of these contenders. */
export async function runHostCase(
  each: BenchCase & { readonly run: HostRun },
  contenders: readonly Contender[],
  work: HostWork,
): Promise<BenchCell[]> {
  const measures = TASKS[each.run.task];
  const lanes = contenders.flatMap((one) => {
    const measure = measures[one.id];
    return measure === undefined ? [] : [{ id: one.id, measure, count: work.count(each, one), values: [] as number[] }];
  });
  const total = Math.max(0, ...lanes.map(({ count }) => count));
  const scratch = siblingName(joinHost(benchDir(), 'scratch'));
  try {
    for (let round = 0; round < total; round++) {
      for (const lane of lanes) if (round < lane.count) lane.values.push(await lane.measure(work, scratch));
    }
  } finally {
    await removeDir(scratch);
  }
  const without = contenders.filter(({ id }) => measures[id] === undefined);
  return [
    ...lanes.map(({ id, values }) => measuredCell({ case: each.id, contender: id }, values)),
    ...without.map(({ id }) => ({ case: each.id, contender: id, missing: 'it has no such step of its own' })),
  ];
}

/** Phases of a bootstrap would look like cases of their own. */
function watchedOf({ signal }: HostWork): { readonly signal: AbortSignal } {
  return { signal };
}

async function timed(make: (dir: HostPath) => Promise<void>): Promise<number> {
  const dir = siblingName(joinHost(benchDir(), 'made'));
  const startMs = performance.now();
  try {
    await make(dir);
    return (performance.now() - startMs) / 1000;
  } finally {
    await removeDir(dir);
  }
}

/** As du(1) counts: blocks on the disk, each file once. */
async function sizeMib(dir: HostPath): Promise<number> {
  await fsp.access(dir);
  const { stdout } = await exec(['du', '--summarize', '--block-size=1K', dir]);
  return Number.parseInt(stdout, 10) / 1024;
}
