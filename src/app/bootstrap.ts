/**
 * `bootstrap`: a new build root, accelerated from its first maintainer script on.
 *
 * mmdebstrap does the work, inside a sandbox that has the host's own files, is root in a user namespace, and has the
 * dispatcher registered. Its extract hook calls `install` on the root when the essential packages are unpacked and none
 * is configured; from then on dpkg and every maintainer script run accelerated. A `refresh` at the end takes in what the
 * other packages brought.
 */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { mmdebstrapArgv, mmdebstrapFailure, phaseOf, type MmdebstrapPlan } from '../adapters/buildroot/mmdebstrap.ts';
import { hostTransport } from '../adapters/donor/apt-private.ts';
import { HOST_ROOT, hostSourcesFor, readKeyring } from '../adapters/donor/apt-sources.ts';
import { chooseIdMaps } from '../adapters/sandbox/id-maps.ts';
import { runInSandbox, type SandboxIo, type SandboxResult } from '../adapters/sandbox/launch.ts';
import { formatSources, type AptSource } from '../core/apt-sources.ts';
import { HOST_ARCH, type Arch } from '../core/arch.ts';
import { EnvironmentError, UsageError } from '../core/errors.ts';
import { joinHost, type HostPath } from '../core/paths.ts';
import { cleanEnv } from '../os/exec.ts';
import { errnoOf, siblingName, withErrno, writeAtomically } from '../os/fs.ts';
import { projectPath } from '../os/project.ts';
import { failureOfHook } from './bootstrap-failure.ts';
import type { ProgressSink } from './progress.ts';
import { registrationFor } from './run.ts';

export interface BootstrapOptions {
  /** A release's code name: `trixie`. */
  readonly suite: string;
  readonly arch: Arch;
  /** Must not exist, or be empty. */
  readonly dir: HostPath;
  readonly packs?: readonly string[];
  readonly donor?: string;
  /** Packages besides those of the variant. */
  readonly include?: readonly string[];
  /** mmdebstrap(1), VARIANTS. Default: `buildd`, with compiler and make. */
  readonly variant?: string;
  /** False: a plain root without emul tree, made under emulation. For measurements. */
  readonly isAccelerated?: boolean;
  readonly onProgress?: ProgressSink;
  readonly signal?: AbortSignal;
}

/** The part of the options that a root of the machine's own architecture has, too. */
interface PlainOptions extends Omit<BootstrapOptions, 'arch' | 'packs' | 'donor' | 'isAccelerated'> {
  /** Debian's names of other architectures whose packages can be asked for: `libc6-dev:arm64`. */
  readonly foreign?: readonly string[];
}

/** What is made, and how its programs are run meanwhile. */
interface Work {
  /** Debian's names, with commas between them: the root's own, then foreign ones. */
  readonly arch: string;
  readonly hooks: MmdebstrapPlan['hooks'];
  /** Absent: they are the machine's own. */
  readonly registration?: string;
}

const NO_HOOKS: MmdebstrapPlan['hooks'] = { extract: [], customize: [] };

/** A bootstrap of a large root under plain emulation, on a busy machine with a slow mirror. */
const TIMEOUT_MS = 3 * 60 * 60 * 1000;

/**
 * Makes the root beside `dir` under another name, and renames it when it is whole.
 *
 * @throws UsageError E_USAGE when `dir` is not empty, the suite's name is none, or a package does not exist;
 * EnvironmentError E_DOWNLOAD, E_DONOR, E_TOOL_MISSING, E_NAMESPACE, E_BINFMT, E_NO_SPACE, E_INTERRUPTED.
 */
export async function bootstrap(options: BootstrapOptions): Promise<void> {
  await checkTarget(options);
  await checkIds();
  const registration = await registrationFor(options.arch, options.isAccelerated === false);
  await makeRoot(options, { arch: options.arch.name, hooks: hooksOf(options), registration });
}

/** A root of the machine's own architecture, made in the same way: what measurements compare with. Throws the same. */
export async function bootstrapNative(options: PlainOptions): Promise<void> {
  await checkTarget(options);
  await checkIds();
  await makeRoot(options, { arch: [HOST_ARCH.name, ...(options.foreign ?? [])].join(','), hooks: NO_HOOKS });
}

async function makeRoot(options: PlainOptions, made: Work): Promise<void> {
  const sources = await sourcesOf(options.suite);
  const work = siblingName(options.dir);
  await withErrno(`make ${dirname(options.dir)}`, () => fsp.mkdir(work, { recursive: true }));
  try {
    const plan = await writePlan(options, made, { work, sources });
    await runMmdebstrap(options, plan, made.registration);
    await withErrno(`rename the build root to ${options.dir}`, () => fsp.rename(plan.dir, options.dir));
  } finally {
    await removeWork(work);
  }
}

