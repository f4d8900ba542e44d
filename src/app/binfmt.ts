/** `binfmt`: the machine's own binfmt_misc table. The only use case that changes the machine and not a build root. */
import { promises as fsp } from 'node:fs';
import { lastingInterpreter, register, unregister } from '../adapters/binfmt/lasting-entry.ts';
import { BINFMT_DIR, binfmtState, readBinfmtTable } from '../adapters/binfmt/table.ts';
import { dispatcherFor, findQemu } from '../adapters/sandbox/interpreter.ts';
import { GUEST_ARCHS, guestArch, type Arch } from '../core/arch.ts';
import { binfmtRule, lastingName, matchesEntry, type BinfmtEntry } from '../core/binfmt.ts';
import type { HostPath } from '../core/paths.ts';

export interface BinfmtStatus {
  readonly dir: HostPath;
  readonly state: 'not mounted' | 'enabled' | 'disabled';
  /** In the order of their names: the kernel does not show in which order they were registered. */
  readonly entries: readonly EntryStatus[];
  readonly guests: readonly GuestStatus[];
}

export interface EntryStatus {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly interpreter: string;
  /** Seen from here; with flag F the kernel holds a file open that may be gone, or was never here. */
  readonly hasInterpreter: boolean;
  readonly flags: string;
  /** Hex; `mask` is absent where every bit counts. */
  readonly match:
    | { readonly kind: 'magic'; readonly offset: number; readonly magic: string; readonly mask?: string }
    | { readonly kind: 'extension'; readonly extension: string };
}

/** What the kernel starts for a program of one guest architecture. */
export interface GuestStatus {
  readonly arch: string;
  /** Names of the entries that match by content. Of several the kernel takes the one that was registered last. */
  readonly matching: readonly string[];
  /** The one that the kernel takes, where exactly one matches and the table is enabled. */
  readonly winner?: string;
}

export interface BinfmtChange {
  /** Our name of it; armhf and armel share an entry, and the first that was named stands for both. */
  readonly arch: string;
  readonly entry: string;
  readonly interpreter: HostPath;
  readonly outcome: 'registered' | 'replaced' | 'unchanged' | 'unregistered' | 'absent';
}

/** @throws EnvironmentError E_PERMISSION or E_IO when the table is there and cannot be read. */
export async function binfmtStatus(): Promise<BinfmtStatus> {
  const [state, entries] = await Promise.all([binfmtState(), readBinfmtTable()]);
  return {
    dir: BINFMT_DIR,
    state,
    entries: await Promise.all(entries.map(entryStatus)),
    guests: GUEST_ARCHS.map((arch) => guestStatus(arch, state === 'enabled', entries)),
  };
}

/**
 * Registers the dispatcher, with the host's qemu embedded, for each architecture.
 *
 * @throws UsageError E_ARCH; EnvironmentError E_TOOL_MISSING without qemu or dispatcher, E_PERMISSION, E_BINFMT, E_CONFLICT.
 */
export async function binfmtRegister(names: readonly string[]): Promise<readonly BinfmtChange[]> {
  return changeEach(names, (arch) => register(arch, () => dispatcherFor(arch, findQemu(arch))));
}

/** @throws UsageError E_ARCH; EnvironmentError E_PERMISSION, E_CONFLICT. */
export async function binfmtUnregister(names: readonly string[]): Promise<readonly BinfmtChange[]> {
  return changeEach(names, unregister);
}

async function changeEach(
  names: readonly string[],
  change: (arch: Arch) => Promise<BinfmtChange['outcome']>,
): Promise<readonly BinfmtChange[]> {
  const archs = names.map(guestArch);
  // armhf and armel are one to the kernel, and to qemu.
  const distinct = archs.filter((arch, at) => archs.findIndex(({ qemu }) => qemu === arch.qemu) === at);
  const changes: BinfmtChange[] = [];
  for (const arch of distinct) {
    const outcome = await change(arch);
    changes.push({ arch: arch.name, entry: lastingName(arch), interpreter: lastingInterpreter(arch), outcome });
  }
  return changes;
}

async function entryStatus({ name, isEnabled, interpreter, flags, match }: BinfmtEntry): Promise<EntryStatus> {
  const hasInterpreter = await fsp.access(interpreter).then(
    () => true,
    () => false,
  );
  const common = { name, isEnabled, interpreter, hasInterpreter, flags };
  if (match.kind === 'extension') return { ...common, match };
  const mask = match.mask === undefined ? {} : { mask: match.mask.toString('hex') };
  return { ...common, match: { kind: 'magic', offset: match.offset, magic: match.magic.toString('hex'), ...mask } };
}

function guestStatus(arch: Arch, isInForce: boolean, entries: readonly BinfmtEntry[]): GuestStatus {
  const head = binfmtRule(arch).magic;
  const matching = entries.filter((entry) => matchesEntry(entry, head)).map(({ name }) => name);
  const [first, second] = matching;
  const winner = isInForce && first !== undefined && second === undefined ? { winner: first } : {};
  return { arch: arch.name, matching, ...winner };
}
