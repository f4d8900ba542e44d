/**
 * What a binfmt_misc table does with the programs of an architecture: which entry wins, which ones never get a program
 * because of it, and what is wrong with that. Pure: the facts about interpreters and origins come in with the entries.
 *
 * The kernel tries the entry first that was registered last, and takes the first one that is enabled and matches
 * (list_add() and search_binfmt_handler() of fs/binfmt_misc.c).
 */
import { GUEST_ARCHS, HANDLER_ARCHS, type HandlerArch, HOST_ARCH } from './arch.ts';
import type { BinfmtEntry } from './binfmt.ts';
import { coverage } from './binfmt-match.ts';
import type { Origin } from './binfmt-origin.ts';

/** What lies at an interpreter's path, seen from here. `other`: no ELF program and no script, or not ours to read. */
export type InterpreterKind = 'static' | 'dynamic' | 'script' | 'missing' | 'other';

/** An entry with what the system's files tell about it. */
export interface ObservedEntry extends BinfmtEntry {
  readonly interpreterKind: InterpreterKind;
  readonly origin: Origin;
}

export interface ObservedTable {
  readonly state: 'not mounted' | 'enabled' | 'disabled';
  /** The newest first: the order in which the kernel tries them. */
  readonly entries: readonly ObservedEntry[];
}

/** A key of HANDLER_FINDINGS, which has the words. */
export type HandlerFindingKind =
  | 'none'
  | 'table-disabled'
  | 'entry-disabled'
  | 'dispatcher-shadowed'
  | 'not-accelerated'
  | 'shadowed'
  | 'takes-some'
  | 'interpreter-missing'
  | 'interpreter-gone'
  | 'interpreter-dynamic'
  | 'not-fixed'
  | 'argv0-lost'
  | 'credentials'
  | 'takes-native';

export interface HandlerFinding {
  readonly kind: HandlerFindingKind;
  /** Name of an architecture of HANDLER_ARCHS; of the host for `takes-native`. */
  readonly arch: string;
  /** The name of the entry that it is about. */
  readonly entry?: string;
  /** The entry that wins over it. */
  readonly winner?: string;
  readonly interpreter?: string;
}

/** One architecture's share of the table. All lists: the newest first. */
export interface HandlerAnalysis {
  readonly arch: string;
  /** The entry that runs its programs. */
  readonly winner?: ObservedEntry;
  /** Newer than the winner, and asking for more than the architecture: they take some of its programs. */
  readonly partial: readonly ObservedEntry[];
  /** Enabled and matching, and never asked, because of the winner. */
  readonly shadowed: readonly ObservedEntry[];
  readonly disabled: readonly ObservedEntry[];
  readonly findings: readonly HandlerFinding[];
}

/** Does the entry start a dispatcher, ours or one of Tizen? By the name, which tells a dispatcher its architecture. */
export function isDispatcher({ interpreter }: Pick<BinfmtEntry, 'interpreter'>): boolean {
  return /\/qemu-[^/]+-binfmt$/.test(interpreter);
}

/** Never throws: any table gives an answer. */
export function analyseHandlers(table: ObservedTable, arch: HandlerArch): HandlerAnalysis {
  const matching = table.entries.filter((entry) => coverage(entry, arch) !== 'none');
  const enabled = matching.filter(({ isEnabled }) => isEnabled && table.state === 'enabled');
  const first = enabled.findIndex((entry) => coverage(entry, arch) === 'all');
  const winner = enabled[first];
  const split = {
    partial: first === -1 ? enabled : enabled.slice(0, first),
    shadowed: first === -1 ? [] : enabled.slice(first + 1),
    disabled: matching.filter(({ isEnabled }) => !isEnabled),
    ...(winner === undefined ? {} : { winner }),
  };
  return { arch: arch.name, ...split, findings: findingsOf(table, arch, split) };
}

/**
 * The guest architectures, and others for which the table has an entry.
 *
 * @returns `findings` that are about no guest: an entry that takes the machine's own programs.
 */
