/** `binfmt register` and `unregister`: our own handlers in the machine's table. */
import { promises as fsp } from 'node:fs';
import { applySteps, nameTaken } from '../adapters/binfmt/apply.ts';
import { openTable } from '../adapters/binfmt/open-table.ts';
import { bootId, holds, readJournal, withHandlerLock, writeJournal } from '../adapters/binfmt/own-files.ts';
import { binfmtState, readBinfmtTable } from '../adapters/binfmt/table.ts';
import { dispatcherFor, findQemu } from '../adapters/sandbox/interpreter.ts';
import type { BinfmtEntry } from '../core/binfmt.ts';
import { foreignNamesake, ownHandler, planRegister, planUnregister, type OwnHandler } from '../core/binfmt-plan.ts';
import { stepText, type HandlerStep } from '../core/binfmt-step.ts';
import { recordOf, removedEntries } from '../core/binfmt-undo.ts';
import { handlerArch, type HandlerArch } from '../core/arch.ts';
import { hostPath, type HostPath } from '../core/paths.ts';
import { exists, readTextIfThere, withErrno } from '../os/fs.ts';

export interface RegisterOptions {
  /** Also a file in /etc/binfmt.d, so that systemd-binfmt registers it when the machine starts. */
  readonly isPersistent?: boolean;
  /** Flag C. */
  readonly hasCredentials?: boolean;
  /** An entry of somebody else that has our name gives way, and is back after `unregister`. */
  readonly isReplacing?: boolean;
  readonly isDryRun?: boolean;
}

export interface BinfmtChange {
  /** Our name of it; armhf and armel share an entry, and the first that was named stands for both. */
  readonly arch: string;
  readonly entry: string;
  readonly interpreter: string;
  readonly flags: string;
  /** With `isDryRun`: what it would be. */
  readonly outcome: 'registered' | 'replaced' | 'unchanged' | 'unregistered' | 'absent';
  readonly isDryRun: boolean;
  readonly steps: readonly string[];
  /** Registered, and still not asked: the table is switched off as a whole. */
  readonly isTableOff: boolean;
}

/**
 * Registers the dispatcher, with the host's qemu embedded, for each architecture.
 *
 * @throws UsageError E_ARCH; EnvironmentError E_TOOL_MISSING without qemu or dispatcher, E_PERMISSION, E_BINFMT, E_CONFLICT.
 */
export async function binfmtRegister(
  names: readonly string[],
  options: RegisterOptions = {},
): Promise<readonly BinfmtChange[]> {
  return changeEach(names, (arch) => registerOne(ownHandler(arch, options.hasCredentials === true), options));
}

/** @throws UsageError E_ARCH; EnvironmentError E_PERMISSION, E_CONFLICT. */
export async function binfmtUnregister(
  names: readonly string[],
  options: Pick<RegisterOptions, 'isDryRun'> = {},
): Promise<readonly BinfmtChange[]> {
  return changeEach(names, (arch) => unregisterOne(ownHandler(arch, false), options.isDryRun === true));
}

/**
 * Switches the machine's table on as a whole.
 *
 * @throws EnvironmentError E_PERMISSION, E_BINFMT.
 */
export async function binfmtSwitchOn(): Promise<void> {
  await openTable();
  await withHandlerLock(() => applySteps([{ kind: 'switch-table-on' }]));
}

async function changeEach(
  names: readonly string[],
  change: (arch: HandlerArch) => Promise<BinfmtChange>,
): Promise<readonly BinfmtChange[]> {
  const archs = names.map(handlerArch);
  // armhf and armel are one to the kernel, and to qemu.
  const distinct = archs.filter((arch, at) => archs.findIndex(({ qemu }) => qemu === arch.qemu) === at);
  const changes: BinfmtChange[] = [];
  for (const arch of distinct) changes.push(await change(arch));
  return changes;
}

