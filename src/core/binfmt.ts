/**
 * binfmt_misc in both directions: the text that registers an interpreter for a guest architecture, and the files in which
 * the kernel shows what is registered. Linux: Documentation/admin-guide/binfmt-misc.rst.
 */
import type { Arch } from './arch.ts';

/**
 * `P` keep argv[0], `O` hand over the guest binary's descriptor, `F` open the interpreter now, so that it is found in any
 * root and mount namespace, and `C` take credentials from the guest binary, which makes setuid programs work.
 */
const BINFMT_FLAGS = 'POF';

/** MAX_REGISTER_LENGTH of fs/binfmt_misc.c: the longest text that the kernel reads, bytes. */
export const REGISTER_MAX_BYTES = 1920;

export interface BinfmtRule {
  /** Hex, without a mask byte of 00 having any meaning. */
  readonly magic: Buffer;
  readonly mask: Buffer;
}

/** One entry of a binfmt_misc table: of magic bytes, or of a file name extension. */
export interface BinfmtEntry {
  readonly name: string;
  readonly isEnabled: boolean;
  readonly interpreter: string;
  readonly flags: string;
  readonly match:
    | { readonly kind: 'magic'; readonly offset: number; readonly magic: Buffer; readonly mask: Buffer | undefined }
    | { readonly kind: 'extension'; readonly extension: string };
}

const ELF_TYPE_EXEC = 2;
const HEADER_BYTES = 20;
/** e_ident[7] is the OS ABI. Which ones QEMU's own entries take: any, or the four that Linux programs carry. */
const ANY_OS_ABI = 0x00;
const LINUX_OS_ABIS = 0xfc;
/** Where QEMU's entry differs from the rule; keyed by Arch.qemu. */
const MASK_EXCEPTIONS: Readonly<Record<string, { readonly osAbi: number; readonly machineHigh?: number }>> = {
  ppc64le: { osAbi: LINUX_OS_ABIS, machineHigh: 0 },
  s390x: { osAbi: LINUX_OS_ABIS },
};

/**
 * What the first 20 bytes of an executable of that architecture look like: ELF identification, e_type (ET_EXEC or ET_DYN,
 * which differ in one bit) and e_machine. Equal to what QEMU's own entries hold, so that either may stand in for the other.
 */
export function binfmtRule(arch: Arch): BinfmtRule {
  const isLittle = arch.endian === 'little';
  const exception = MASK_EXCEPTIONS[arch.qemu];
  const magic = Buffer.alloc(HEADER_BYTES);
  const mask = Buffer.alloc(HEADER_BYTES, 0xff);
  magic.write('\x7fELF', 'latin1');
  magic[4] = arch.elfClass === 64 ? 2 : 1;
  magic[5] = isLittle ? 1 : 2;
  magic[6] = 1;
  mask[7] = exception?.osAbi ?? ANY_OS_ABI;
  if (isLittle) {
    magic.writeUInt16LE(ELF_TYPE_EXEC, 16);
    mask.writeUInt16LE(0xfffe, 16);
    magic.writeUInt16LE(arch.elfMachine, 18);
    mask.writeUInt8(exception?.machineHigh ?? 0xff, 19);
  } else {
    magic.writeUInt16BE(ELF_TYPE_EXEC, 16);
    mask.writeUInt16BE(0xfffe, 16);
    magic.writeUInt16BE(arch.elfMachine, 18);
  }
  return { magic, mask };
}

/** The name of an entry that lasts: our own, so that it stands beside the one that a package of QEMU has registered. */
export function lastingName(arch: Arch): string {
  return `qemu-accel-${arch.qemu}`;
}

interface Registration {
  /** Default: the name that QEMU's packages give theirs. */
  readonly name?: string;
  readonly flags?: string;
}

/**
 * The text to write to `register`. Its fields are separated by its first character: one that the path does not hold.
 *
 * @returns undefined when the path is too long for the kernel, or holds a character that the kernel refuses.
 */
export function registrationText(arch: Arch, interpreter: string, options: Registration = {}): string | undefined {
  const { name = `qemu-${arch.qemu}`, flags = BINFMT_FLAGS } = options;
  const separator = [':', ',', '|', '%', '='].find((candidate) => !interpreter.includes(candidate));
  if (separator === undefined || interpreter.includes('\n')) return undefined;
  const { magic, mask } = binfmtRule(arch);
  const fields = ['', name, 'M', '', escapeBytes(magic), escapeBytes(mask), interpreter, flags];
  const text = fields.join(separator);
  return Buffer.byteLength(text) < REGISTER_MAX_BYTES ? text : undefined;
}

/** Is the entry in force just as `registrationText` of this architecture and interpreter would make it? */
export function isRegistered(entry: BinfmtEntry, arch: Arch, interpreter: string): boolean {
  if (!entry.isEnabled || entry.interpreter !== interpreter || entry.flags !== BINFMT_FLAGS) return false;
  if (entry.match.kind !== 'magic' || entry.match.offset !== 0) return false;
  const { magic, mask } = binfmtRule(arch);
  return entry.match.magic.equals(magic) && entry.match.mask?.equals(mask) === true;
}

function escapeBytes(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
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

/** Does the kernel hand a file that begins with these bytes to the entry? */
export function matchesEntry(entry: BinfmtEntry, head: Buffer): boolean {
  if (!entry.isEnabled || entry.match.kind === 'extension') return false;
  const { offset, magic, mask } = entry.match;
  if (head.length < offset + magic.length) return false;
  return magic.every((byte, at) => (((head[offset + at] ?? 0) ^ byte) & (mask?.[at] ?? 0xff)) === 0);
}

/**
 * Does a table that is not ours to write run programs of an architecture in any build root, accelerated or emulated?
 *
 * Beside the dispatcher there usually is the entry of QEMU's package, and which of two is in force the table does not
 * show. So all of them must hold their interpreter open (flag F), since the build root may not have it; and where one is
 * a dispatcher, nothing is surely emulated. The other way round nothing is wrong but slow.
 */
export function tableServes(entries: readonly BinfmtEntry[], arch: Arch, how: 'accelerated' | 'emulated'): boolean {
  const head = binfmtRule(arch).magic;
  const matching = entries.filter((entry) => matchesEntry(entry, head));
  if (matching.length === 0 || !matching.every(({ flags }) => flags.includes('F'))) return false;
  const hasDispatcher = matching.some(({ interpreter }) => interpreter.endsWith('-binfmt'));
  return hasDispatcher === (how === 'accelerated');
}
