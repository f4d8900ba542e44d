/** What `binfmt` says. */
import type { BinfmtStatus, EntryStatus, FindingStatus } from '../app/binfmt.ts';
import type { BinfmtChange } from '../app/binfmt-change.ts';
import type { HandlerChanges } from '../app/binfmt-clear.ts';
import type { HandlerFinding } from '../core/binfmt-analysis.ts';
import { handlerFindingText } from '../core/binfmt-findings.ts';
import { renderTable, type Column } from './table.ts';

const GUEST_COLUMNS: readonly Column[] = ['guest', 'entry', 'flags', 'interpreter', 'by', 'note'].map((title) => ({
  title,
}));
const OTHER_COLUMNS: readonly Column[] = ['other entry', 'flags', 'interpreter', 'by', 'note'].map((title) => ({
  title,
}));
/** How a role is marked in front of the entry's name. */
const WINS = '* ';
const NEVER = '  ';

const OUTCOMES: Readonly<Record<BinfmtChange['outcome'], string>> = {
  registered: 'registered',
  replaced: 'registered anew, in place of an older one',
  unchanged: 'is registered already',
  unregistered: 'taken out',
  absent: 'is not registered',
};

export function renderBinfmtChanges(changes: readonly BinfmtChange[]): string {
  const lines = changes.map(({ arch, entry, outcome, isDryRun, steps }) => {
    if (isDryRun && steps.length > 0) return steps.map((step) => `${arch}: would ${step}\n`).join('');
    return `${arch}: ${entry} ${OUTCOMES[outcome]}\n`;
  });
  const off = changes.find(({ isTableOff }) => isTableOff);
  const warning = off === undefined ? '' : handlerFindingLines({ kind: 'table-disabled', arch: off.arch });
  return [...lines, warning].join('');
}

export function renderHandlerChanges({ isDryRun, steps }: HandlerChanges): string {
  if (steps.length === 0) return 'nothing to do\n';
  return steps.map((step) => `${isDryRun ? 'would ' : 'done: '}${step}\n`).join('');
}

export function renderBinfmtStatus(status: BinfmtStatus): string {
  const { dir, state, entries, guests } = status;
  const head = `binfmt_misc is ${state}${state === 'not mounted' ? '' : `: ${dir}`}\n`;
  if (state === 'not mounted') return head;
  const rows = guests.flatMap((guest) => guestRows(guest, entries));
  const named = new Set(guests.flatMap(namesOf));
  const others = entries.filter(({ name }) => !named.has(name));
  const parts = [
    head,
    renderTable(GUEST_COLUMNS, rows),
    others.length === 0
      ? ''
      : renderTable(
          OTHER_COLUMNS,
          others.map((entry) => [
            entry.name,
            entry.flags,
            entry.interpreter,
            originWords(entry),
            otherNote(entry, status),
          ]),
        ),
    rows.some(([, name]) => name?.startsWith(WINS)) ? '* runs its programs\n' : '',
    renderFixes([...guests.flatMap(({ findings }) => findings), ...status.findings]),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

type Guest = BinfmtStatus['guests'][number];

function namesOf({ winner, partial, shadowed, disabled }: Guest): readonly string[] {
  return [...partial, ...(winner === undefined ? [] : [winner]), ...shadowed, ...disabled];
}

function guestRows(guest: Guest, entries: readonly EntryStatus[]): string[][] {
  const { arch, winner, findings } = guest;
  const names = namesOf(guest);
  if (names.length === 0) return [[arch, '', '', '', '', shorts(findings)]];
  return names.flatMap((name) => {
    const entry = entries.find((candidate) => candidate.name === name);
    if (entry === undefined) return [];
    const note = shorts(findings.filter((finding) => finding.entry === name || finding.entry === undefined));
    const marked = `${name === winner ? WINS : NEVER}${name}`;
    return [[arch, marked, entry.flags, entry.interpreter, originWords(entry), note]];
  });
}

function shorts(findings: readonly FindingStatus[]): string {
  return findings.map(({ short }) => short).join('; ');
}

/** An entry that a file declares is certain; one that only looks like it is not. */
function originWords({ origin }: EntryStatus): string {
  if (origin.file !== undefined || origin.kind === 'qemu-accel') return origin.kind;
  return origin.kind === 'unknown' ? '' : `${origin.kind}?`;
}

function otherNote(entry: EntryStatus, { findings }: BinfmtStatus): string {
  const { isEnabled, interpreterKind, flags } = entry;
  const isMissing = interpreterKind === 'missing' && !flags.includes('F');
  return [
    ...(isEnabled ? [] : ['disabled']),
    ...(isMissing ? ['its interpreter is missing here'] : []),
    ...findings.filter((finding) => finding.entry === entry.name).map(({ short }) => short),
  ].join('; ');
}

/** What is wrong, in whole sentences: errors only, a note has its few words in the table. */
function renderFixes(findings: readonly FindingStatus[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const distinct = errors.filter(({ what }, at) => errors.findIndex((other) => other.what === what) === at);
  return distinct.map(handlerFindingLines).join('\n');
}

function handlerFindingLines(finding: HandlerFinding): string {
  const { what, why, fix } = handlerFindingText(finding);
  return [`${what}\n`, `  why: ${why}\n`, ...fix.map((line) => `  fix: ${line}\n`)].join('');
}
