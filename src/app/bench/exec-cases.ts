/** Cases of many short programs. */
import type { BenchCase } from './case.ts';
import { BRIEF, MEDIUM, NO_COMPILER, OURS_ONLY } from './case-rounds.ts';

/** What a configure script does all day: fork, pipes, small filters, arithmetic by expr. */
const SHELL_LOOP = `i=0
while [ $i -lt 100 ]; do
  i=\`expr $i + 1\`
  case \`echo "line $i" | sed 's/line/number/' | tr a-z A-Z\` in NUMBER*) ;; *) exit 1 ;; esac
  (exit 0) && test -d / && uname >/dev/null
  echo "$i" | grep -q '^[0-9]' || exit 1
done`;
export const EXEC_CASES: readonly BenchCase[] = [
  {
    id: 'exec-true',
    title: 'exec of `true`',
    what: 'Start and end of the smallest program there is; the time of one, of many in a row.',
    unit: 'seconds',
    run: { kind: 'exec', argv: ['/usr/bin/true'], count: 200 },
    isQuick: true,
    rounds: BRIEF,
    without: NO_COMPILER,
  },
  {
    id: 'exec-sed',
    title: 'exec of `sed --version`',
    what: 'A program with three libraries that prints a few lines.',
    unit: 'seconds',
    run: { kind: 'exec', argv: ['/usr/bin/sed', '--version'], count: 200 },
    isQuick: true,
    rounds: BRIEF,
    without: NO_COMPILER,
  },
  {
    id: 'exec-bash',
    title: 'exec of `bash -c :`',
    what: 'The start of a shell.',
    unit: 'seconds',
    run: { kind: 'exec', argv: ['/usr/bin/bash', '-c', ':'], count: 200 },
    isQuick: true,
    rounds: BRIEF,
    without: NO_COMPILER,
  },
  {
    id: 'exec-twin',
    title: 'exec of the twin of `true`',
    what: 'The twin by its path in `/emul`, without the dispatcher: what is left of `exec of true` is the dispatcher.',
    unit: 'seconds',
    run: { kind: 'exec', argv: ['/emul/usr/bin/true'], count: 200 },
    isQuick: true,
    rounds: BRIEF,
    without: OURS_ONLY,
  },
  {
    id: 'shell-loop',
    title: 'shell loop',
    what: 'A hundred turns of `expr`, `sed`, `tr`, `grep`, `uname`, pipes and subshells: what configure scripts do.',
    unit: 'seconds',
    run: { kind: 'script', script: SHELL_LOOP },
    isQuick: true,
    rounds: { quick: { slow: 1, fast: 5 }, full: { slow: 3, fast: 11 } },
    without: NO_COMPILER,
  },
];

/** How cost grows with what is done at once. */
export const SCALE_CASES: readonly BenchCase[] = [
  {
    id: 'scale-200',
    title: '200 execs at once',
    what: 'The time of one exec of `true` while two hundred of them are under way: what the dispatcher shares.',
    unit: 'seconds',
    run: { kind: 'exec', argv: ['/usr/bin/true'], count: 2000, jobs: 200 },
    isQuick: false,
    rounds: MEDIUM,
    without: NO_COMPILER,
  },
  {
    id: 'scale-4-roots',
    title: 'shell loop in four sandboxes at once',
    what: 'The loop above in four sandboxes of one root, each with its own binfmt_misc, until the last one ends.',
    unit: 'seconds',
    run: { kind: 'script', script: SHELL_LOOP, sandboxes: 4 },
    isQuick: false,
    rounds: MEDIUM,
    without: { ...NO_COMPILER, proot: 'proot has no sandbox' },
  },
];
