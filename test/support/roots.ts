/**
 * The build roots of the system tests: pristine Debian `buildd` roots with some more tools, each made once and kept in the
 * cache. No test writes to one; `copyOfRoot` gives one that may be changed.
 */
import { createHash } from 'node:crypto';
import { promises as fsp } from 'node:fs';
import { CommandError } from '../../src/core/errors.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { cacheDir, exists } from '../../src/os/fs.ts';
import { withLock } from '../../src/os/lock.ts';

const BIN = hostPath(`${import.meta.dirname}/../../bin/qemu-accel`);
/** What packages are built with: issue by issue the set that `verify` must find no difference in. */
const BUILD_TOOLS = [
  ...[
    'autoconf',
    'automake',
    'libtool',
    'bison',
    'flex',
    'gettext',
    'm4',
    'pkgconf',
    'bc',
    'file',
    'gawk',
    'zstd',
    'cpio',
  ],
  ...['debhelper', 'fakeroot', 'rpm', 'git', 'ccache', 'cmake', 'meson', 'ninja-build', 'help2man', 'texinfo', 'groff'],
  ...['man-db', 'xsltproc', 'dwz', 'clang', 'lld', 'python3-all-dev', 'python3-venv', 'python3-pip', 'libperl-dev'],
];

interface TestRootRow {
  readonly arch: string;
  /** Tried in this order; by default trixie alone. */
  readonly suites?: readonly string[];
  readonly include: readonly string[];
}

/** The first one has the tools of the packs that a `buildd` root lacks, and no more. */
const TEST_ROOTS = {
  'trixie-arm64': {
    arch: 'arm64',
    include: ['bc', 'bison', 'file', 'flex', 'gawk', 'gettext', 'm4', 'pkgconf', 'zstd'],
  },
  'trixie-arm64-builds': { arch: 'arm64', include: BUILD_TOOLS },
  // Mirrors lag behind with the rarer architectures: the first suite whose indices are whole.
  'armhf-tools': {
    arch: 'armhf',
    suites: ['trixie', 'bookworm', 'forky'],
    include: ['cpio', 'fakeroot', 'file', 'm4', 'python3', 'rpm'],
  },
} as const satisfies Record<string, TestRootRow>;
export type TestRoot = keyof typeof TEST_ROOTS;
const BOOTSTRAP_TIMEOUT_MS = 20 * 60 * 1000;
const LOCK_WAIT_SECONDS = 20 * 60;
const KEY_DIGITS = 8;

export interface RootCopy {
  readonly root: HostPath;
  readonly dispose: () => Promise<void>;
}

/**
 * The cached root of that name, which is made where it is missing (minutes). It has no emul tree: one that was made by an
 * earlier version would be tested instead of today's.
 */
export async function testRoot(name: TestRoot = 'trixie-arm64'): Promise<HostPath> {
  // A root that was made before its row changed lacks what a test now asks of it, and both sides would fail alike.
  const key = createHash('sha256').update(JSON.stringify(TEST_ROOTS[name])).digest('hex').slice(0, KEY_DIGITS);
  const root = joinHost(cacheDir(), 'test-roots', `${name}-${key}`);
  if (await exists(root)) return root;
  return withLock(`${root}.lock` as HostPath, LOCK_WAIT_SECONDS, async () => {
    if (!(await exists(root))) await bootstrap(name, root);
    return root;
  });
}

/** Made under another name and renamed: a half-made root is never taken for a whole one. */
async function bootstrap(name: TestRoot, root: HostPath): Promise<void> {
  const { arch, include, suites = ['trixie'] }: TestRootRow = TEST_ROOTS[name];
  const unfinished = `${root}.unfinished` as HostPath;
  const qemuAccel = (...words: readonly string[]): ReturnType<typeof exec> =>
    exec([process.execPath, BIN, ...words], { timeoutMs: BOOTSTRAP_TIMEOUT_MS, env: { QEMU_ACCEL_CACHE: cacheDir() } });
  for (const suite of suites) {
    await removeRoot(unfinished);
    try {
      await qemuAccel('bootstrap', suite, arch, unfinished, '--include', include.join(','));
      break;
    } catch (error) {
      const isMirror = error instanceof CommandError && error.stderr.includes('E_DOWNLOAD');
      if (!isMirror || suite === suites.at(-1)) throw error;
    }
  }
  await qemuAccel('remove', unfinished);
  await fsp.rename(unfinished, root);
}

/** A copy that the test may change, beside the original so that a file system with reflinks shares the blocks. */
export async function copyOfRoot(root: HostPath): Promise<RootCopy> {
  const parent = given(process.env['QEMU_ACCEL_TEST_COPIES']) ?? joinHost(cacheDir(), 'test-roots');
  await fsp.mkdir(parent, { recursive: true });
  const copy = hostPath(await fsp.mkdtemp(joinHost(parent, 'copy-')));
  const dispose = (): Promise<void> => removeRoot(copy);
  try {
    await fsp.rmdir(copy);
    await exec(['cp', '--archive', '--reflink=auto', root, copy]);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { root: copy, dispose };
}

/**
 * rm(1) and not fs.rm: a root holds files of other owners and directories without write permission; and only on this
 * file system, so that something that a failed test left mounted there is not emptied with it.
 */
async function removeRoot(root: HostPath): Promise<void> {
  await exec(['rm', '--recursive', '--force', '--one-file-system', root]);
}

function given(value: string | undefined): HostPath | undefined {
  return value === undefined || value === '' ? undefined : hostPath(value);
}
