/** How cost grows with what is done at once, and with what is in the tree. */
import type { BenchCase } from './case.ts';
import { allBut, FEWER_PEERS, MEDIUM, NO_COMPILER, OURS_ONLY, takesMinutes } from './case-rounds.ts';
import { SHELL_LOOP } from './exec-cases.ts';

const JOBS = [2, 20, 200];
const STRAY_RECORDS = 20_000;

export const SCALE_CASES: readonly BenchCase[] = [
  ...JOBS.map((jobs): BenchCase => ({
    id: `scale-${String(jobs)}`,
    title: `${String(jobs)} execs at once`,
    what: 'The time of one exec of `true` while so many of them are under way: all of it, divided by their number.',
    unit: 'seconds',
    run: { kind: 'exec', argv: ['/usr/bin/true'], count: 2000, slowCount: 400, jobs },
    rounds: MEDIUM,
    notQuick: FEWER_PEERS,
    without: NO_COMPILER,
  })),
  {
    id: 'scale-index',
    title: 'exec of `true`, large index',
    what: `As \`exec of true\`, with ${STRAY_RECORDS.toLocaleString('en-GB')} records more in the index.`,
    unit: 'seconds',
    run: { kind: 'exec', argv: ['/usr/bin/true'], count: 300, strayRecords: STRAY_RECORDS },
    rounds: { quick: { slow: 1, fast: 7 }, full: { slow: 1, fast: 11 } },
    without: OURS_ONLY,
  },
  ...[2, 4].map((sandboxes): BenchCase => ({
    id: `scale-${String(sandboxes)}-sandboxes`,
    title: `shell loop in ${sandboxes === 2 ? 'two' : 'four'} sandboxes at once`,
    what: 'The loop in as many sandboxes of one root, each with its own binfmt_misc, until the last one ends.',
    unit: 'seconds',
    run: { kind: 'script', script: SHELL_LOOP, sandboxes },
    rounds: MEDIUM,
    notQuick: takesMinutes('emulated', 'emulated-guest-qemu', 'proot'),
    without: NO_COMPILER,
  })),
  {
    id: 'scale-4-roots',
    title: 'shell loop in four roots at once',
    what: 'The loop in four build roots, each with its own files and emul tree: they share nothing but the machine.',
    unit: 'seconds',
    run: { kind: 'script', script: SHELL_LOOP, sandboxes: 4, hasOwnRoots: true },
    rounds: MEDIUM,
    without: allBut(['emulated', 'accel'], 'see the sandboxes of one root'),
  },
];
