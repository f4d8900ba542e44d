/** What `binfmt` says. */
import type { BinfmtChange, BinfmtStatus, EntryStatus, GuestStatus } from '../app/binfmt.ts';
import { renderTable, type Column } from './table.ts';

const GUEST_COLUMNS: readonly Column[] = ['guest', 'entry', 'flags', 'interpreter', 'note'].map((title) => ({ title }));
const OTHER_COLUMNS: readonly Column[] = ['other entry', 'flags', 'interpreter', 'note'].map((title) => ({ title }));

const OUTCOMES: Readonly<Record<BinfmtChange['outcome'], string>> = {
  registered: 'registered',
  replaced: 'registered anew, in place of an older one of ours',
  unchanged: 'is registered already',
  unregistered: 'taken out',
  absent: 'is not registered',
};

export function renderBinfmtChanges(changes: readonly BinfmtChange[]): string {
  return changes.map(({ arch, entry, outcome }) => `${arch}: ${entry} ${OUTCOMES[outcome]}\n`).join('');
}

export function renderBinfmtStatus(status: BinfmtStatus): string {
  const { dir, state, entries, guests } = status;
  const head = `binfmt_misc is ${state}${state === 'not mounted' ? '' : `: ${dir}`}\n`;
  if (state === 'not mounted') return head;
  const named = new Set(guests.flatMap(({ matching }) => matching));
  const others = entries.filter(({ name }) => !named.has(name));
  const parts = [
    head,
    renderTable(
      GUEST_COLUMNS,
      guests.flatMap((guest) => guestRows(guest, entries)),
    ),
    others.length === 0
      ? ''
      : renderTable(
          OTHER_COLUMNS,
          others.map((entry) => [entry.name, entry.flags, entry.interpreter, entryNotes(entry).join('; ')]),
        ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

function guestRows({ arch, matching }: GuestStatus, entries: readonly EntryStatus[]): string[][] {
  if (matching.length === 0) return [[arch, 'none', '', '', 'its programs cannot be run']];
  const several = matching.length > 1 ? ['several match: the one registered last is taken'] : [];
  return entries
    .filter(({ name }) => matching.includes(name))
    .map((entry) => {
      const notes = [...several, ...entryNotes(entry)];
      return [arch, entry.name, entry.flags, entry.interpreter, notes.join('; ')];
    });
}

function entryNotes({ isEnabled, hasInterpreter, flags }: EntryStatus): string[] {
  const missing = flags.includes('F')
    ? 'its interpreter is not there now; the kernel holds it open'
    : 'its interpreter is missing';
  return [...(isEnabled ? [] : ['disabled']), ...(hasInterpreter ? [] : [missing])];
}
