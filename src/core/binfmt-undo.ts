/**
 * What was taken away, so that it can be put back: one record for each change, the latest last, as JSON in a file.
 *
 * The table itself lasts until the machine is restarted; files and services last longer. So a record knows the boot in
 * which it was made, and entries of an earlier boot are not put back: whoever registers them then has done it.
 */
import * as v from 'valibot';
import { overlaps } from './binfmt-match.ts';
import type { BinfmtEntry } from './binfmt.ts';
import { entryText, parseRegistration } from './binfmt.ts';
import type { HandlerStep } from './binfmt-step.ts';

const RECORD = v.object({
  /** `register` of our own entry NAME, or one of the commands that clear the table. */
  by: v.string(),
  bootId: v.string(),
  /** All names of the table before, the newest first. */
  order: v.array(v.string()),
  /** Registration texts, the newest first. */
  removed: v.array(v.object({ text: v.string(), isEnabled: v.boolean() })),
  /** Entries that were switched off in place. */
  switchedOff: v.array(v.string()),
  hidden: v.array(v.string()),
  services: v.array(v.string()),
});
const JOURNAL = v.object({ version: v.literal(1), records: v.array(RECORD) });

export type UndoRecord = v.InferOutput<typeof RECORD>;

/** @returns undefined for text that is no journal of ours. */
export function parseJournal(text: string): readonly UndoRecord[] | undefined {
  try {
    const parsed = v.safeParse(JOURNAL, JSON.parse(text));
    return parsed.success ? parsed.output.records : undefined;
  } catch {
    return undefined;
  }
}

export function journalText(records: readonly UndoRecord[]): string {
  return `${JSON.stringify({ version: 1, records }, null, 2)}\n`;
}

/** What a plan takes away, or undefined when that is nothing. */
export function recordOf(
  by: string,
  steps: readonly HandlerStep[],
  before: { readonly bootId: string; readonly entries: readonly BinfmtEntry[] },
): UndoRecord | undefined {
  const removed = before.entries.filter((entry) =>
    steps.some((step) => step.kind === 'take-out' && step.entry.name === entry.name),
  );
  const record = {
    by,
    bootId: before.bootId,
    order: before.entries.map(({ name }) => name),
    removed: removed.map((entry) => ({ text: entryText(entry) ?? '', isEnabled: entry.isEnabled })),
    switchedOff: steps.flatMap((step) => (step.kind === 'switch-off' ? [step.entry.name] : [])),
    hidden: steps.flatMap((step) => (step.kind === 'hide' ? [step.path] : [])),
    services: steps.flatMap((step) => (step.kind === 'service' ? [step.unit] : [])),
  };
  const { switchedOff, hidden, services } = record;
  return removed.length + switchedOff.length + hidden.length + services.length === 0 ? undefined : record;
}

/** The entries that a record took out, the newest first. */
export function removedEntries({ removed }: UndoRecord): readonly BinfmtEntry[] {
  return removed.flatMap(({ text, isEnabled }) => {
    const entry = parseRegistration(text);
    return entry === undefined ? [] : [{ ...entry, isEnabled }];
  });
}

export interface RestoreState {
  readonly bootId: string;
  /** The newest first. */
  readonly entries: readonly BinfmtEntry[];
  readonly canRegister: (entry: BinfmtEntry) => boolean;
}

/**
 * Puts back what one record took away, in the old order: an entry that was newer than one that returns, or has come since,
 * and takes files of it, is registered again after it. Where that cannot be done the other one stays as it is.
 *
 * @returns the steps, and the table after them, for the record before this one.
 */
export function planRestore(
  record: UndoRecord,
  state: RestoreState,
): { readonly steps: readonly HandlerStep[]; readonly entries: readonly BinfmtEntry[] } {
  const lasting: readonly HandlerStep[] = [
    ...record.hidden.map((path) => ({ kind: 'remove', path }) as const),
    ...record.services.map((unit) => ({ kind: 'service', unit, action: 'enable' }) as const),
  ];
  if (record.bootId !== state.bootId) return { steps: lasting, entries: state.entries };
  const present = new Set(state.entries.map(({ name }) => name));
  const returning = removedEntries(record).filter((entry) => !present.has(entry.name) && state.canRegister(entry));
  const wanted = inOrder([...state.entries, ...returning], record.order);
  const switchedOn = state.entries.filter(({ name, isEnabled }) => !isEnabled && record.switchedOff.includes(name));
  return {
    steps: [
      ...lasting,
      ...orderSteps(wanted, returning, state.canRegister),
      ...switchedOn.map((entry) => ({ kind: 'switch-on', entry }) as const),
    ],
    entries: wanted.map((entry) => (switchedOn.includes(entry) ? { ...entry, isEnabled: true } : entry)),
  };
}

/** The newest first: what `order` does not know has come since. */
function inOrder(entries: readonly BinfmtEntry[], order: readonly string[]): readonly BinfmtEntry[] {
  const since = entries.filter(({ name }) => !order.includes(name));
  const known = order.flatMap((name) => entries.find((entry) => entry.name === name) ?? []);
  return [...since, ...known];
}

function orderSteps(
  wanted: readonly BinfmtEntry[],
  returning: readonly BinfmtEntry[],
  canRegister: RestoreState['canRegister'],
): readonly HandlerStep[] {
  const steps: HandlerStep[] = [];
  const newest: BinfmtEntry[] = [];
  for (const entry of [...wanted].reverse()) {
    const returns = returning.includes(entry);
    const isCovered = newest.some((other) => overlaps(other, entry));
    if (!returns && !(isCovered && canRegister(entry))) continue;
    if (!returns) steps.push({ kind: 'take-out', entry });
    steps.push({ kind: 'register', entry });
    if (!entry.isEnabled) steps.push({ kind: 'switch-off', entry });
    newest.push(entry);
  }
  return steps;
}
