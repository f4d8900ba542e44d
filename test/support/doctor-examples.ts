/** A machine and a build root where everything is wrong: for each check, facts that are a finding. */
import { guestArch } from '../../src/core/arch.ts';
import type { InterpreterKind, ObservedEntry, ObservedTable } from '../../src/core/binfmt-analysis.ts';
import { parseBinfmtEntry } from '../../src/core/binfmt.ts';
import { HANDLER_CHECKS, type HandlerFacts } from '../../src/core/doctor/handler-checks.ts';
import { KERNEL_CHECKS, type KernelFacts } from '../../src/core/doctor/kernel-checks.ts';
import { LEFTOVER_CHECKS, type LeftoverFacts } from '../../src/core/doctor/leftover-checks.ts';
import { runCheck, type Check, type CheckResult } from '../../src/core/doctor/model.ts';
import { ROOT_CHECKS, type RootFacts } from '../../src/core/doctor/root-checks.ts';
import { SPACE_CHECKS, type SpaceFacts } from '../../src/core/doctor/space-checks.ts';
import { TOOL_CHECKS, type ToolFacts } from '../../src/core/doctor/tool-checks.ts';
import { USER_CHECKS, type UserFacts } from '../../src/core/doctor/user-checks.ts';
import type { Manifest, TwinRecord } from '../../src/core/model.ts';
import { guestPath } from '../../src/core/paths.ts';

const GIB = 1024 ** 3;
const refused = { seen: { ok: false, words: 'unshare: unshare failed: Operation not permitted' } } as const;

export const BAD_KERNEL: KernelFacts = {
  release: '6.1.0-18-amd64',
  filesystems: { seen: new Set(['proc', 'ext4']) },
  modules: { seen: new Set(['binfmt_misc']) },
  config: { seen: new Map([['CONFIG_BINFMT_MISC', 'm']]) },
  runsIa32: { seen: false },
  mmapMinAddr: { seen: 131072 },
  isGuest32Bit: true,
};

export const BAD_USER: UserFacts = {
  uid: 1000,
  name: 'anna',
  switches: new Map([['kernel.apparmor_restrict_unprivileged_userns', '1']]),
  namespace: refused,
  privateBinfmt: { seen: { ok: false, words: 'mount: /proc/sys/fs/binfmt_misc: permission denied.' } },
  subuid: { seen: [] },
  subgid: { seen: [{ start: 100000, count: 1000 }] },
  helpers: [
    { name: 'newuidmap', state: 'missing' },
    { name: 'newgidmap', state: 'without privilege' },
  ],
};

/** As Debian's qemu-user-static registers it, but for the flags. */
function entry(name: string, interpreter: string, flags: string, interpreterKind: InterpreterKind): ObservedEntry[] {
  const bytes = 'magic 7f454c460201010000000000000000000200b700\nmask ffffffffffffff00fffffffffffffffffeffffff';
  const parsed = parseBinfmtEntry(name, `enabled\ninterpreter ${interpreter}\nflags: ${flags}\noffset 0\n${bytes}\n`);
  return parsed === undefined ? [] : [{ ...parsed, interpreterKind, origin: { kind: 'unknown' } }];
}

export const TABLE: ObservedTable = {
  state: 'enabled',
  entries: [
    ...entry('qemu-aarch64', '/usr/libexec/qemu-binfmt/aarch64-binfmt-P', 'PF', 'static'),
    ...entry('aarch64', '/usr/bin/qemu-aarch64-binfmt', 'P', 'missing'),
  ],
};

export const BAD_HANDLERS: HandlerFacts = { table: { seen: TABLE }, guests: [guestArch('arm64')] };

export const BAD_TOOLS: ToolFacts = {
  qemu: [{ arch: 'arm64', found: { path: '/usr/bin/qemu-aarch64-static', version: '5.2.0' } }],
  patchelf: { path: '/usr/bin/patchelf', version: '0.17.2' },
  present: new Set(['apt-get', 'dpkg-deb', 'tar', 'flock', 'iconvconfig']),
};

