/** What should have ended with its run: launchers without a caller. */
import { ok, whenSeen, type Check, type Seen } from './model.ts';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** The first 15 bytes of the program's name: proc_pid_comm(5). */
  readonly name: string;
}

export interface LeftoverFacts {
  readonly processes: Seen<readonly Process[]>;
}

const LAUNCHER = 'emul-sandbox';

export const LEFTOVER_CHECKS: readonly Check<LeftoverFacts>[] = [
  {
    id: 'leftover-processes',
    title: 'leftover processes',
    why: 'a sandbox ends with the run that made it; one that does not holds the build root and its namespaces',
    fix: ['End them: kill -KILL <pid>'],
    judge: ({ processes }) =>
      whenSeen(processes, (all) => {
        const pids = orphanedLaunchers(all).map(({ pid }) => pid);
        if (pids.length === 0) return ok('none');
        return {
          status: 'finding',
          what: `${String(pids.length)} sandboxes without the run that made them`,
          details: [`process ${pids.join(', ')}`],
          fix: [`End them: kill -KILL ${pids.join(' ')}`],
          repair: { kind: 'end-processes', pids },
        };
      }),
  },
];

/** Process 1 of a sandbox is the launcher's child; the launcher is a child of ours. One whose parent died has another. */
function orphanedLaunchers(processes: readonly Process[]): readonly Process[] {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const isCaller = (name: string | undefined): boolean => name === LAUNCHER || /^(node|MainThread)/.test(name ?? '');
  return processes.filter(({ name, parent }) => name === LAUNCHER && !isCaller(byPid.get(parent)?.name));
}

/** /proc/PID/stat; proc_pid_stat(5): the name stands in parentheses and may hold any character. */
export function parseProcessStat(text: string): Process | undefined {
  const [, pid, name, parent] = /^(\d+) \(([^]*)\) \S (\d+) /.exec(text) ?? [];
  if (pid === undefined || name === undefined || parent === undefined) return undefined;
  return { pid: Number(pid), name, parent: Number(parent) };
}

/** Mount points of /proc/PID/mountinfo at or below `dir`, the innermost first. */
export function mountsBelow(mountinfo: string, dir: string): string[] {
  const points = mountinfo
    .split('\n')
    .map((line) => line.split(' ')[4])
    .flatMap((point) => (point === undefined ? [] : [unescapeOctal(point)]));
  return [...new Set(points)].filter((point) => point.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length);
}

/** proc_pid_mountinfo(5): space, tab, newline and backslash are written in octal. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** Locks of /proc/locks that are held on these inodes. */
export function heldLocks(locks: string, inodes: ReadonlySet<number>): number {
  const held = [...locks.matchAll(/^\d+: FLOCK .*:(\d+) \d+ \S+$/gm)].map((match) => Number(match[1]));
  return held.filter((inode) => inodes.has(inode)).length;
}
