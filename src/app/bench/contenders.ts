/** The contenders, in the order of the tables: what each is, and how it runs a command. */
import { guestArch } from '../../core/arch.ts';
import { registrationText } from '../../core/binfmt.ts';
import { UsageError } from '../../core/errors.ts';
import { guestPath, inRoot, type HostPath } from '../../core/paths.ts';
import { registrationFor } from '../run.ts';
import { CONTENDER_IDS, type ContenderId } from './case.ts';
import { crossdirectView, makeNativeCompilers } from './crossdirect.ts';
import { prootIn } from './proot.ts';
import { ARCH } from './roots.ts';
import { runAsUser, runRegistered, type RunIn } from './sandbox.ts';
import { tizenTree } from './tizen-tree.ts';

/** What the contenders share; the other roots are made when the first of them asks for it. */
export interface Arena {
  readonly guestRoot: HostPath;
  readonly nativeRoot: () => Promise<HostPath>;
  readonly nativeRootIfMade: () => Promise<HostPath> | undefined;
  readonly crossRoot: () => Promise<HostPath>;
  readonly smallRoot: () => Promise<HostPath>;
}

export interface Contender {
  readonly id: ContenderId;
  readonly title: string;
  /** One sentence for the docs. */
  readonly what: string;
  /** Everything, or nearly everything, is emulated: fewer rounds. */
  readonly isSlow: boolean;
  /** Who does the set-up of a case for it: someone quick, with the same outcome. */
  readonly preparedBy: 'accel' | 'native' | 'cross';
  /** What the scripts' `{cc}` and the like stand for. */
  readonly words: Readonly<Record<string, string>>;
  /** Sets up what it needs. A text: the reason why it cannot run here. */
  readonly open: (arena: Arena) => Promise<RunIn | string>;
}

const NATIVE_WORDS = { cc: 'gcc', cxx: 'g++', host: '', meson: '', cross: '' };
const CROSS_WORDS = {
  cc: 'aarch64-linux-gnu-gcc',
  cxx: 'aarch64-linux-gnu-g++',
  host: '--host=aarch64-linux-gnu',
  meson: '--cross-file cross.txt',
  cross: '-aarm64 -Pcross,nocheck',
};
const GUEST = { preparedBy: 'accel', words: NATIVE_WORDS } as const;

const ROWS: Readonly<Record<ContenderId, Omit<Contender, 'id'>>> = {
  emulated: {
    ...GUEST,
    title: 'emulated',
    what: 'The foreign root under the host’s qemu-user, nothing else: `qemu-accel run --emulated`.',
    isSlow: true,
    open: ({ guestRoot }) => Promise.resolve((request) => runAsUser(guestRoot, request, { isEmulated: true })),
  },
  'emulated-guest-qemu': {
    ...GUEST,
    title: 'emulated, newer qemu',
    what: 'The same with the qemu-user of the guest’s own distribution release.',
    isSlow: true,
    open: openGuestQemu,
  },
  proot: {
    ...GUEST,
    title: 'proot',
    what: 'PRoot in mixed mode: `proot -q qemu -R root`, with the host’s cross compiler first in PATH.',
    isSlow: true,
    open: openProot,
  },
  crossdirect: {
    ...GUEST,
    title: 'crossdirect-like',
    what: 'The foreign root under qemu-user, with a native cross compiler first in PATH; all else is emulated.',
    isSlow: true,
    open: openCrossdirect,
  },
  'tizen-0.4': {
    ...GUEST,
    title: 'Tizen 0.4-like',
    what: 'The tool list of the original qemu-accel (no perl), found by path; with our twins, which its users did not have.',
    isSlow: true,
    open: openTizen,
  },
  accel: {
    ...GUEST,
    title: 'qemu-accel',
    what: 'The same foreign root: `qemu-accel run`.',
    isSlow: false,
    open: ({ guestRoot }) => Promise.resolve((request) => runAsUser(guestRoot, request, { isEmulated: false })),
  },
  cross: {
    title: 'cross build',
    what: 'The cross compiler in a root of the machine’s own architecture; `dpkg-buildpackage -aarm64 -Pcross,nocheck`.',
    isSlow: false,
    preparedBy: 'cross',
    words: CROSS_WORDS,
    open: openCross,
  },
  native: {
    title: 'native',
    what: 'A root of the machine’s own architecture with the same packages, and the native compiler.',
    isSlow: false,
    preparedBy: 'native',
    words: NATIVE_WORDS,
    open: openNative,
  },
};

export const CONTENDERS: readonly Contender[] = CONTENDER_IDS.map(contenderOf);

export function contenderOf(id: ContenderId): Contender {
  return { id, ...ROWS[id] };
}

/**
 * @param names none: all of them.
 * @throws UsageError E_USAGE for a name that is not in the table.
 */
export function chooseContenders(names: readonly string[]): readonly Contender[] {
  const unknown = names.filter((name) => !CONTENDERS.some(({ id }) => id === name));
  if (unknown.length > 0) {
    throw new UsageError({
      what: `there is no such contender: ${unknown.join(', ')}`,
      fix: [`Choose from: ${CONTENDER_IDS.join(', ')}`],
    });
  }
  return names.length === 0 ? CONTENDERS : CONTENDERS.filter(({ id }) => names.includes(id));
}

/** With the same interpreter registered: the kernel looks at the table on each exec, whatever is executed. */
async function openNative({ nativeRoot }: Arena): Promise<RunIn> {
  const root = await nativeRoot();
  const registration = await registrationFor(ARCH, false);
  return (request) => runRegistered(root, request, { registration });
}

/**
 * With the entry of another architecture: where an interpreter for the guest's were registered, a configure script would
 * take its conftests for programs that run here, and the machine's own table may hold anything.
 */
async function openCross({ crossRoot }: Arena): Promise<RunIn> {
  const root = await crossRoot();
  const registration = await unrelatedRegistration();
  return (request) => runRegistered(root, request, { registration });
}

async function openProot({ guestRoot, nativeRoot }: Arena): Promise<RunIn> {
  const root = await nativeRoot();
  await makeNativeCompilers(root);
  return prootIn(root, guestRoot, await unrelatedRegistration());
}

function unrelatedRegistration(): Promise<string> {
  return registrationFor(guestArch('s390x'), true);
}

async function openGuestQemu({ guestRoot, nativeRoot }: Arena): Promise<RunIn | string> {
  const qemu = inRoot(await nativeRoot(), guestPath(`/usr/bin/qemu-${ARCH.qemu}`));
  const registration = registrationText(ARCH, qemu);
  if (registration === undefined) return `the kernel does not take a path like ${qemu}`;
  return (request) => runRegistered(guestRoot, request, { registration });
}

async function openCrossdirect({ guestRoot, nativeRoot }: Arena): Promise<RunIn> {
  const view = await crossdirectView(await nativeRoot());
  return (request) => runAsUser(guestRoot, request, { ...view, isEmulated: true });
}

async function openTizen({ guestRoot }: Arena): Promise<RunIn> {
  const tree = await tizenTree(guestRoot);
  return (request) => runAsUser(guestRoot, request, { isEmulated: false, binds: [`${tree}:/emul:ro`] });
}
