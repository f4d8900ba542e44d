/** Cases that qemu-accel itself does, outside of any sandbox: making roots and trees, and how large they are. */
import type { BenchCase, HostRun } from './case.ts';
import { once, takesMinutes } from './case-rounds.ts';

type Row = Pick<BenchCase, 'title' | 'what'> & { readonly task: HostRun['task'] };

const INSTALLS: readonly Row[] = [
  {
    task: 'install-cold',
    title: '`install`, nothing cached',
    what: 'base and toolchain into a `buildd` root; every twin is made, its packages were fetched before.',
  },
  {
    task: 'install-warm',
    title: '`install`, from the cache',
    what: 'The same root without emul tree; its twins are in the cache.',
  },
  {
    task: 'install-warm-large',
    title: '`install`, from the cache, large root',
    what: 'Into the root of the other cases, every pack: how it grows with the number of programs.',
  },
  {
    task: 'install-again',
    title: '`install` over the same tree',
    what: 'Nothing to do: what it costs to find that out.',
  },
  {
    task: 'refresh-cold',
    title: '`refresh`, nothing cached',
    what: 'The tree is there, and what it was made of is not: everything is made again and compared.',
  },
  {
    task: 'refresh-warm',
    title: '`refresh` without changes',
    what: 'As `install` over the same tree, and what had no donor is looked for again.',
  },
];

const SIZES: readonly Row[] = [
  {
    task: 'tree-size',
    title: 'size of the emul tree',
    what: 'base and toolchain of a `buildd` root, on the disk, with everything in it.',
  },
  {
    task: 'tree-size-large',
    title: 'size of the emul tree, large root',
    what: 'Every pack of the root of the other cases.',
  },
];

export const HOST_CASES: readonly BenchCase[] = [
  {
    id: 'bootstrap',
    title: 'bootstrap of a `buildd` root',
    what: 'mmdebstrap, with the download: maintainer scripts, dpkg, and for qemu-accel the making of the emul tree.',
    unit: 'seconds',
    run: { kind: 'host', task: 'bootstrap' },
    rounds: { quick: { slow: 1, fast: 1 }, full: { slow: 1, fast: 3 } },
    notQuick: takesMinutes('emulated'),
  },
  ...INSTALLS.map(({ task, ...row }): BenchCase => ({
    ...row,
    id: task,
    unit: 'seconds',
    run: { kind: 'host', task },
    rounds: once(task.endsWith('-cold') ? 1 : 3),
  })),
  {
    id: 'start',
    title: 'start of the command line',
    what: '`qemu-accel --version`; the column `native` is `node --eval 0`.',
    unit: 'seconds',
    run: { kind: 'host', task: 'start' },
    rounds: once(11),
  },
  ...SIZES.map(({ task, ...row }): BenchCase => ({
    ...row,
    id: task,
    unit: 'MiB',
    run: { kind: 'host', task },
    rounds: once(1),
  })),
];
