/** What is to be done to register and unregister our own handlers. Pure; docs/handlers.md says why each step. */
import { coverage } from './binfmt-match.ts';
import { OWN_PLACE } from './binfmt-origin.ts';
import { binfmtRule } from './binfmt-rule.ts';
import { entryText, isSameEntry, type BinfmtEntry } from './binfmt.ts';
import type { HandlerStep } from './binfmt-step.ts';
import type { HandlerArch } from './arch.ts';

/**
 * systemd-binfmt registers the files in the order of their names, and the newest entry wins: so this name is behind those
 * of all distributions.
 */
const PERSISTENT_PREFIX = '/etc/binfmt.d/zz-qemu-accel-';

export interface OwnHandler {
  readonly arch: HandlerArch;
  readonly entry: BinfmtEntry;
  /** The file of binfmt.d that registers it when the machine starts. */
  readonly persistentFile: string;
  readonly persistentText: string;
}

/**
 * `P` keep argv[0]; `O` hand over the guest binary's descriptor, which the dispatcher reads the build-id from; `F` open the
 * dispatcher now, so that no build root needs a copy. `C` runs setuid programs of the guest with their owner's rights: only
 * for who asks.
 */
export function ownHandler(arch: HandlerArch, hasCredentials: boolean): OwnHandler {
  const entry = {
    name: `qemu-accel-${arch.qemu}`,
    isEnabled: true,
    interpreter: `${OWN_PLACE}/qemu-${arch.qemu}-binfmt`,
    flags: hasCredentials ? 'POCF' : 'POF',
    match: { kind: 'magic', offset: 0, ...binfmtRule(arch) },
  } as const;
  return {
    arch,
    entry,
    persistentFile: `${PERSISTENT_PREFIX}${arch.qemu}.conf`,
    persistentText: `# Written by qemu-accel binfmt register --persistent\n${entryText(entry) ?? ''}\n`,
  };
}

/** What the machine has of a handler of ours. */
export interface OwnState {
  /** The newest first. */
  readonly entries: readonly BinfmtEntry[];
  /** The installed dispatcher is the one that would be installed. */
  readonly isDispatcherCurrent: boolean;
  readonly persistentText: string | undefined;
}

/** The entry that has our name and is somebody else's. */
export function foreignNamesake(entries: readonly BinfmtEntry[], { entry }: OwnHandler): BinfmtEntry | undefined {
  return entries.find(({ name, interpreter }) => name === entry.name && interpreter !== entry.interpreter);
}

/**
 * An entry that is as it should be is left alone, unless a newer one takes its programs: then it is registered again, which
 * makes it the newest. Entries of others stay in the table: `unregister` uncovers them.
 */
export function planRegister(handler: OwnHandler, state: OwnState, isPersistent: boolean): readonly HandlerStep[] {
  const { entry, arch, persistentFile, persistentText } = handler;
  const { entries, isDispatcherCurrent } = state;
  const taking = entries.filter((one) => one.isEnabled && coverage(one, arch) !== 'none');
  const present = entries.find(({ name }) => name === entry.name);
  const isThere = isDispatcherCurrent && present?.isEnabled === true && isSameEntry(present, entry);
  const wins = isThere && taking[0] === present;
  return [
    // Out first: whenever this ends halfway, an entry that is there belongs to the file that is there.
    ...(present === undefined || wins ? [] : [{ kind: 'take-out', entry: present } as const]),
    ...(isDispatcherCurrent ? [] : [{ kind: 'install-dispatcher', path: entry.interpreter } as const]),
    ...(wins ? [] : [{ kind: 'register', entry } as const]),
    ...(isPersistent && state.persistentText !== persistentText
      ? [{ kind: 'write', path: persistentFile, text: persistentText } as const]
      : []),
  ];
}

/** @param displaced the entry that `register --replace` has taken out for ours. */
export function planUnregister(
  handler: OwnHandler,
  state: Omit<OwnState, 'isDispatcherCurrent'> & { readonly hasDispatcher: boolean },
  displaced: BinfmtEntry | undefined,
): readonly HandlerStep[] {
  const { entry, persistentFile } = handler;
  const present = state.entries.find(({ name }) => name === entry.name);
  return [
    ...(state.persistentText === undefined ? [] : [{ kind: 'remove', path: persistentFile } as const]),
    ...(present === undefined ? [] : [{ kind: 'take-out', entry: present } as const]),
    ...(state.hasDispatcher ? [{ kind: 'remove', path: entry.interpreter } as const] : []),
    ...(displaced === undefined ? [] : [{ kind: 'register', entry: displaced } as const]),
  ];
}
