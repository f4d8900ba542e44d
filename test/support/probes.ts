/**
 * What a test may need of the machine, as a table: each name has a probe that says nothing when it is there, or the
 * reason why it is not, in words for the test report.
 *
 * Probes are synchronous, because vitest collects tests while it reads the file, and try the thing itself wherever that
 * is cheap: a kernel that knows user namespaces may still refuse them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

export type Probe = () => string | undefined;

export const PROBES = {
  root: () => (process.getuid?.() === 0 ? undefined : 'not run as root'),
  userns: () => succeeds(['unshare', '--user', '--map-root-user', '--mount', 'true'], 'no user namespaces'),
  binfmt: () =>
    succeeds(
      ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', MOUNT_BINFMT],
      'no private binfmt_misc (Linux 6.7)',
    ),
  '32-bit': () => succeeds([TRUE_32], 'the kernel runs no 32-bit programs (CONFIG_IA32_EMULATION)'),
  'qemu-arm': () => hasAnyProgram(['qemu-arm-static', 'qemu-arm']),
  'qemu-aarch64': () => hasAnyProgram(['qemu-aarch64-static', 'qemu-aarch64']),
  'systemd-binfmt': () => succeeds(['test', '-x', '/lib/systemd/systemd-binfmt'], 'no systemd-binfmt'),
  patchelf: () => hasProgram('patchelf'),
  readelf: () => hasProgram('readelf'),
  mmdebstrap: () => hasProgram('mmdebstrap'),
  gcc: () => hasProgram('gcc'),
  dpkg: () => hasProgram('dpkg-deb'),
  gpg: () => hasProgram('gpg'),
  rpmbuild: () => hasProgram('rpmbuild'),
  lintian: () => hasProgram('lintian'),
  umoci: () => hasProgram('umoci'),
  podman: () => hasProgram('podman'),
  crun: () => hasProgram('crun'),
  sbuild: () => hasProgram('sbuild'),
  pbuilder: () => hasProgram('pbuilder'),
  'obs-build': () => hasProgram('obs-build'),
  subuid: () => hasProgram('newuidmap') ?? hasSubuidRange(),
  mirror: () => mirrorAnswers(),
} as const satisfies Record<string, Probe>;

export type Capability = keyof typeof PROBES;

const TRUE_32 = `${import.meta.dirname}/../../native/build/true-32`;
const MOUNT_BINFMT =
  'mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && test -w /proc/sys/fs/binfmt_misc/register';
const PROBE_TIMEOUT_MS = 30_000;
// /usr/sbin is not in an ordinary user's PATH on Debian.
const PATH = `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`;

function succeeds(argv: readonly [string, ...string[]], otherwise: string): string | undefined {
  const result = probe(argv);
  if (result.status === 0) return undefined;
  const words = result.stderr.trim().split('\n').at(-1) ?? '';
  return words === '' ? otherwise : `${otherwise}: ${words}`;
}

function hasProgram(name: string): string | undefined {
  return hasAnyProgram([name]);
}

function hasAnyProgram(names: readonly string[]): string | undefined {
  const found = names.some((name) => probe(['sh', '-c', 'command -v "$1"', 'sh', name]).status === 0);
  return found ? undefined : `${names.join(' or ')} is not installed`;
}

/** Root needs none: test/support/user.ts makes up an ordinary user that has one. */
function hasSubuidRange(): string | undefined {
  if (process.getuid?.() === 0) return undefined;
  const { username, uid } = userInfo();
  const lines = readFileSync('/etc/subuid', 'utf8').split('\n');
  const hasOne = lines.some((line) => line.startsWith(`${username}:`) || line.startsWith(`${String(uid)}:`));
  return hasOne ? undefined : `no subuid range for ${username}`;
}

/** Asks the first package archive of the system's apt configuration, by apt's own downloader (proxies included). */
function mirrorAnswers(): string | undefined {
  const uris = probe(['apt-get', '--print-uris', 'update']).stdout;
  const release = /'([^']+\/InRelease)'/.exec(uris)?.[1];
  if (release === undefined) return 'apt has no package archive configured';
  const target = `/tmp/qemu-accel-probe-${String(process.pid)}`;
  const script = '/usr/lib/apt/apt-helper download-file "$1" "$2"; status=$?; rm -f "$2"; exit $status';
  return succeeds(['sh', '-c', script, 'sh', release, target], 'the package archive does not answer');
}

function probe([file, ...args]: readonly [string, ...string[]]): { status: number; stdout: string; stderr: string } {
  const result = spawnSync(file, args, {
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
    env: { ...process.env, PATH, LC_ALL: 'C.UTF-8' },
  });
  return { status: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
}
