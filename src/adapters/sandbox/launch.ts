/**
 * Starts native/build/emul-sandbox, writes the id maps of the new user namespace (only a process outside may), hands
 * signals on, and puts what fails into words. The launcher's control socket stays open as long as we live: when it closes,
 * the kernel ends everything in the sandbox.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { Duplex, Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { EnvironmentError, type AccelError } from '../../core/errors.ts';
import type { HostPath } from '../../core/paths.ts';
import {
  encodePlan,
  sandboxPlan,
  type SandboxHost,
  type SandboxOp,
  type SandboxSpec,
} from '../../core/sandbox-plan.ts';
import { projectPath } from '../../os/project.ts';
import { sandboxFailure, type LauncherFailure } from './failure.ts';
import { chooseIdMaps, writeIdMaps, type IdMaps } from './id-maps.ts';
import { passSignals } from './signals.ts';

export interface SandboxIo {
  /** `inherit`: our own standard descriptors, terminal and signals. `capture`: for tests and measurements. */
  readonly stdio: 'inherit' | 'capture';
  /** `capture` only; default: nothing to read. */
  readonly input?: string | Buffer;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface SandboxResult {
  /** As a shell would give it: 128 + number for a signal, 127 and 126 for a command that could not be started. */
  readonly status: number;
  readonly signal?: NodeJS.Signals;
  /** `capture` only. */
  readonly stdout: string;
  readonly stderr: string;
  /** Mount points that were left out because the root has no such file or directory: `/sys`. */
  readonly skipped: readonly string[];
  /** `capture` only: `timeoutMs` was over, or `signal` said stop. */
  readonly isStopped: boolean;
  /** Why the command could not be started; `status` is then 127 (there is none) or 126, and so is its exitCode. */
  readonly startFailure?: AccelError;
}

/** What the launcher has said so far: native/sandbox/report.h. */
interface Reports {
  readonly skipped: number[];
  failure?: LauncherFailure;
  ended?: { readonly how: 'exit' | 'signal'; readonly value: number };
}

/**
 * Runs one command in a sandbox, to its end.
 *
 * @throws EnvironmentError E_NAMESPACE or E_BINFMT when the kernel refuses what the sandbox needs, E_TOOL_MISSING when a
 * program for it is missing, E_ROOT when the root cannot hold it.
 */
export async function runInSandbox(spec: SandboxSpec, io: SandboxIo): Promise<SandboxResult> {
  const maps = await chooseIdMaps();
  const plan = sandboxPlan(spec, hostView(maps, io.stdio));
  const child = startLauncher(io);
  const stopPassing = io.stdio === 'inherit' ? passSignals(child) : undefined;
  const deadline = stopAfter(child, io);
  const reports: Reports = { skipped: [] };
  try {
    const [stdout, stderr] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      once(child, 'close'),
      talk(child.stdio[3] as Duplex, { plan, maps, reports }),
    ]);
    return resultOf(plan, reports, { stdout, stderr, isStopped: deadline.isStopped() });
  } finally {
    child.kill('SIGKILL');
    deadline.dispose();
    stopPassing?.();
  }
}

function startLauncher(io: SandboxIo): ChildProcess {
  const launcher = projectPath('native', 'build', 'emul-sandbox');
  if (!existsSync(launcher)) {
    const what = 'the sandbox launcher has not been built';
    throw new EnvironmentError({ code: 'E_TOOL_MISSING', what, why: `no ${launcher}`, fix: ['Run `npm run build`'] });
  }
  const std = io.stdio === 'inherit' ? 'inherit' : 'pipe';
  // The directory that we were started in may be gone; the command gets its own anyway.
  const child = spawn(launcher, [], { stdio: [std, std, std, 'pipe'], cwd: '/', env: {} });
  // A command need not read its input.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(io.input ?? '');
  return child;
}

/** Sends the plan, and answers and records what the launcher says, until it closes its end. */
async function talk(
  control: Duplex,
  with_: { readonly plan: readonly SandboxOp[]; readonly maps: IdMaps; readonly reports: Reports },
): Promise<void> {
  const { plan, maps, reports } = with_;
  // EPIPE: the launcher is gone, which its exit tells as well.
  control.on('error', () => undefined);
  control.write(encodePlan(plan));
  let rest = '';
  for await (const chunk of control) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [word = '', ...values] = line.split(' ');
      if (word === 'pid') {
        await writeIdMaps(Number(values[0]), maps);
        control.write('g');
      } else record(word, values, reports);
    }
  }
}

function record(word: string, values: readonly string[], reports: Reports): void {
  const value = Number(values[0]);
  if (word === 'skipped') reports.skipped.push(value);
  else if (word === 'failed') reports.failure ??= { op: value, errno: Number(values[1]), step: values[2] ?? '' };
  else if (word === 'exit' || word === 'signal') reports.ended = { how: word, value };
}

function resultOf(
  plan: readonly SandboxOp[],
  { skipped, failure, ended }: Reports,
  output: Pick<SandboxResult, 'stdout' | 'stderr' | 'isStopped'>,
): SandboxResult {
  if (failure !== undefined && failure.step !== 'exec') throw sandboxFailure(plan, failure);
  const common = { ...output, skipped: skippedMounts(plan, skipped) };
  if (ended?.how === 'exit') {
    const reason = failure === undefined ? {} : { startFailure: sandboxFailure(plan, failure) };
    return { ...common, status: ended.value, ...reason };
  }
  // Without a last word the launcher was killed, and the sandbox with it.
  const value = ended?.value ?? constants.signals.SIGKILL;
  return { ...common, status: 128 + value, signal: signalName(value) };
}

/** The mount points that the root lacks; what lies below one of them goes without saying. */
function skippedMounts(plan: readonly SandboxOp[], skipped: readonly number[]): string[] {
  const missing: string[] = [];
  for (const at of skipped) {
    const target = plan[at]?.words[plan[at].words[0] === 'data' ? 1 : 2] ?? '';
    if (!missing.some((above) => target === above || target.startsWith(`${above}/`))) missing.push(target);
  }
  return missing;
}

function hostView(maps: IdMaps, stdio: SandboxIo['stdio']): SandboxHost {
  const terminal = stdio === 'inherit' ? [0, 1, 2].find((fd) => isatty(fd)) : undefined;
  return {
    hasManyIds: maps.hasManyIds,
    hasResolvConf: existsSync('/etc/resolv.conf'),
    ...(terminal === undefined ? {} : { terminal: readlinkSync(`/proc/self/fd/${String(terminal)}`) as HostPath }),
  };
}

function stopAfter(child: ChildProcess, io: SandboxIo): { isStopped: () => boolean; dispose: () => void } {
  let isStopped = false;
  // The launcher's death is the sandbox's.
  const stop = (): void => {
    isStopped = child.kill('SIGKILL') || isStopped;
  };
  const timer = io.timeoutMs === undefined ? undefined : setTimeout(stop, io.timeoutMs);
  io.signal?.addEventListener('abort', stop);
  if (io.signal?.aborted === true) stop();
  return {
    isStopped: () => isStopped,
    dispose: () => {
      clearTimeout(timer);
      io.signal?.removeEventListener('abort', stop);
    },
  };
}

async function collect(stream: Readable | null): Promise<string> {
  const chunks: Buffer[] = [];
  if (stream !== null) for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function signalName(value: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, number]) => number === value);
  return (found?.[0] ?? 'SIGKILL') as NodeJS.Signals;
}