async function registerOne(handler: OwnHandler, options: RegisterOptions): Promise<BinfmtChange> {
  const isDryRun = options.isDryRun === true;
  const tableState = await binfmtState();
  if (!isDryRun) await openTable();
  const content = await fsp.readFile(await dispatcherFor(handler.arch, findQemu(handler.arch)));
  return underLock(isDryRun, async () => {
    const { entries, persistentText } = await stateOf(handler);
    const isDispatcherCurrent = await holds(pathOf(handler), content);
    const namesake = foreignNamesake(entries, handler);
    if (namesake !== undefined && options.isReplacing !== true) throw takenBy(namesake);
    const state = { entries, isDispatcherCurrent, persistentText };
    const planned = planRegister(handler, state, options.isPersistent === true);
    const steps = [...(tableState === 'not mounted' ? [{ kind: 'mount' } as const] : []), ...planned];
    if (!isDryRun) {
      if (namesake !== undefined) await remember(handler, planned, entries);
      await applySteps(planned, content);
    }
    const isChanged = planned.some(({ kind }) => kind === 'register');
    const hadOne = planned.some(({ kind }) => kind === 'take-out');
    const outcome = isChanged ? (hadOne ? 'replaced' : 'registered') : 'unchanged';
    return changeOf(handler, outcome, { steps, isDryRun, isTableOff: tableState === 'disabled' });
  });
}

async function unregisterOne(handler: OwnHandler, isDryRun: boolean): Promise<BinfmtChange> {
  const before = await unregisterState(handler);
  const plan = planUnregister(handler, before, undefined);
  // Without this nobody could ask who may not write, and a table that is not mounted would be mounted for nothing.
  if (plan.length === 0) return changeOf(handler, 'absent', { steps: [], isDryRun });
  return underLock(isDryRun, async () => {
    const state = await unregisterState(handler);
    const journal = await readJournal();
    const { name } = handler.entry;
    const boot = await bootId();
    const [displaced] = journal
      .filter((record) => record.by === name && record.bootId === boot)
      .flatMap(removedEntries);
    const steps = planUnregister(handler, state, displaced);
    const isThere = steps.some(({ kind }) => kind === 'take-out');
    if (!isDryRun) {
      if (isThere) await openTable();
      await applySteps(steps);
      if (displaced !== undefined) await writeJournal(journal.filter(({ by }) => by !== name));
    }
    return changeOf(handler, isThere ? 'unregistered' : 'absent', { steps, isDryRun });
  });
}

async function unregisterState(handler: OwnHandler): Promise<Parameters<typeof planUnregister>[1]> {
  const state = await stateOf(handler);
  const namesake = foreignNamesake(state.entries, handler);
  if (namesake !== undefined) throw takenBy(namesake);
  return { ...state, hasDispatcher: await exists(pathOf(handler)) };
}

async function stateOf(
  handler: OwnHandler,
): Promise<{ entries: readonly BinfmtEntry[]; persistentText: string | undefined }> {
  const entries = await readBinfmtTable();
  const file = hostPath(handler.persistentFile);
  return { entries, persistentText: await withErrno(`read ${file}`, () => readTextIfThere(file)) };
}

/** Before it is done: what is lost halfway can be put back. */
async function remember(
  handler: OwnHandler,
  steps: readonly HandlerStep[],
  entries: readonly BinfmtEntry[],
): Promise<void> {
  const record = recordOf(handler.entry.name, steps, { bootId: await bootId(), entries });
  if (record !== undefined) await writeJournal([...(await readJournal()), record]);
}

function underLock<T>(isDryRun: boolean, work: () => Promise<T>): Promise<T> {
  return isDryRun ? work() : withHandlerLock(work);
}

function pathOf({ entry }: OwnHandler): HostPath {
  return hostPath(entry.interpreter);
}

function takenBy({ name, interpreter }: BinfmtEntry): Error {
  return nameTaken(name, `it is registered for ${interpreter}`);
}

function changeOf(
  { arch, entry }: OwnHandler,
  outcome: BinfmtChange['outcome'],
  done: { readonly steps: readonly HandlerStep[]; readonly isDryRun: boolean; readonly isTableOff?: boolean },
): BinfmtChange {
  const { name, interpreter, flags } = entry;
  const { isDryRun, isTableOff = false } = done;
  const steps = done.steps.map(stepText);
  return { arch: arch.name, entry: name, interpreter, flags, outcome, isDryRun, steps, isTableOff };
}
