/** `run`: a command in the build root, in a sandbox of its own. docs/namespaces.md says what it sees there. */
import { promises as fsp } from 'node:fs';
import { cpus } from 'node:os';
import { readBinfmtTable } from '../adapters/binfmt/table.ts';
import { dispatcherFor, findQemu } from '../adapters/sandbox/interpreter.ts';
import { runInSandbox, type SandboxIo, type SandboxResult } from '../adapters/sandbox/launch.ts';
import type { Arch } from '../core/arch.ts';
import { registrationText } from '../core/binfmt.ts';
import { tableServes } from '../core/binfmt-analysis.ts';
import { cpuinfoText } from '../core/cpuinfo.ts';
import { AccelError, EnvironmentError, UsageError } from '../core/errors.ts';
import { guestEnv } from '../core/guest-user.ts';
import { INDEX, withIndexFlags } from '../core/index-layout.ts';
import { guestPath, hostPath, inRoot, type HostPath } from '../core/paths.ts';
import type { SandboxBind, SandboxFile, SandboxLayers, SandboxSpec } from '../core/sandbox-plan.ts';
import { exists, withErrno } from '../os/fs.ts';
import { archOfRoot, createMountPoint, parseBind, parseEnv, userOfRoot } from './run-request.ts';
import type { ProgressSink } from './progress.ts';

export interface RunOptions {
  readonly root: HostPath;
  readonly command: readonly string[];
  /** Everything under qemu, without the dispatcher. */
  readonly isEmulated?: boolean;
  /** The file that gets one line per started program; emptied first. */
  readonly trace?: string;
  /** `SRC:DST` or `SRC:DST:ro`. */
  readonly binds?: readonly string[];
  /** A name or number of the root's own users; default root. */
  readonly user?: string;
  /** A directory of the root; default `/`. */
  readonly chdir?: string;
  /** `host` (default), or `none`: only a loopback device. */
  readonly network?: 'host' | 'none';
  /** `NAME=VALUE`, added to the environment of a fresh login. */
  readonly env?: readonly string[];
  /** Where changes go instead of the root. */
  readonly layers?: SandboxLayers;
  /** Told, before the command starts, what it will miss in the sandbox. */
  readonly progress?: ProgressSink;
}

const INDEX_PATH = guestPath('/emul/index');
const TRACE_PATH = guestPath('/emul/trace');
const CPUINFO_PATH = guestPath('/proc/cpuinfo');

/**
 * Runs the command with our own standard descriptors, terminal and signals.
 *
 * @returns its status as a shell gives it: 128 + number for a signal.
 * @throws AccelError E_COMMAND with exit code 127 or 126 when there is no such command; E_ROOT, E_NAMESPACE, E_BINFMT,
 * E_TOOL_MISSING, E_TREE when the sandbox cannot be made; UsageError for wrong options.
 */
export async function run(options: RunOptions): Promise<number> {
  const result = await runWith(options, { stdio: 'inherit' });
  if (result.startFailure !== undefined) throw result.startFailure;
  return result.status;
}

/** The same, with the output captured: for `verify`, measurements and tests. Throws as `run` does, but for the command. */
export async function runCaptured(options: RunOptions, io: Omit<SandboxIo, 'stdio'> = {}): Promise<SandboxResult> {
  return runWith(options, { ...io, stdio: 'capture' });
}

async function runWith(options: RunOptions, io: SandboxIo): Promise<SandboxResult> {
  const arch = archOfRoot(options.root);
  const spec = await sandboxSpec(options, arch);
  if (options.layers === undefined) for (const bind of spec.binds) await createMountPoint(options.root, bind);
  const registration = await registrationFor(arch, options.isEmulated === true);
  const { progress } = options;
  const warned: SandboxIo = {
    ...io,
    ...(progress === undefined
      ? {}
      : {
          onWarning: (text: string) => {
            progress({ kind: 'note', text });
          },
        }),
  };
  try {
    return await runInSandbox({ ...spec, registration }, warned);
  } catch (error) {
    if (!(await isServedByHost(error, arch, options))) throw error;
    return await runInSandbox(spec, warned);
  }
}