export function analyseTable(table: ObservedTable): {
  readonly handlers: readonly HandlerAnalysis[];
  readonly findings: readonly HandlerFinding[];
} {
  const all = HANDLER_ARCHS.map((arch) => analyseHandlers(table, arch));
  const guests = new Set(GUEST_ARCHS.map(({ name }) => name));
  const handlers = all.filter(
    (one) => guests.has(one.arch) || one.winner !== undefined || one.partial.length + one.disabled.length > 0,
  );
  const native = table.entries.filter(
    (entry) => table.state === 'enabled' && entry.isEnabled && coverage(entry, HOST_ARCH) !== 'none',
  );
  return { handlers, findings: native.map((entry) => finding('takes-native', HOST_ARCH, entry)) };
}

/**
 * Does a table that is not ours to write run programs of an architecture in any build root, accelerated or emulated? The
 * winner must be of the wanted kind and hold its interpreter open (flag F), since the build root may not have it.
 */
export function tableServes(
  entries: readonly BinfmtEntry[],
  arch: HandlerArch,
  how: 'accelerated' | 'emulated',
): boolean {
  const matching = entries.filter((entry) => entry.isEnabled && coverage(entry, arch) !== 'none');
  const [winner] = matching;
  if (winner === undefined || coverage(winner, arch) !== 'all' || !winner.flags.includes('F')) return false;
  return isDispatcher(winner) === (how === 'accelerated');
}

type Split = Pick<HandlerAnalysis, 'winner' | 'partial' | 'shadowed' | 'disabled'>;

function findingsOf(table: ObservedTable, arch: HandlerArch, split: Split): readonly HandlerFinding[] {
  const { winner, partial, shadowed, disabled } = split;
  const about =
    (kind: HandlerFindingKind) =>
    (entry: ObservedEntry): HandlerFinding =>
      finding(kind, arch, entry, winner);
  if (table.state !== 'enabled') return [finding(table.state === 'disabled' ? 'table-disabled' : 'none', arch)];
  return [
    ...(winner === undefined && partial.length === 0 ? [finding('none', arch)] : []),
    ...partial.map(about('takes-some')),
    ...(winner === undefined ? [] : flawsOf(arch, winner)),
    ...shadowed.map((entry) =>
      about(winner !== undefined && isDispatcher(entry) && !isDispatcher(winner) ? 'dispatcher-shadowed' : 'shadowed')(
        entry,
      ),
    ),
    ...disabled.map(about('entry-disabled')),
  ];
}

/** What is wrong with the entry that runs the programs. */
function flawsOf(arch: HandlerArch, entry: ObservedEntry): readonly HandlerFinding[] {
  const { interpreterKind, flags, origin } = entry;
  const [isFixed, keepsArgv0] = [flags.includes('F'), flags.includes('P')];
  const flaws: Readonly<Partial<Record<HandlerFindingKind, boolean>>> = {
    // gbs and obs-build put the interpreter into each build root, and only there.
    'interpreter-missing': interpreterKind === 'missing' && !isFixed && origin.kind !== 'build service',
    'interpreter-gone': interpreterKind === 'missing' && isFixed,
    'interpreter-dynamic': interpreterKind === 'dynamic' || interpreterKind === 'script',
    'not-fixed': !isFixed,
    'argv0-lost': !keepsArgv0,
    credentials: flags.includes('C'),
  };
  const kinds = Object.entries(flaws).filter(([, applies]) => applies);
  return kinds.map(([kind]) => finding(kind as HandlerFindingKind, arch, entry));
}

function finding(
  kind: HandlerFindingKind,
  arch: Pick<HandlerArch, 'name'>,
  entry?: ObservedEntry,
  winner?: ObservedEntry,
): HandlerFinding {
  return {
    kind,
    arch: arch.name,
    ...(entry === undefined ? {} : { entry: entry.name, interpreter: entry.interpreter }),
    ...(winner === undefined ? {} : { winner: winner.name }),
  };
}
