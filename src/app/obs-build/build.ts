/**
 * One build with obs-build, in a namespace of its own: the handler of the guest's programs is in a binfmt_misc that ends with
 * the build. obs-build of Debian registers none (its helper `initvm` is not in the package), so it finds ours and goes on.
 */
import { promises as fsp } from 'node:fs';
import { runInSandbox } from '../../adapters/sandbox/launch.ts';
import type { Arch } from '../../core/arch.ts';
import { CommandError, EnvironmentError } from '../../core/errors.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { cleanEnv, exec } from '../../os/exec.ts';
import { exists, withErrno } from '../../os/fs.ts';
import { registrationFor } from '../run.ts';

export interface ObsBuildRequest {
  readonly arch: Arch;
  /** As obs-build calls it: `aarch64`, `armv7l`. */
  readonly obsArch: string;
  /** Made where it is missing; obs-build keeps what is installed there and wanted again. */
  readonly root: HostPath;
  readonly config: HostPath;
  /** Directories of packages. */
  readonly repositories: readonly HostPath[];
  /** A spec or a .dsc in a directory with its sources, and nothing else. */
  readonly recipe: HostPath;
  /** Packages more than the recipe and the configuration ask for. */
  readonly extra?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface ObsBuilt {
  /** From the first line of the build itself on: without the preparation of the root. */
  readonly buildSeconds: number;
  readonly preparationSeconds: number;
  /** The packages, sorted. */
  readonly packages: readonly HostPath[];
  readonly log: string;
}

const TIMEOUT_MS = 4 * 60 * 60 * 1000;
/** What obs-build makes in a root, where mknod(2) is allowed: in a user namespace it is not. */
const DEVICES = { null: '3', zero: '5', full: '7', random: '8', urandom: '9' } as const;
const SHOWN_LINES = 15;

/**
 * @throws CommandError E_COMMAND with the end of the log where the build fails; EnvironmentError E_PERMISSION for anybody
 * but root; what the sandbox throws.
 */
export async function obsBuild(request: ObsBuildRequest): Promise<ObsBuilt> {
  await makeRoot(request.root);
  const { arch, obsArch, root, config, repositories, recipe } = request;
  const command = [
    ...['obs-build', '--root', root, '--dist', config, '--arch', obsArch, '--no-checks'],
    ...repositories.flatMap((dir) => ['--repository', dir]),
    ...(request.extra ?? []).flatMap((name) => ['--extra-packs', name]),
    recipe,
  ] as const;
  const clock = phaseClock();
  const said = await runInSandbox(
    {
      command: ['obs-build', ...command.slice(1)],
      env: cleanEnv(),
      cwd: '/',
      network: 'none',
      registration: await registrationFor(arch, false),
      binds: [],
      files: [],
    },
    {
      stdio: 'capture',
      timeoutMs: TIMEOUT_MS,
      onStdoutLine: clock.tell,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    },
  );
  if (said.startFailure !== undefined) throw said.startFailure;
  if (said.status !== 0) throw buildFailure(command, said.status, `${said.stdout}${said.stderr}`);
  return { ...clock.times(), packages: await findPackages(root), log: said.stdout };
}

/** obs-build would make the devices itself, but may not where we run it: it leaves alone what is there. */
async function makeRoot(root: HostPath): Promise<void> {
  if (process.getuid?.() !== 0) {
    const what = 'a build root for obs-build takes root';
    throw new EnvironmentError({ code: 'E_PERMISSION', what, why: 'its device files do', fix: ['Run it with sudo'] });
  }
  if (await exists(joinHost(root, 'dev'))) return;
  await withErrno(`make ${root}`, () => fsp.mkdir(joinHost(root, 'dev'), { recursive: true }));
  for (const [name, minor] of Object.entries(DEVICES)) {
    await exec(['mknod', '--mode=666', joinHost(root, 'dev', name), 'c', '1', minor]);
  }
  await exec(['mknod', '--mode=666', joinHost(root, 'dev', 'tty'), 'c', '5', '0']);
  const links = { fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2', ptmx: 'pts/ptmx' };
  for (const [name, target] of Object.entries(links)) await fsp.symlink(target, joinHost(root, 'dev', name));
}

interface PhaseClock {
  readonly tell: (line: string) => void;
  readonly times: () => Pick<ObsBuilt, 'buildSeconds' | 'preparationSeconds'>;
}

/** By the lines of obs-build; its own clock counts whole seconds. */
function phaseClock(): PhaseClock {
  const startMs = performance.now();
  let [buildMs, endMs] = [startMs, startMs];
  const tell = (line: string): void => {
    if (/^\[ *\d+s\] ----- building /.test(line)) buildMs = performance.now();
    endMs = performance.now();
  };
  const times = (): ReturnType<PhaseClock['times']> => ({
    preparationSeconds: (buildMs - startMs) / 1000,
    buildSeconds: (endMs - buildMs) / 1000,
  });
  return { tell, times };
}

async function findPackages(root: HostPath): Promise<HostPath[]> {
  const result = await fsp.readlink(joinHost(root, '.build.packages'));
  const top = joinHost(root, result);
  const names = await fsp.readdir(top, { recursive: true });
  const found = names.filter((name) => /^(RPMS|SRPMS|DEBS)\/.*\.(rpm|u?deb)$/.test(name)).sort();
  return found.map((name) => hostPath(`${top}/${name}`));
}

function buildFailure(argv: readonly [string, ...string[]], status: number, log: string): CommandError {
  const last = log.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  return new CommandError({
    what: `obs-build ended with status ${String(status)}`,
    why: last,
    fix: [],
    argv,
    status,
    signal: undefined,
    stderr: last,
  });
}