async function sandboxSpec(options: RunOptions, arch: Arch): Promise<SandboxSpec> {
  const [program, ...args] = options.command;
  if (program === undefined)
    throw new UsageError({ what: 'no command was given', fix: ['Add it: run ROOT -- COMMAND'] });
  const user = userOfRoot(options.root, options.user ?? 'root');
  const term = process.env['TERM'];
  const added = Object.fromEntries((options.env ?? []).map(parseEnv));
  const cpuinfo = cpuinfoText(arch, cpus().length);
  const traced = options.trace === undefined ? noTrace() : await traceInto(options, options.trace);
  return {
    root: options.root,
    ...(options.layers === undefined ? {} : { layers: options.layers }),
    command: [program, ...args],
    env: guestEnv(user, { ...(term === undefined ? {} : { TERM: term }), ...added }),
    cwd: guestPath(options.chdir ?? '/'),
    user,
    network: options.network ?? 'host',
    binds: [...(options.binds ?? []).map(parseBind), ...traced.binds],
    files: [
      ...(cpuinfo === undefined ? [] : [{ target: CPUINFO_PATH, content: Buffer.from(cpuinfo), isOptional: true }]),
      ...traced.files,
    ],
  };
}

interface Traced {
  readonly binds: readonly SandboxBind[];
  readonly files: readonly SandboxFile[];
}

function noTrace(): Traced {
  return { binds: [], files: [] };
}

/** The sandbox sees an index that asks for a trace, and the trace file in its place; the root's own files stay as they are. */
async function traceInto(options: RunOptions, trace: string): Promise<Traced> {
  if (options.isEmulated === true) {
    throw new UsageError({ what: '--trace and --emulated exclude each other', why: 'the dispatcher writes the trace' });
  }
  const index = inRoot(options.root, INDEX_PATH);
  if (!(await exists(index)) || !(await exists(inRoot(options.root, TRACE_PATH)))) {
    throw new EnvironmentError({
      code: 'E_TREE',
      what: 'there is nothing to trace',
      why: `${options.root} has no emul tree`,
      fix: [`Make it: qemu-accel install ${options.root}`],
    });
  }
  const file = hostPath(trace);
  const content = await withErrno('read the index', () => fsp.readFile(index));
  await withErrno('write the trace', async () => {
    await fsp.writeFile(file, '');
    // Every user of the build root appends to it.
    await fsp.chmod(file, 0o666);
  });
  return {
    binds: [{ source: file, target: TRACE_PATH, isReadOnly: false }],
    files: [{ target: INDEX_PATH, content: withIndexFlags(content, INDEX.headerFlags.trace), isOptional: false }],
  };
}

/** What to write into binfmt_misc's `register` for the dispatcher, or for qemu itself. */
export async function registrationFor(arch: Arch, isEmulated: boolean): Promise<string> {
  const qemu = findQemu(arch);
  const interpreter = isEmulated ? qemu : await dispatcherFor(arch, qemu);
  const text = registrationText(arch, interpreter);
  if (text !== undefined) return text;
  throw new EnvironmentError({
    code: 'E_BINFMT',
    what: 'the interpreter cannot be registered',
    why: `the kernel does not take a path like ${interpreter}`,
    fix: ['Set QEMU_ACCEL_CACHE to a directory with a short, plain name'],
  });
}

/** A kernel before Linux 6.7 has one table for all: there the machine's own entries serve, when they are of the right kind. */
async function isServedByHost(error: unknown, arch: Arch, options: RunOptions): Promise<boolean> {
  if (!(error instanceof AccelError) || error.code !== 'E_BINFMT') return false;
  return tableServes(await readBinfmtTable(), arch, options.isEmulated === true ? 'emulated' : 'accelerated');
}
