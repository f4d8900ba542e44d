/** What `audit` looks for, as far as it needs no file: which strings of a host build may stay, and which must not. */
import { parse } from 'smol-toml';
import * as v from 'valibot';
import { HOST_ARCH } from './arch.ts';
import { ElfError } from './elf/fields.ts';
import { readElf } from './elf/read.ts';
import { bufferSource } from './elf/source.ts';
import { globMatcher } from './glob.ts';
import { HOST_REVEALING } from './retarget/naming.ts';
import { dataSections, stringsMatching } from './retarget/strings.ts';

/** The checks, in the order of the report. */
export const AUDIT_CHECKS = {
  tree: 'the files of the emul tree are as they were made, and every library that they need is there',
  explained: 'every program of the guest is accelerated, or there is a reason why not',
  plugins: 'every library that twins load by its path has a twin, or there is a reason why not',
  data: 'what libraries of the tree read below /emul is there, and as the guest has it',
  modes: 'every user of the root can read the tree, and nothing in it has raised privilege',
  strings: 'no twin holds a name of the host, or of this machine, that is not explained',
} as const;
export type AuditCheck = keyof typeof AUDIT_CHECKS;

const allowedSchema = v.strictObject({
  allow: v.array(
    v.strictObject({
      /** Patterns on the file's name. */
      files: v.array(v.string()),
      /** Regular expressions on the whole string. */
      strings: v.array(v.string()),
      /** Why no answer shows them, or why it is the guest's answer as well. */
      why: v.string(),
    }),
  ),
});
export type Allowed = v.InferOutput<typeof allowedSchema>['allow'];

/** @throws Error for a file of ours that is wrong: a bug. */
export function parseAllowed(text: string): Allowed {
  return v.parse(allowedSchema, parse(text)).allow;
}

/** What a string of a twin is judged by. */
export interface StringContext {
  /** The file's name, which the patterns of packs and of the allow-list are matched with. */
  readonly name: string;
  /** The guest file that the twin stands for. */
  readonly guest?: Buffer;
  /** Strings that were replaced: what is left of them, nothing refers to. */
  readonly replaced: readonly string[];
  /** Strings that are there on purpose. */
  readonly intended: readonly string[];
  /** The pack's `keep`: regular expressions. */
  readonly kept: readonly string[];
  /** It holds the names of all machines (`every-machine` of its pack): only paths of the host tell it. */
  readonly knowsEveryMachine: boolean;
  readonly allowed: Allowed;
}

/** Strings of an ELF file that tell the host and that nothing explains. Of what is no ELF file: none. */
export function unexplainedStrings(twin: Buffer, context: StringContext): string[] {
  const reveals = context.knowsEveryMachine ? HOST_PATHS : `${HOST_REVEALING.source}|${HOST_PATHS}`;
  const found = stringsOf(twin, reveals);
  if (found.length === 0) return [];
  const guest = new Set(context.guest === undefined ? [] : stringsOf(context.guest, reveals));
  const patterns = [
    ...context.kept,
    ...context.allowed
      .filter(({ files }) => files.some((pattern) => globMatcher(pattern)(context.name)))
      .flatMap(({ strings }) => strings),
  ].map((source) => new RegExp(source));
  return found.filter(
    (text) =>
      !guest.has(text) &&
      !context.intended.includes(text) &&
      !context.replaced.some((donor) => donor.includes(text) || text.includes(donor)) &&
      !patterns.some((pattern) => pattern.test(text)),
  );
}

const HOST_PATHS = `${escaped(HOST_ARCH.triplet)}|/emul/`;

function stringsOf(bytes: Buffer, source: string): string[] {
  const pattern = new RegExp(source, 'g');
  try {
    const elf = readElf(bufferSource(bytes));
    return [...new Set(stringsMatching(dataSections(elf), pattern).map(({ text }) => text))];
  } catch (error) {
    if (error instanceof ElfError) return [];
    throw error;
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
