/** `binfmt clear`, `disable-defaults` and `restore`: handlers of others out of the way, and back. */
import { applySteps } from '../adapters/binfmt/apply.ts';
import { isSupportEnabled } from '../adapters/binfmt/defaults.ts';
import { observeTable, readDeclarations } from '../adapters/binfmt/observe.ts';
import { openTable } from '../adapters/binfmt/open-table.ts';
import { bootId, readJournal, withHandlerLock, writeJournal } from '../adapters/binfmt/own-files.ts';
import { BINFMT_DIR } from '../adapters/binfmt/table.ts';
import { hostPath } from '../core/paths.ts';
import type { BinfmtEntry } from '../core/binfmt.ts';
import type { ObservedEntry } from '../core/binfmt-analysis.ts';
import { canRegisterAgain, planClear, planDisableDefaults } from '../core/binfmt-clear.ts';
import { stepText, type HandlerStep } from '../core/binfmt-step.ts';
import { planRestore, recordOf, type UndoRecord } from '../core/binfmt-undo.ts';
import { UsageError } from '../core/errors.ts';
import { HANDLER_ARCHS, handlerArch } from '../core/arch.ts';
import { exists } from '../os/fs.ts';

export interface HandlerChanges {
  /** Nothing was done: the steps are what would be. */
  readonly isDryRun: boolean;
  readonly steps: readonly string[];
}

/** Which entries: some by name, those that are named `qemu-*`, or all. */
export type ClearScope = { readonly names: readonly string[] } | 'qemu' | 'all';

/** @throws UsageError E_USAGE for a name that is not in the table; EnvironmentError E_PERMISSION, E_BINFMT. */
export async function binfmtClear(scope: ClearScope, isDryRun: boolean): Promise<HandlerChanges> {
  return change('clear', isDryRun, async () => planClear(chosen((await observeTable()).entries, scope)));
}

/**
 * Keeps the distribution's handlers from being registered when the machine starts, and takes out those that are.
 *
 * @param names architectures; none means all that have handlers.
 * @throws UsageError E_ARCH; EnvironmentError E_PERMISSION, E_BINFMT.
 */
export async function binfmtDisableDefaults(names: readonly string[], isDryRun: boolean): Promise<HandlerChanges> {
  const archs = names.length === 0 ? HANDLER_ARCHS : names.map(handlerArch);
  return change('disable-defaults', isDryRun, async () => {
    const [{ entries }, declarations, hasSupport] = await Promise.all([
      observeTable(),
      readDeclarations(),
      isSupportEnabled(),
    ]);
    return planDisableDefaults(archs, { entries, declarations, isSupportEnabled: hasSupport });
  });
}

/** Undoes every `clear` and `disable-defaults` since the last restore, the latest first. */
export async function binfmtRestore(isDryRun: boolean): Promise<HandlerChanges> {
  if (!(await readJournal()).some(isClearing)) return { isDryRun, steps: [] };
  return locked(isDryRun, async () => {
    const journal = await readJournal();
    const steps = await restoreSteps(journal.filter(isClearing));
    if (!isDryRun) {
      await apply(steps);
      await writeJournal(journal.filter((record) => !isClearing(record)));
    }
    return { isDryRun, steps: steps.map(stepText) };
  });
}

async function change(
  by: 'clear' | 'disable-defaults',
  isDryRun: boolean,
  plan: () => Promise<readonly HandlerStep[]>,
): Promise<HandlerChanges> {
  // A name that is not there is told without touching anything, and so is that there is nothing to do.
  if ((await plan()).length === 0) return { isDryRun, steps: [] };
  return locked(isDryRun, async () => {
    const { entries } = await observeTable();
    const steps = await plan();
    if (!isDryRun) {
      const record = recordOf(by, steps, { bootId: await bootId(), entries });
      // First: what is lost halfway can be put back.
      if (record !== undefined) await writeJournal([...(await readJournal()), record]);
      await apply(steps);
    }
    return { isDryRun, steps: steps.map(stepText) };
  });
}

async function apply(steps: readonly HandlerStep[]): Promise<void> {
  const touchesTable = steps.some((step) => 'entry' in step);
  if (touchesTable) await openTable();
  await applySteps(steps);
}

async function restoreSteps(records: readonly UndoRecord[]): Promise<readonly HandlerStep[]> {
  const { entries: observed } = await observeTable();
  const boot = await bootId();
  const known = new Map(observed.map((entry) => [entry.name, canRegisterAgain(entry)]));
  const steps: HandlerStep[] = [];
  let entries: readonly BinfmtEntry[] = observed;
  for (const record of [...records].reverse()) {
    const missing = await missingInterpreters(record);
    const canRegister = ({ name, flags, interpreter }: BinfmtEntry): boolean =>
      known.get(name) ?? (!flags.includes('F') || !missing.has(interpreter));
    const planned = planRestore(record, { bootId: boot, entries, canRegister });
    steps.push(...planned.steps);
    entries = planned.entries;
  }
  return steps;
}

async function missingInterpreters({ removed }: UndoRecord): Promise<ReadonlySet<string>> {
  const paths = removed.flatMap(({ text }) => text.split(text[0] ?? ':').filter((field) => field.startsWith('/')));
  const checked = await Promise.all(paths.map(async (path) => [path, await exists(hostPath(path))] as const));
  return new Set(checked.filter(([, isThere]) => !isThere).map(([path]) => path));
}

function chosen(entries: readonly ObservedEntry[], scope: ClearScope): readonly ObservedEntry[] {
  if (scope === 'all') return entries;
  if (scope === 'qemu') return entries.filter(({ name }) => name.startsWith('qemu-'));
  const unknown = scope.names.find((name) => !entries.some((entry) => entry.name === name));
  if (unknown === undefined) return entries.filter(({ name }) => scope.names.includes(name));
  throw new UsageError({
    what: `there is no entry '${unknown}' in ${BINFMT_DIR}`,
    fix: [entries.length === 0 ? 'The table is empty' : `Name some of: ${entries.map(({ name }) => name).join(', ')}`],
  });
}

function isClearing({ by }: UndoRecord): boolean {
  return by === 'clear' || by === 'disable-defaults';
}

function locked<T>(isDryRun: boolean, work: () => Promise<T>): Promise<T> {
  return isDryRun ? work() : withHandlerLock(work);
}
