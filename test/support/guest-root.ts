/**
 * A small arm64 root for tests of the dispatcher: a shell and a few tools of the real build root, an emulator, helper
 * programs, and emul trees whose twins say that they ran (test/support/native/twin.c).
 */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { encodeIndex, INDEX, type IndexKey, type IndexRecord } from '../../src/core/index-layout.ts';
import { TREE_MTIME_S } from '../../src/adapters/emul/tree.ts';
import { guestPath, hostPath, inRoot, joinHost, type HostPath } from '../../src/core/paths.ts';
import { parseTraceLine, type TraceRecord } from '../../src/core/trace.ts';
import { exec, type ExecResult } from '../../src/os/exec.ts';
import { testRoot } from './roots.ts';

export const DISPATCHER = hostPath(`${import.meta.dirname}/../../native/build/qemu-binfmt`);
/** What the dispatcher is registered as, inside the root. */
const INTERPRETER = '/usr/bin/qemu-aarch64-binfmt';
const ARM64 = { elfMachine: 183, elfClass: 64, endian: 'little' } as const;

const SUPPORT = import.meta.dirname;
const TOOLS = ['dash', 'echo', 'cat', 'env', 'ls', 'readlink', 'uname', 'true'];
const LIBRARIES = ['ld-linux-aarch64.so.1', 'libc.so.6', 'libselinux.so.1', 'libpcre2-8.so.0', 'libcap.so.2'];
const LIBRARY_DIR = 'usr/lib/aarch64-linux-gnu';
const ANY_STATUS = Array.from({ length: 256 }, (_, status) => status);

/** Fills `dir` with the small root. /launch and /twin are host programs in it, LAUNCH and TWIN their host paths. */
export async function makeSmallRoot(dir: HostPath): Promise<void> {
  const real = await testRoot();
  for (const name of ['usr/bin', LIBRARY_DIR, 'proc', 'tmp', 'emul']) {
    await fsp.mkdir(joinHost(dir, name), { recursive: true });
  }
  await fsp.symlink('usr/bin', joinHost(dir, 'bin'));
  await fsp.symlink('usr/lib', joinHost(dir, 'lib'));
  for (const tool of TOOLS) await fsp.copyFile(joinHost(real, 'usr/bin', tool), joinHost(dir, 'usr/bin', tool));
  for (const library of LIBRARIES) {
    await fsp.copyFile(joinHost(real, LIBRARY_DIR, library), joinHost(dir, LIBRARY_DIR, library));
  }
  await fsp.symlink('aarch64-linux-gnu/ld-linux-aarch64.so.1', joinHost(dir, 'usr/lib/ld-linux-aarch64.so.1'));
  await fsp.symlink('dash', joinHost(dir, 'usr/bin/sh'));
  await fsp.rm(joinHost(dir, 'emul'), { recursive: true });
  await fsp.copyFile(DISPATCHER, inRoot(dir, guestPath(INTERPRETER)));
  await fsp.copyFile(await hostEmulator(), joinHost(dir, 'usr/bin/qemu-aarch64'));
  for (const program of ['launch', 'twin']) {
    const source = `${SUPPORT}/native/${program}.c`;
    await exec(['gcc', '-O1', '-Wall', '-Werror', '-static', '-s', source, '-o', joinHost(dir, program)]);
  }
}

/** The host's static qemu for arm64. */
export async function hostEmulator(): Promise<HostPath> {
  const { stdout } = await exec(['sh', '-c', 'command -v qemu-aarch64-static || command -v qemu-aarch64']);
  return hostPath(stdout.trim());
}

export interface GuestRun {
  /** Default: the dispatcher inside the root, by path, as build services register it. */
  readonly interpreter?: string;
  /** Default: PO. */
  readonly flags?: string;
  readonly withoutProc?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command of the root, and returns whatever became of it. */
export async function runGuest(root: HostPath, argv: readonly string[], options: GuestRun = {}): Promise<ExecResult> {
  const { interpreter = INTERPRETER, flags = 'PO', withoutProc = false, env = {} } = options;
  return exec([`${SUPPORT}/binfmt-ns.sh`, root, interpreter, flags, ...argv], {
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', ...(withoutProc ? { WITHOUT_PROC: '1' } : {}), ...env },
    okStatuses: ANY_STATUS,
    timeoutMs: 120_000,
  });
}

/** The build-id that readelf reads: an oracle that is not our own reader. */
export async function buildIdOf(file: HostPath): Promise<string> {
  const { stdout } = await exec(['readelf', '--notes', '--wide', file]);
  const id = /Build ID: ([0-9a-f]+)/.exec(stdout)?.[1];
  if (id === undefined) throw new Error(`${file} has no build-id`);
  return id;
}

/** Writes an emul tree: one index with these records, traced, and a stand-in at each twin's path. */
export async function writeTree(root: HostPath, records: readonly IndexRecord[]): Promise<void> {
  await fsp.rm(joinHost(root, 'emul'), { recursive: true, force: true });
  for (const { twin } of records) await addTwin(root, twin);
  await fsp.mkdir(joinHost(root, 'emul'), { recursive: true });
  await fsp.writeFile(joinHost(root, 'emul/index'), encodeIndex(ARM64, records, { flags: INDEX.headerFlags.trace }));
  await fsp.writeFile(joinHost(root, 'emul/manifest.json'), '{}\n');
  await fsp.writeFile(joinHost(root, 'emul/trace'), '');
  await finishLibraries(root);
}

/** The dispatcher goes by the time of change of the libraries' directory. */
async function finishLibraries(root: HostPath): Promise<void> {
  const libraries = joinHost(root, 'emul/usr/lib');
  await fsp.mkdir(libraries, { recursive: true });
  await fsp.utimes(libraries, TREE_MTIME_S, TREE_MTIME_S);
}

export async function addTwin(root: HostPath, twin: string): Promise<void> {
  const path = inRoot(root, guestPath(twin));
  await fsp.mkdir(dirname(path), { recursive: true });
  await fsp.copyFile(joinHost(root, 'twin'), path);
  await finishLibraries(root);
}

/** A tree with a twin of one tool, keyed by its build-id. */
export async function writeTreeFor(root: HostPath, tool: string, more: Partial<IndexRecord> = {}): Promise<void> {
  const file = joinHost(root, 'usr/bin', tool);
  const key: IndexKey = { kind: 'build-id', buildId: await buildIdOf(file) };
  const guestSizeBytes = (await fsp.stat(file)).size;
  await writeTree(root, [{ key, twin: `/emul/usr/bin/${tool}`, guestSizeBytes, ...more }]);
}

/** What the dispatcher wrote since the tree was made. */
export async function readTrace(root: HostPath): Promise<readonly TraceRecord[]> {
  const text = await fsp.readFile(joinHost(root, 'emul/trace'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const record = parseTraceLine(line);
      if (record === undefined) throw new Error(`not a trace line: ${line}`);
      return record;
    });
}
