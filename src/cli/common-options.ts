/** Options and arguments that several commands share, said once. */
import { DEFAULT_PACKS, OPTIONAL_PACKS } from '../core/default-packs.ts';
import type { ArgumentSpec, OptionSpec } from './command.ts';

export const ROOT = { help: 'the build root', complete: 'directory' } as const satisfies ArgumentSpec;

export const JSON_OUTPUT = { kind: 'flag', help: 'print the result as JSON' } as const satisfies OptionSpec;

export const DONOR = {
  kind: 'text',
  value: 'SPEC',
  help: 'where twins come from: apt (the default), dir:PATH with .deb files, or root:PATH with an unpacked system',
} as const satisfies OptionSpec;

export const PACKS = {
  kind: 'list',
  value: 'PACK,...',
  help: `the tools to accelerate (default: ${DEFAULT_PACKS.join(',')})`,
  complete: [...DEFAULT_PACKS, ...OPTIONAL_PACKS].toSorted(),
} as const satisfies OptionSpec;