async function checkTarget({ suite, dir }: PlainOptions): Promise<void> {
  if (!/^[a-z][a-z0-9.-]*$/.test(suite)) {
    throw new UsageError({ what: `'${suite}' is not the name of a suite`, fix: ['Use a code name, like trixie'] });
  }
  const entries = await withErrno(`look into ${dir}`, async () => {
    try {
      return await fsp.readdir(dir);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  });
  if (entries.length === 0) return;
  throw new UsageError({
    what: `${dir} is not empty`,
    why: `it holds ${entries.slice(0, 3).join(', ')}${entries.length > 3 ? ', ...' : ''}`,
    fix: ['Give a directory that does not exist yet', `Or remove it: rm -rf ${dir}`],
  });
}

/** A root holds files of some twenty users; mmdebstrap would fail at the first chown(2), after the download. */
async function checkIds(): Promise<void> {
  const { hasManyIds } = await chooseIdMaps();
  if (hasManyIds) return;
  throw new EnvironmentError({
    code: 'E_NAMESPACE',
    what: 'a build root cannot be made by this user',
    why: 'it has no range of subordinate ids in /etc/subuid and /etc/subgid, and a build root has files of many users',
    fix: [
      'Give it one: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "$USER"',
      'Or run as root',
    ],
  });
}

/** The host's sources for the suite; their keyrings are looked at now, before anything is downloaded. */
async function sourcesOf(suite: string): Promise<AptSource[]> {
  const sources = await hostSourcesFor(suite);
  return Promise.all(
    sources.map(async (source) => {
      if (source.signedBy?.startsWith('/') !== true) return source;
      // Debian 13 calls them .pgp and keeps links; releases before it know .gpg only.
      const older = source.signedBy.replace(/\.pgp$/, '.gpg');
      for (const path of [older, source.signedBy]) {
        if (await readKeyring(HOST_ROOT, path)) return { ...source, signedBy: path };
      }
      throw new EnvironmentError({
        code: 'E_DONOR',
        what: `the keyring ${source.signedBy} is missing`,
        why: "this system's apt configuration names it, and it is not there",
        fix: ['Install the package that brings it: debian-archive-keyring'],
      });
    }),
  );
}

async function writePlan(
  options: PlainOptions,
  { arch, hooks }: Work,
  { work, sources }: { readonly work: HostPath; readonly sources: readonly AptSource[] },
): Promise<MmdebstrapPlan> {
  const plan = {
    suite: options.suite,
    arch,
    dir: joinHost(work, 'root'),
    sources: joinHost(work, `${options.suite}.sources`),
    aptConf: joinHost(work, 'apt.conf'),
    variant: options.variant ?? 'buildd',
    include: options.include ?? [],
    hooks,
  };
  await writeAtomically(plan.sources, formatSources(sources, []));
  await writeAtomically(plan.aptConf, `${(await hostTransport()).join('\n')}\n`, 0o600);
  return plan;
}

function hooksOf({ packs, donor, isAccelerated }: BootstrapOptions): MmdebstrapPlan['hooks'] {
  if (isAccelerated === false) return NO_HOOKS;
  const self = [process.execPath, projectPath('bin', 'qemu-accel')];
  return {
    extract: [
      ...self,
      'install',
      ...(packs === undefined ? [] : ['--pack', packs.join(',')]),
      ...(donor === undefined ? [] : ['--donor', donor]),
    ],
    customize: [...self, 'refresh'],
  };
}

async function runMmdebstrap(
  options: PlainOptions,
  plan: MmdebstrapPlan,
  registration: string | undefined,
): Promise<void> {
  const argv = mmdebstrapArgv(plan);
  // Our own program, in a hook, writes its phases as a log does: [seconds] title.
  const onStderrLine = (line: string): void => {
    const title = phaseOf(line) ?? /^\[[^\]]*\] (.+)$/.exec(line)?.[1];
    if (title !== undefined) options.onProgress?.({ kind: 'phase', title });
    else if (line.startsWith('W: ')) options.onProgress?.({ kind: 'note', text: line.slice('W: '.length) });
  };
  const io = {
    timeoutMs: TIMEOUT_MS,
    onStderrLine,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const result = await inHostView(argv, io, registration);
  if (result.isStopped || options.signal?.aborted === true) {
    throw new EnvironmentError({
      code: 'E_INTERRUPTED',
      what: `${options.dir} was not made`,
      why: 'the work was interrupted; what was there of it has been removed',
      fix: ['Run the same command again'],
    });
  }
  if (result.startFailure !== undefined) {
    const fix = ['Install mmdebstrap'];
    throw new EnvironmentError({ code: 'E_TOOL_MISSING', what: 'mmdebstrap is not installed', fix });
  }
  if (result.status !== 0) {
    throw failureOfHook(result.stderr) ?? mmdebstrapFailure(argv, result.status, result.stderr);
  }
}

/** Variables that change what mmdebstrap and the hooks do, and that are for the user to set. */
const PASSED_VARIABLES = ['SOURCE_DATE_EPOCH', 'QEMU_ACCEL_CACHE'];

function inHostView(
  command: readonly [string, ...string[]],
  io: Omit<SandboxIo, 'stdio'>,
  registration?: string,
): Promise<SandboxResult> {
  const passed = PASSED_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const env = cleanEnv(Object.fromEntries(passed));
  const spec = { command, env, cwd: '/', network: 'host', binds: [], files: [] } as const;
  return runInSandbox(registration === undefined ? spec : { ...spec, registration }, { ...io, stdio: 'capture' });
}

/** In a sandbox again: an ordinary user's root holds files of the user's subordinate ids. */
export async function removeWork(work: HostPath): Promise<void> {
  try {
    await inHostView(['rm', '--recursive', '--force', '--one-file-system', work], {});
  } catch {
    // Where no sandbox can be made nothing was made in one either, and what is there is our own.
    await fsp.rm(work, { recursive: true, force: true });
  }
}
