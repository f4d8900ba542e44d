/** Cases of many short programs. */
import type { BenchCase, ExecRun } from './case.ts';
import { BRIEF, MEDIUM, NO_COMPILER, OURS_ONLY } from './case-rounds.ts';

/** What a configure script does all day: fork, pipes, small filters, arithmetic by expr. */
export const SHELL_LOOP = `i=0
while [ $i -lt 60 ]; do
  i=\`expr $i + 1\`
  case \`echo "line $i" | sed 's/line/number/' | tr a-z A-Z\` in NUMBER*) ;; *) exit 1 ;; esac
  (exit 0) && test -d / && uname >/dev/null
  echo "$i" | grep -q '^[0-9]' || exit 1
done`;

const exec = (...argv: [string, ...string[]]): ExecRun => ({ kind: 'exec', argv, count: 300, slowCount: 30 });

export const EXEC_CASES: readonly BenchCase[] = [
  {
    id: 'exec-true',
    title: 'exec of `true`',
    what: 'Start and end of the smallest program there is; the time of one, of many in a row.',
    unit: 'seconds',
    run: exec('/usr/bin/true'),
    rounds: BRIEF,
    without: NO_COMPILER,
  },
  {
    id: 'exec-twin',
    title: 'exec of the twin of `true`',
    what: 'The twin by its path in `/emul`, without the dispatcher: what is left of `exec of true` is the dispatcher.',
    unit: 'seconds',
    run: exec('/emul/usr/bin/true'),
    rounds: BRIEF,
    without: OURS_ONLY,
  },
  {
    id: 'exec-sed',
    title: 'exec of `sed --version`',
    what: 'A program with three libraries that prints a few lines.',
    unit: 'seconds',
    run: exec('/usr/bin/sed', '--version'),
    rounds: BRIEF,
    without: NO_COMPILER,
  },
  {
    id: 'exec-bash',
    title: 'exec of `bash -c :`',
    what: 'The start of a shell.',
    unit: 'seconds',
    run: exec('/usr/bin/bash', '-c', ':'),
    rounds: BRIEF,
    without: NO_COMPILER,
  },
  {
    id: 'shell-loop',
    title: 'shell loop',
    what: 'Sixty turns of `expr`, `sed`, `tr`, `grep`, `uname`, pipes and subshells: what configure scripts do.',
    unit: 'seconds',
    run: { kind: 'script', script: SHELL_LOOP },
    rounds: { quick: { slow: 1, fast: 5 }, full: { slow: 3, fast: 11 } },
    without: NO_COMPILER,
  },
];

/** Eight of them wait for a line; what the kernel counts for each, with shared pages divided among those who share them. */
const PSS_OF_EIGHT = `mkfifo f && exec 3<>f && pids= && n=0
while [ $n -lt 8 ]; do n=$((n + 1)); bash -c 'read line' <&3 & pids="$pids $!"; done
sleep 1; sum=0
for pid in $pids; do
  kib=\`sed -n 's/^Pss: *\\([0-9]*\\) kB/\\1/p' /proc/$pid/smaps_rollup\` && sum=\`expr $sum + $kib\` || exit 1
done
printf '\\n\\n\\n\\n\\n\\n\\n\\n' >&3; wait
awk "BEGIN { print $sum / 8 / 1024 }" >../value`;

export const MEMORY_CASES: readonly BenchCase[] = [
  {
    id: 'memory-sed',
    title: 'memory of `sed`',
    what: 'The largest resident size of one small program.',
    unit: 'MiB',
    run: { kind: 'exec', argv: ['/usr/bin/sed', '--version'], count: 10 },
    figure: 'memory',
    rounds: MEDIUM,
    without: NO_COMPILER,
  },
  {
    id: 'memory-gcc',
    title: 'memory of `gcc`',
    what: 'The largest resident size of the compiler proper, which compiles one line.',
    unit: 'MiB',
    run: { kind: 'script', script: '{cc} -O2 -c one.c' },
    files: () => ({ 'one.c': 'int one(void) { return 1; }\n' }),
    figure: 'memory',
    rounds: MEDIUM,
  },
  {
    id: 'memory-shared',
    title: 'memory of each of eight `bash`',
    what: 'Proportional set size, while all eight wait for input: pages that they share are divided among them.',
    unit: 'MiB',
    run: { kind: 'script', script: PSS_OF_EIGHT },
    figure: 'left',
    rounds: MEDIUM,
    without: NO_COMPILER,
  },
];
