/** What the launcher says on its control socket (native/sandbox/report.h), and what it amounts to. */
import type { SandboxOp } from '../../core/sandbox-plan.ts';

/** The launcher's `failed` line. */
export interface LauncherFailure {
  /** Index in the plan; -1 for the launcher's own work. */
  readonly op: number;
  readonly errno: number;
  /** The system call, or what it was about. */
  readonly step: string;
}

/** All lines so far. */
export interface Reports {
  /** Set once process 1 waits for its id maps. */
  pid?: number;
  /** Mount points that the root lacks; what lies below one of them goes without saying. */
  readonly skipped: string[];
  failure?: LauncherFailure;
  ended?: { readonly how: 'exit' | 'signal'; readonly value: number };
}

/** Adds one line to the reports. */
export function recordLine(line: string, plan: readonly SandboxOp[], reports: Reports): void {
  const [word, first, second, step] = line.split(' ');
  const value = Number(first);
  if (word === 'pid') reports.pid = value;
  else if (word === 'skipped') recordSkipped(plan[value], reports);
  // The first failure is the reason; process 1 ends for want of what failed.
  else if (word === 'failed') reports.failure ??= { op: value, errno: Number(second), step: step ?? '' };
  else if (word === 'exit' || word === 'signal') reports.ended = { how: word, value };
  else throw new Error(`the sandbox launcher said '${line}'`);
}

function recordSkipped(op: SandboxOp | undefined, { skipped }: Reports): void {
  const target = targetOf(op);
  if (target === undefined || op?.ifMissing === 'skip') return;
  if (!skipped.some((above) => target === above || target.startsWith(`${above}/`))) skipped.push(target);
}

/** The path in the root that an operation is about, where it has one. */
export function targetOf(op: SandboxOp | undefined): string | undefined {
  const [name, first, second] = op?.words ?? [];
  return name === 'mount' || name === 'bind' || name === 'link' ? second : first;
}
