/**
 * Changes of the machine's handlers as data: a plan is a list of steps, made by pure functions, shown by `--dry-run` and
 * done by adapters/binfmt/apply.ts. What a step says and what it does is one thing.
 */
import type { BinfmtEntry } from './binfmt.ts';

export type HandlerStep =
  | { readonly kind: 'mount' }
  /** Somebody has written 0 to the table's `status`. */
  | { readonly kind: 'switch-table-on' }
  /** Into the table, as its newest entry. */
  | { readonly kind: 'register'; readonly entry: BinfmtEntry }
  | { readonly kind: 'take-out'; readonly entry: BinfmtEntry }
  | { readonly kind: 'switch-off' | 'switch-on'; readonly entry: BinfmtEntry }
  /** The dispatcher, with its emulator in it. */
  | { readonly kind: 'install-dispatcher'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly text: string }
  /** A file of that name in /etc/binfmt.d hides the one of the distribution (binfmt.d(5)). */
  | { readonly kind: 'hide'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'service'; readonly unit: string; readonly action: 'disable' | 'enable' };

/** Words for a person, in the form of a command to the machine. */
export function stepText(step: HandlerStep): string {
  switch (step.kind) {
    case 'mount':
      return 'mount binfmt_misc';
    case 'switch-table-on':
      return 'switch binfmt_misc on as a whole';
    case 'register':
      return `register ${step.entry.name} for ${step.entry.interpreter}, flags ${step.entry.flags || 'none'}`;
    case 'take-out':
      return `take out ${step.entry.name} (${step.entry.interpreter})`;
    case 'switch-off':
      return `switch off ${step.entry.name}, which stays in the table`;
    case 'switch-on':
      return `switch on ${step.entry.name}`;
    case 'install-dispatcher':
      return `install the dispatcher as ${step.path}`;
    case 'write':
      return `write ${step.path}`;
    case 'hide':
      return `link ${step.path} to /dev/null`;
    case 'remove':
      return `remove ${step.path}`;
    case 'service':
      return `systemctl ${step.action} ${step.unit}`;
  }
}
