/**
 * Strings that code builds by hand. For `concat("/usr/lib/gcc-cross/", machine, ...)` gcc emits
 *
 *   movaps  .LC, %xmm0             the first 16 bytes, a constant of its own: "/usr/lib/gcc-cro"
 *   movl    $0x2f7373, 16(%rbx)    the rest: "ss/"
 *   lea     19(%rbx), %rdi         where the next part is written
 *
 * so neither the constant nor the rest is found as a string. A pack's `copied` rule names the whole text; the constant gets
 * the guest's, which must be at most 16 bytes, and the distance its length. What the store of the rest leaves behind
 * the guest's shorter text is overwritten by the part that comes next.
 */
import { SHF } from '../elf/constants.ts';
import { sectionBytes } from '../elf/read.ts';
import { findReferences } from './references.ts';
import { Refusal, type Workpiece } from './work.ts';

const CONSTANT_BYTES = 16;
/** How far from the constant's use the other two instructions may be. */
const NEAR_BYTES = 64;

export function replaceCopied(work: Workpiece): void {
  for (const [donor, guest] of work.rules.copied) {
    for (const vaddr of constantsOf(work, donor)) replaceOne(work, { vaddr, donor, guest });
  }
}

/** Addresses of the text's first 16 bytes where they stand alone. */
function constantsOf(work: Workpiece, text: string): number[] {
  const head = text.slice(0, CONSTANT_BYTES);
  const rest = text.slice(CONSTANT_BYTES);
  return work.donorData.flatMap(({ section, text: data }) => {
    const found: number[] = [];
    for (let at = data.indexOf(head); at >= 0; at = data.indexOf(head, at + 1)) {
      if (!data.startsWith(rest, at + CONSTANT_BYTES)) found.push(section.vaddr + at);
    }
    return found;
  });
}

interface Copied {
  readonly vaddr: number;
  readonly donor: string;
  readonly guest: string;
}

function replaceOne(work: Workpiece, { vaddr, donor, guest }: Copied): void {
  if (guest.length > CONSTANT_BYTES) throw new Refusal(`${JSON.stringify(guest)} is too long for a copied constant`);
  const uses = findReferences(work.donor, work.donorData, [{ start: vaddr, end: vaddr + 1 }]);
  const [use, ...others] = uses;
  if (!use || others.length > 0) throw new Refusal(`the copy of ${JSON.stringify(donor)} is not understood`);
  const from = use.offset - NEAR_BYTES;
  const near = work.bytes.subarray(from, use.offset + NEAR_BYTES);
  if (near.indexOf(`${donor.slice(CONSTANT_BYTES)}\0`, 0, 'latin1') < 0) {
    throw new Refusal(`the rest of the copy of ${JSON.stringify(donor)} was not found`);
  }
  work.bytes[from + nextPartAt(near, donor)] = guest.length;
  const constant = Buffer.alloc(CONSTANT_BYTES);
  constant.write(guest, 'latin1');
  constant.copy(work.bytes, constantOffset(work, vaddr));
  work.pairs.push({ donor, guest, references: 1 });
}

/** The 8-bit displacement of the one `lea length(%reg), %reg` nearby. */
function nextPartAt(near: Buffer, donor: string): number {
  const found: number[] = [];
  for (let at = 0; at + 4 <= near.length; at++) {
    const isLea = ((near[at] ?? 0) & 0xf8) === 0x48 && near[at + 1] === 0x8d && ((near[at + 2] ?? 0) & 0xc0) === 0x40;
    const hasSib = ((near[at + 2] ?? 0) & 7) === 4;
    if (isLea && !hasSib && near[at + 3] === donor.length) found.push(at + 3);
  }
  const [only, ...others] = found;
  if (only === undefined || others.length > 0)
    throw new Refusal(`the end of the copy of ${JSON.stringify(donor)} is not clear`);
  return only;
}

function constantOffset(work: Workpiece, vaddr: number): number {
  const section = work.donor.sections.find(
    (one) => (one.flags & SHF.alloc) !== 0 && vaddr >= one.vaddr && vaddr < one.vaddr + one.size,
  );
  if (!section || sectionBytes(work.donor, section).length === 0)
    throw new Refusal('a copied constant is not in the file');
  return vaddr - section.vaddr + section.offset;
}
