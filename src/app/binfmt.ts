/** `binfmt status`: the machine's own binfmt_misc table, and what it does with the programs of each architecture. */
import { observeTable } from '../adapters/binfmt/observe.ts';
import { BINFMT_DIR } from '../adapters/binfmt/table.ts';
import {
  analyseTable,
  type HandlerAnalysis,
  type HandlerFinding,
  type InterpreterKind,
  type ObservedEntry,
  type ObservedTable,
} from '../core/binfmt-analysis.ts';
import { handlerFindingText, type HandlerFindingText } from '../core/binfmt-findings.ts';
import type { Origin } from '../core/binfmt-origin.ts';
import type { HostPath } from '../core/paths.ts';

export interface BinfmtStatus {
  readonly dir: HostPath;
  readonly state: ObservedTable['state'];
  /** The newest first: the order in which the kernel tries them. */
  readonly entries: readonly EntryStatus[];
  /** The guest architectures, and others that have an entry. */
  readonly guests: readonly GuestStatus[];
  /** What is wrong with entries that serve no guest. */
  readonly findings: readonly FindingStatus[];
}

export interface EntryStatus {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly interpreter: string;
  /** Seen from here; with flag F the kernel holds a file open that may be gone, or was never here. */
  readonly interpreterKind: InterpreterKind;
  readonly flags: string;
  /** Who has registered it, as far as files on this machine tell. */
  readonly origin: Origin;
  /** Hex; `mask` is absent where every bit counts. */
  readonly match:
    | { readonly kind: 'magic'; readonly offset: number; readonly magic: string; readonly mask?: string }
    | { readonly kind: 'extension'; readonly extension: string };
}

/** What the kernel starts for programs of one architecture. All lists: names of entries, the newest first. */
export interface GuestStatus {
  readonly arch: string;
  readonly winner?: string;
  /** They take some of its programs before the winner is asked. */
  readonly partial: readonly string[];
  /** They match, and get no program because of the winner. */
  readonly shadowed: readonly string[];
  readonly disabled: readonly string[];
  readonly findings: readonly FindingStatus[];
}

export type FindingStatus = HandlerFinding & HandlerFindingText;

/** @throws EnvironmentError E_PERMISSION or E_IO when the table is there and cannot be read. */
export async function binfmtStatus(): Promise<BinfmtStatus> {
  const table = await observeTable();
  const { handlers, findings } = analyseTable(table);
  return {
    dir: BINFMT_DIR,
    state: table.state,
    entries: table.entries.map(entryStatus),
    guests: handlers.map(guestStatus),
    findings: findings.map(worded),
  };
}

function entryStatus({ match, ...entry }: ObservedEntry): EntryStatus {
  if (match.kind === 'extension') return { ...entry, match };
  const mask = match.mask === undefined ? {} : { mask: match.mask.toString('hex') };
  return { ...entry, match: { kind: 'magic', offset: match.offset, magic: match.magic.toString('hex'), ...mask } };
}

function guestStatus({ arch, winner, partial, shadowed, disabled, findings }: HandlerAnalysis): GuestStatus {
  const names = (entries: readonly ObservedEntry[]): readonly string[] => entries.map(({ name }) => name);
  return {
    arch,
    ...(winner === undefined ? {} : { winner: winner.name }),
    partial: names(partial),
    shadowed: names(shadowed),
    disabled: names(disabled),
    findings: findings.map(worded),
  };
}

function worded(finding: HandlerFinding): FindingStatus {
  return { ...finding, ...handlerFindingText(finding) };
}
