/**
 * A command in a root of the machine's own architecture, or with another interpreter than `run` takes: the same sandbox, the
 * same mounts and, to the last variable, the same environment as `run` gives a foreign root. A different LANG alone
 * has changed the time of an exec by a factor of two.
 */
import { promises as fsp } from 'node:fs';
import { runInSandbox, type SandboxResult } from '../../adapters/sandbox/launch.ts';
import { guestEnv } from '../../core/guest-user.ts';
import { guestPath, type HostPath } from '../../core/paths.ts';
import type { SandboxLayers, SandboxSpec } from '../../core/sandbox-plan.ts';
import { withErrno } from '../../os/fs.ts';
import { runCaptured, type RunOptions } from '../run.ts';
import { createMountPoint, parseBind, userOfRoot } from '../run-request.ts';

export interface BenchCommand {
  readonly command: readonly [string, ...string[]];
  /** The directory that is `/mnt`. */
  readonly place: HostPath;
  /** The directory that is `/tmp`. */
  readonly tmp: HostPath;
  /** Where changes of the root go. */
  readonly layers?: SandboxLayers;
  /** `run --bind`. */
  readonly binds?: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type RunIn = (request: BenchCommand) => Promise<SandboxResult>;

/** How a contender sees the root, besides what every command gets. */
export interface View {
  readonly binds?: readonly string[];
  /** In front of the usual PATH. */
  readonly path?: string;
}

/** Where a case works, in every root: a directory that is there and empty. */
export const PLACE = '/mnt';
export const WORK = `${PLACE}/work`;
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** As `qemu-accel run` does it. */
export function runAsUser(
  root: HostPath,
  request: BenchCommand,
  how: View & { readonly isEmulated: boolean },
): Promise<SandboxResult> {
  const options: RunOptions = {
    root,
    command: request.command,
    isEmulated: how.isEmulated,
    binds: bindsOf(request, how),
    chdir: WORK,
    network: 'none',
    env: envOf(how),
    ...(request.layers === undefined ? {} : { layers: request.layers }),
  };
  return runCaptured(options, { signal: request.signal, timeoutMs: request.timeoutMs });
}

/** The same with another interpreter: the text that is written to `register`. */
export async function runRegistered(
  root: HostPath,
  request: BenchCommand,
  how: View & { readonly registration: string },
): Promise<SandboxResult> {
  const spec = await specOf(root, request, how);
  return runInSandbox(
    { ...spec, registration: how.registration },
    { signal: request.signal, timeoutMs: request.timeoutMs, stdio: 'capture' },
  );
}

async function specOf(root: HostPath, request: BenchCommand, view: View): Promise<SandboxSpec> {
  const user = userOfRoot(root, 'root');
  const added = Object.fromEntries(envOf(view).map((text) => text.split('=', 2) as [string, string]));
  const term = process.env['TERM'];
  const binds = bindsOf(request, view).map(parseBind);
  for (const bind of binds) await createMountPoint(root, bind);
  return {
    root,
    ...(request.layers === undefined ? {} : { layers: request.layers }),
    command: request.command,
    env: guestEnv(user, { ...(term === undefined ? {} : { TERM: term }), ...added }),
    cwd: WORK,
    user,
    network: 'none',
    binds,
    files: [{ target: guestPath('/proc/cpuinfo'), content: await cpuinfo(), isOptional: true }],
  };
}

/** One more mount, as the foreign root has it: its length is another, its cost is the same. */
async function cpuinfo(): Promise<Buffer> {
  return withErrno('read /proc/cpuinfo', () => fsp.readFile('/proc/cpuinfo'));
}

function bindsOf(request: BenchCommand, { binds = [] }: View): string[] {
  return [`${request.place}:${PLACE}`, `${request.tmp}:/tmp`, ...binds, ...(request.binds ?? [])];
}

function envOf({ path }: View): string[] {
  return path === undefined ? [] : [`PATH=${path}:${USUAL_PATH}`];
}
