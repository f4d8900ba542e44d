/**
 * A trace is one line per exec that reached the dispatcher, written by it with a single write(2) of at most PIPE_BUF
 * bytes, so that lines of parallel processes never mix:
 *
 *   <A|E> TAB <reason> TAB <pid> TAB <ppid> TAB <microseconds, CLOCK_MONOTONIC> TAB <path as the kernel got it> NL
 *
 * `A` ran as a twin (accelerated), `E` ran under qemu (emulated). In the path, TAB, NL, and backslash are written as
 * `\t`, `\n` and `\\`; a path that does not fit is cut. A line is written before the exec that it tells of: where the twin
 * then does not start, an `E twin-failed` line of the same pid follows, and takes the `A` line back. So does an `E
 * rolled-back` line, which the shim writes when the twin goes back to emulation after its start.
 */

/** Why the dispatcher chose as it did; the words of native/dispatcher/reason.h. */
export const TRACE_REASONS = {
  twin: 'the index names a twin for this build-id',
  'hand-made': 'no index, and the tree has a program at this path',
  'no-twin': 'the index has no twin for this guest binary',
  'no-tree': 'there is no emul tree, or its libraries are being changed',
  'bad-index': 'the index is damaged, or of another version',
  'bad-binary': 'the guest binary could not be read as ELF',
  secure: 'the guest binary runs with raised privilege',
  preload: 'LD_PRELOAD names a library that has no twin, or LD_DEBUG and the like ask the loader itself',
  arguments: 'its arguments ask for what only the guest’s own build knows',
  modules: 'a module that it may load was built after the tree was made',
  'twin-failed': 'the twin could not be started',
  'rolled-back': 'the twin had to load a library that has no twin, and started anew under emulation',
} as const;

export type TraceReason = keyof typeof TRACE_REASONS;

export interface TraceRecord {
  readonly how: 'accelerated' | 'emulated';
  readonly reason: TraceReason;
  readonly pid: number;
  readonly ppid: number;
  readonly atUs: number;
  readonly path: string;
}

/** Reads one line; undefined when it is not a trace line (a trace that was cut by a full disk ends in half a line). */
export function parseTraceLine(line: string): TraceRecord | undefined {
  const [how, reason, pid, ppid, atUs, path] = line.split('\t');
  if ((how !== 'A' && how !== 'E') || reason === undefined || path === undefined) return undefined;
  if (!Object.hasOwn(TRACE_REASONS, reason)) return undefined;
  const numbers = [pid, ppid, atUs].map(Number);
  if (numbers.some((value) => !Number.isSafeInteger(value) || value < 0)) return undefined;
  return {
    how: how === 'A' ? 'accelerated' : 'emulated',
    reason: reason as TraceReason,
    pid: Number(pid),
    ppid: Number(ppid),
    atUs: Number(atUs),
    path: path.replace(/\\([tn\\])/g, (_, letter: string) => (letter === 't' ? '\t' : letter === 'n' ? '\n' : '\\')),
  };
}
