/** The ways to get handlers of others out of the way, as plans: some entries, or all that a distribution registers. */
import { coverage } from './binfmt-match.ts';
import type { Declaration } from './binfmt-origin.ts';
import { OWN_PLACE } from './binfmt-origin.ts';
import type { ObservedEntry } from './binfmt-analysis.ts';
import type { HandlerStep } from './binfmt-step.ts';
import type { HandlerArch } from './arch.ts';

/** Can it be registered again from here? With flag F the kernel opens the interpreter when it is registered. */
export function canRegisterAgain({
  flags,
  interpreterKind,
}: Pick<ObservedEntry, 'flags' | 'interpreterKind'>): boolean {
  return !flags.includes('F') || interpreterKind !== 'missing';
}

/**
 * Takes entries out. One that could not be put back (a container has brought its interpreter) is switched off instead: the
 * kernel then passes over it, and keeps the open interpreter.
 */
export function planClear(entries: readonly ObservedEntry[]): readonly HandlerStep[] {
  return entries.flatMap((entry): HandlerStep[] => {
    if (canRegisterAgain(entry)) return [{ kind: 'take-out', entry }];
    return entry.isEnabled ? [{ kind: 'switch-off', entry }] : [];
  });
}

export interface Defaults {
  readonly entries: readonly ObservedEntry[];
  readonly declarations: readonly Declaration[];
  /** Is binfmt-support's unit there, and started with the machine? */
  readonly isSupportEnabled: boolean;
}

const ADMIN_DIR = '/etc/binfmt.d';
export const SUPPORT_UNIT = 'binfmt-support.service';

/**
 * Method of the distribution's default handlers: they are kept from being registered when the machine starts, and those
 * that are registered now are taken out. Files in /etc/binfmt.d are an administrator's, and not touched.
 */
export function planDisableDefaults(archs: readonly HandlerArch[], defaults: Defaults): readonly HandlerStep[] {
  const { entries, declarations, isSupportEnabled } = defaults;
  const concerned = declarations.filter(
    ({ entry }) =>
      !entry.interpreter.startsWith(`${OWN_PLACE}/`) && archs.some((arch) => coverage(entry, arch) !== 'none'),
  );
  const files = concerned.filter(({ kind, file }) => kind === 'systemd-binfmt' && !file.startsWith(`${ADMIN_DIR}/`));
  const names = [...new Set(files.map(({ file }) => file.slice(file.lastIndexOf('/') + 1)))];
  const hasSupport = isSupportEnabled && concerned.some(({ kind }) => kind === 'binfmt-support');
  const own = new Set(concerned.filter(({ file }) => !file.startsWith(`${ADMIN_DIR}/`)).map(({ file }) => file));
  return [
    ...names.map((name) => ({ kind: 'hide', path: `${ADMIN_DIR}/${name}` }) as const),
    ...(hasSupport ? [{ kind: 'service', unit: SUPPORT_UNIT, action: 'disable' } as const] : []),
    ...planClear(entries.filter(({ origin }) => origin.file !== undefined && own.has(origin.file))),
  ];
}