export const BAD_SPACE: SpaceFacts = {
  places: [
    {
      seen: {
        use: 'the cache',
        path: '/home/anna/.cache/qemu-accel',
        freeBytes: 0.3 * GIB,
        freeInodes: 1200,
        neededBytes: 1.5 * GIB,
        neededInodes: 60000,
      },
    },
  ],
  cache: {
    seen: {
      path: '/home/anna/.cache/qemu-accel',
      isWritable: true,
      sizeBytes: { seen: GIB },
      abandoned: ['/home/anna/.cache/qemu-accel/tmp/4711-0a1b2c3d'],
      heldLocks: { seen: 0 },
    },
  },
};

export const BAD_LEFTOVERS: LeftoverFacts = {
  processes: {
    seen: [
      { pid: 1, parent: 0, name: 'systemd' },
      { pid: 4711, parent: 1, name: 'emul-sandbox' },
    ],
  },
};

const TWIN: TwinRecord = {
  path: guestPath('/usr/bin/make'),
  twin: guestPath('/emul/usr/bin/make'),
  kind: 'executable',
  buildId: 'aa'.repeat(20),
  guestSizeBytes: 1,
  pack: 'base',
  package: 'make',
  guestVersion: 'make=4.4.1-1',
  donorPackage: 'make',
  host: 'amd64',
  donorVersion: '4.4.1-1',
  donorPath: '/usr/bin/make',
  donorSha256: '0'.repeat(64),
  twinSha256: '1'.repeat(64),
  retargeted: [],
  hasShim: false,
  emulateFor: [],
};

export const MANIFEST: Manifest = {
  format: 1,
  tool: 'qemu-accel 0.1.0',
  arch: 'arm64',
  packs: ['base'],
  donor: 'apt',
  twins: [TWIN],
  libraries: [],
  files: [],
  emulated: [],
};

export const BAD_ROOT: RootFacts = {
  root: './root',
  inspected: {
    seen: {
      osName: 'Debian GNU/Linux 13 (trixie)',
      arch: 'arm64',
      packages: new Map([['make', '4.4.1-2']]),
      programs: ['/usr/bin/make', '/usr/bin/ninja'],
    },
  },
  tree: { manifest: { seen: MANIFEST } },
  damage: [{ path: '/emul/usr/bin/make', what: 'its content has changed' }],
  started: {
    seen: {
      status: 0,
      words: '',
      asked: 1,
      failed: [{ path: '/emul/usr/bin/make', what: 'libguile-3.0.so.1 => not found' }],
    },
  },
  plugins: [{ path: '/usr/libexec/gcc/aarch64-linux-gnu/14/liblto_plugin.so', file: 'host', hasTwin: false }],
  mounts: { seen: ['./root/proc/sys/fs/binfmt_misc', './root/proc'] },
  users: { seen: [] },
  unfinished: { seen: ['./root/.emul.0123456789ab.new'] },
  isLocked: false,
};

const NO_ROOT: RootFacts = {
  ...BAD_ROOT,
  inspected: { unseen: "./root cannot be accelerated: its architecture is amd64, this machine's own" },
};

/** Every check in the order of docs/doctor.md, each with a finding; only the check of the path itself cannot have one. */
export function exampleFindings(): CheckResult[] {
  const all = <Facts>(checks: readonly Check<Facts>[], facts: Facts): CheckResult[] =>
    checks.map((check) => runCheck(check, facts));
  return [
    ...all(KERNEL_CHECKS, BAD_KERNEL),
    ...all(USER_CHECKS, BAD_USER),
    ...all(HANDLER_CHECKS, BAD_HANDLERS),
    ...all(TOOL_CHECKS, BAD_TOOLS),
    ...all(SPACE_CHECKS, BAD_SPACE),
    ...all(LEFTOVER_CHECKS, BAD_LEFTOVERS),
    ...all(
      ROOT_CHECKS.filter(({ id }) => id === 'root'),
      NO_ROOT,
    ),
    ...all(
      ROOT_CHECKS.filter(({ id }) => id !== 'root'),
      BAD_ROOT,
    ),
  ];
}
