/**
 * Which programs an entry takes, by content as the kernel does it (search_binfmt_handler() of fs/binfmt_misc.c): the first
 * 256 bytes of the file, at an offset, compared where the mask has a bit. Names mean nothing to it.
 *
 * An architecture is many programs, so the question has three answers: its entry takes all of them, none, or some. Some
 * when it asks for bits in which programs of one architecture differ: ET_EXEC or ET_DYN, the OS ABI, e_flags.
 */
import { binfmtRule } from './binfmt-rule.ts';
import type { BinfmtEntry } from './binfmt.ts';
import type { HandlerArch } from './arch.ts';

export type Coverage = 'all' | 'some' | 'none';

const OS_ABI = 7;
const ABI_VERSION = 8;
const VERSION = 20;
/** ELFOSABI_NONE and ELFOSABI_GNU (3): a program carries one or the other, whatever its architecture. */
const OS_ABI_SAME_IN_ALL = 0xfc;

interface Pattern {
  readonly value: Buffer;
  /** Bits that are the same in every program of the architecture. */
  readonly known: Buffer;
}

/** What all Linux programs of an architecture have in common: more than a rule asks for. */
function programPattern(arch: HandlerArch): Pattern {
  const { magic, mask } = binfmtRule(arch);
  const value = Buffer.alloc(Math.max(magic.length, VERSION + 4));
  const known = Buffer.alloc(value.length);
  magic.copy(value);
  mask.copy(known);
  // A rule asks for less than what is known: QEMU's takes any OS ABI, and for ppc64le half of e_machine.
  known[OS_ABI] = OS_ABI_SAME_IN_ALL;
  known[ABI_VERSION] = (mask[ABI_VERSION] ?? 0) === 0 ? 0xff : (mask[ABI_VERSION] ?? 0);
  known.fill(0xff, 18, VERSION + 4);
  if (arch.endian === 'little') value.writeUInt32LE(1, VERSION);
  else value.writeUInt32BE(1, VERSION);
  return { value, known };
}

/** How many of the architecture's programs the entry takes while it is enabled. One for an extension takes none for sure. */
export function coverage({ match }: Pick<BinfmtEntry, 'match'>, arch: HandlerArch): Coverage {
  if (match.kind === 'extension') return 'none';
  const { value, known } = programPattern(arch);
  let asksForUnknown = false;
  for (const [index, byte] of match.magic.entries()) {
    const at = match.offset + index;
    const asked = match.mask?.[index] ?? 0xff;
    if (((byte ^ (value[at] ?? 0)) & asked & (known[at] ?? 0)) !== 0) return 'none';
    asksForUnknown ||= (asked & ~(known[at] ?? 0)) !== 0;
  }
  return asksForUnknown ? 'some' : 'all';
}

/** Is there a file that both would take? Then their order matters. */
export function overlaps(one: Pick<BinfmtEntry, 'match'>, other: Pick<BinfmtEntry, 'match'>): boolean {
  const [a, b] = [one.match, other.match];
  if (a.kind === 'extension' || b.kind === 'extension') {
    return a.kind !== b.kind || (a.kind === 'extension' && b.kind === 'extension' && a.extension === b.extension);
  }
  return a.magic.every((byte, index) => {
    const at = a.offset + index - b.offset;
    const both = (a.mask?.[index] ?? 0xff) & (at in b.magic ? (b.mask?.[at] ?? 0xff) : 0);
    return ((byte ^ (b.magic[at] ?? 0)) & both) === 0;
  });
}
