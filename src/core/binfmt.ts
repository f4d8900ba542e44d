/**
 * binfmt_misc in both directions: the text that registers an interpreter for a guest architecture, and the files in which
 * the kernel shows what is registered. Linux: Documentation/admin-guide/binfmt-misc.rst.
 */
import { binfmtRule } from './binfmt-rule.ts';
import type { HandlerArch } from './arch.ts';

/**
 * `P` keep argv[0], `O` hand over the guest binary's descriptor, `F` open the interpreter now, so that it is found in any
 * root and mount namespace, and `C` take credentials from the guest binary, which makes setuid programs work.
 */
const BINFMT_FLAGS = 'POF';

/** MAX_REGISTER_LENGTH of fs/binfmt_misc.c: the longest text that the kernel reads, bytes. */
export const REGISTER_MAX_BYTES = 1920;

/** One entry of a binfmt_misc table: of magic bytes, or of a file name extension. */
export interface BinfmtEntry {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly interpreter: string;
  readonly flags: string;
  readonly match: BinfmtMatch;
}

export type BinfmtMatch =
  | { readonly kind: 'magic'; readonly offset: number; readonly magic: Buffer; readonly mask: Buffer | undefined }
  | { readonly kind: 'extension'; readonly extension: string };

interface Registration {
  /** Default: the name that QEMU's packages give theirs. */
  readonly name?: string;
  readonly flags?: string;
}

/**
 * The text to write to `register` for an architecture and an interpreter.
 *
 * @returns undefined when the path is too long for the kernel, or holds a character that the kernel refuses.
 */
export function registrationText(
  arch: HandlerArch,
  interpreter: string,
  options: Registration = {},
): string | undefined {
  const { name = `qemu-${arch.qemu}`, flags = BINFMT_FLAGS } = options;
  return entryText({
    name,
    isEnabled: true,
    interpreter,
    flags,
    match: { kind: 'magic', offset: 0, ...binfmtRule(arch) },
  });
}

/**
 * The text that registers an entry. Its fields are separated by its first character: one that none of them holds.
 *
 * @returns undefined where the kernel would not take it; `isEnabled` cannot be said in it, a new entry is enabled.
 */
export function entryText({ name, interpreter, flags, match }: BinfmtEntry): string | undefined {
  const how =
    match.kind === 'extension'
      ? ['E', '', match.extension, '']
      : [
          'M',
          match.offset === 0 ? '' : String(match.offset),
          escapeBytes(match.magic),
          match.mask === undefined ? '' : escapeBytes(match.mask),
        ];
  const fields = [name, ...how, interpreter, flags];
  const separator = [':', ',', '|', '%', '='].find((candidate) => !fields.join('').includes(candidate));
  if (separator === undefined || fields.some((field) => field.includes('\n'))) return undefined;
  const text = ['', ...fields].join(separator);
  return Buffer.byteLength(text) < REGISTER_MAX_BYTES ? text : undefined;
}

/** Would the kernel show both alike? The order of the letters of `flags` is its own, and `C` brings `O`. */
export function isSameEntry(one: BinfmtEntry, other: BinfmtEntry): boolean {
  return (
    one.name === other.name &&
    one.interpreter === other.interpreter &&
    shownFlags(one.flags) === shownFlags(other.flags) &&
    isSameMatch(one.match, other.match)
  );
}

/** Do both take the very same files? */
export function isSameMatch(one: BinfmtMatch, other: BinfmtMatch): boolean {
  if (one.kind === 'extension' || other.kind === 'extension') {
    return one.kind === 'extension' && other.kind === 'extension' && one.extension === other.extension;
  }
  if (one.offset !== other.offset || one.magic.length !== other.magic.length) return false;
  return one.magic.every((byte, at) => {
    const counts = one.mask?.[at] ?? 0xff;
    return counts === (other.mask?.[at] ?? 0xff) && ((byte ^ (other.magic[at] ?? 0)) & counts) === 0;
  });
}

/** As entry_status() of fs/binfmt_misc.c writes them. */
export function shownFlags(flags: string): string {
  const all = flags.includes('C') ? `${flags}O` : flags;
  return ['P', 'O', 'C', 'F'].filter((flag) => all.includes(flag)).join('');
}

/**
 * Reads a text that registers an entry: a line of a file in binfmt.d, or what was written to `register`.
 *
 * @returns undefined for text that is none.
 */
export function parseRegistration(text: string): BinfmtEntry | undefined {
  const separator = text[0];
  if (separator === undefined) return undefined;
  const [name, kind, offset, magic, mask, interpreter, flags] = text.slice(1).split(separator);
  if (name === undefined || name === '' || magic === undefined || mask === undefined) return undefined;
  if (interpreter === undefined || interpreter === '') return undefined;
  const common = { name, isEnabled: true, interpreter, flags: shownFlags(flags ?? '') };
  if (kind === 'E') return { ...common, match: { kind: 'extension', extension: magic } };
  if (kind !== 'M' || magic === '') return undefined;
  return { ...common, match: magicMatch(Number(offset === '' ? 0 : offset), magic, mask) };
}

/** The match that escaped magic and mask stand for; an empty mask is none. */
export function magicMatch(offset: number, magic: string, mask: string): BinfmtMatch {
  return { kind: 'magic', offset, magic: unescapeBytes(magic), mask: mask === '' ? undefined : unescapeBytes(mask) };
}

function escapeBytes(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

function unescapeBytes(text: string): Buffer {
  const bytes = text.replaceAll(/\\x([0-9a-fA-F]{1,2})/g, (_, hex: string) => String.fromCharCode(Number(`0x${hex}`)));
  return Buffer.from(bytes, 'latin1');
}

/**
 * Reads a file of the table: `/proc/sys/fs/binfmt_misc/<name>`.
 *
 * @returns undefined for text that is no entry (`register`, `status`, or a file that went away while being read).
 */
export function parseBinfmtEntry(name: string, text: string): BinfmtEntry | undefined {
  const lines = text.split('\n');
  const field = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key} `))?.slice(key.length + 1);
  const interpreter = field('interpreter');
  const extension = field('extension');
  const magic = field('magic');
  if (interpreter === undefined || (extension === undefined && magic === undefined)) return undefined;
  const mask = field('mask');
  return {
    name,
    isEnabled: lines[0] === 'enabled',
    interpreter,
    flags:
      lines
        .find((line) => line.startsWith('flags:'))
        ?.slice('flags:'.length)
        .trim() ?? '',
    match:
      extension === undefined
        ? {
            kind: 'magic',
            offset: Number(field('offset') ?? 0),
            magic: Buffer.from(magic ?? '', 'hex'),
            mask: mask === undefined ? undefined : Buffer.from(mask, 'hex'),
          }
        : { kind: 'extension', extension: extension.replace(/^\./, '') },
  };
}
