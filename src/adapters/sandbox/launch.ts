/**
 * Starts native/build/emul-sandbox, writes the id maps of the new user namespace (only a process outside may), hands
 * signals on, and puts what fails into words. The launcher's control socket stays open as long as we live: when it closes,
 * the kernel ends everything in the sandbox.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';
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
import { sandboxFailure } from './failure.ts';
import { chooseIdMaps, writeIdMaps, type IdMaps } from './id-maps.ts';
import { recordLine, type Reports } from './reports.ts';
import { passSignals } from './signals.ts';

export interface SandboxIo {
  /** `inherit`: our own standard descriptors, terminal and signals. `capture`: for tests and measurements. */
  readonly stdio: 'inherit' | 'capture';
  /** `capture` only; default: nothing to read. */
  readonly input?: string | Buffer;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Told, before the command starts, what it will miss: one sentence each. */
  readonly onWarning?: (text: string) => void;
  /** `capture` only: called for each line of stderr as it comes. */
  readonly onStderrLine?: (line: string) => void;
  /** The same for stdout. */
  readonly onStdoutLine?: (line: string) => void;
}

export interface SandboxResult {
  /** As a shell would give it: 128 + number for a signal, 127 and 126 for a command that could not be started. */
  readonly status: number;
  readonly signal?: NodeJS.Signals;
  /** `capture` only. */
  readonly stdout: string;
  readonly stderr: string;
  /** The same, byte for byte: output need not be text. */
  readonly raw: { readonly stdout: Buffer; readonly stderr: Buffer };
  /** `timeoutMs` was over, or `signal` said stop. */
  readonly isStopped: boolean;
  /** Why the command could not be started; `status` is then 127 (there is none) or 126, and so is its exitCode. */
  readonly startFailure?: AccelError;
}

/** One sandbox, from its plan to its end. */
interface Session {
  readonly plan: readonly SandboxOp[];
  readonly maps: IdMaps;
  readonly reports: Reports;
  readonly warn: (text: string) => void;
}

/**
 * Runs one command in a sandbox, to its end.
 *
 * @throws AccelError E_NAMESPACE or E_BINFMT when the kernel refuses what the sandbox needs, E_TOOL_MISSING when a
 * program for it is missing, E_ROOT when the root cannot hold it, E_USAGE for a directory or user that is not there.
 */
export async function runInSandbox(spec: SandboxSpec, io: SandboxIo): Promise<SandboxResult> {
  const maps = await chooseIdMaps();
  const plan = sandboxPlan(spec, hostView(maps, io.stdio));
  const session = { plan, maps, reports: { skipped: [] }, warn: io.onWarning ?? ((): void => undefined) };
  if (!maps.hasManyIds)
    session.warn('only root exists in the sandbox: this user has no range in /etc/subuid and /etc/subgid');
  const child = startLauncher(io);
  const stopPassing = io.stdio === 'inherit' ? passSignals(child) : undefined;
  const deadline = stopAfter(child, io);
  try {
    const [stdout, stderr] = await Promise.all([
      collect(child.stdout, io.onStdoutLine),
      collect(child.stderr, io.onStderrLine),
      once(child, 'close'),
      talk(child.stdio[3] as Duplex, session),
    ]);
    const raw = { stdout, stderr };
    return { ...ending(session), stdout: String(stdout), stderr: String(stderr), raw, isStopped: deadline.isStopped() };
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
async function talk(control: Duplex, session: Session): Promise<void> {
  const { plan, maps, reports } = session;
  // EPIPE: the launcher is gone, which its exit tells as well.
  control.on('error', () => undefined);
  control.write(encodePlan(plan));
  for await (const line of createInterface({ input: control })) {
    const skipped = reports.skipped.length;
    recordLine(line, plan, reports);
    for (const path of reports.skipped.slice(skipped)) session.warn(`the build root has no ${path}, so it is left out`);
    if (line.startsWith('pid ') && reports.pid !== undefined) {
      await writeIdMaps(reports.pid, maps);
      control.write('g');
    }
  }
}

function ending({ plan, reports }: Session): Pick<SandboxResult, 'status' | 'signal' | 'startFailure'> {
  const { failure, ended } = reports;
  if (failure !== undefined && failure.step !== 'exec') throw sandboxFailure(plan, failure);
  if (ended?.how === 'exit') {
    const startFailure = failure === undefined ? {} : { startFailure: sandboxFailure(plan, failure) };
    return { status: ended.value, ...startFailure };
  }
  // Without a last word the launcher was killed, and the sandbox with it.
  const value = ended?.value ?? constants.signals.SIGKILL;
  return { status: 128 + value, signal: signalName(value) };
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

async function collect(stream: Readable | null, onLine?: (line: string) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let rest = '';
  if (stream !== null) {
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    }
  }
  return Buffer.concat(chunks);
}

function signalName(value: number): NodeJS.Signals {
  const found = Object.entries(constants.signals).find(([, number]) => number === value);
  return (found?.[0] ?? 'SIGKILL') as NodeJS.Signals;
}
