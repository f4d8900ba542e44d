/**
 * python's `struct` lays out numbers as C does on its own machine, and has a table of that:
 *
 *   struct { char format; int size; int alignment; pack and unpack functions }      Modules/_struct.c, native_table
 *
 * The ABI of i386 begins numbers of eight bytes at multiples of four, every other one of a 32-bit guest at multiples of
 * eight. The donor's entries get the guest's alignment; where a number begins is computed from nothing else.
 *
 * Source: System V ABI, i386, 2.1.1; AAPCS32, 5.1.
 */
import type { Elf } from '../elf/read.ts';
import type { DataSection } from './strings.ts';
import { Refusal, type Workpiece } from './work.ts';

const SIZE = 8;
const ALIGNMENTS = [4, 8];
/** Of the alignment in an entry of 32-bit code. */
const ALIGNMENT_AT = 8;

/** @throws Refusal where either build has no such entry, or more than one. */
export function alignStructTable(work: Workpiece): void {
  if (!work.rules['struct-table'] || work.donor.elfClass === 64) return;
  for (const format of ['q', 'Q', 'd']) {
    const to = entryOf(work.donor, work.donorData, format);
    const from = entryOf(work.guest, work.guestData, format);
    if (to.alignment === from.alignment) continue;
    work.bytes.writeUInt32LE(from.alignment, to.offset + ALIGNMENT_AT);
    work.pairs.push({
      donor: `struct ${format}, aligned to ${String(to.alignment)}`,
      guest: `to ${String(from.alignment)}`,
      references: 1,
    });
  }
}

interface Entry {
  /** In the file. */
  readonly offset: number;
  readonly alignment: number;
}

function entryOf(elf: Elf, data: readonly DataSection[], format: string): Entry {
  const found = ALIGNMENTS.flatMap((alignment) => {
    const bytes = Buffer.alloc(12);
    [format.charCodeAt(0), SIZE, alignment].forEach((word, at) => bytes.writeUInt32LE(word, at * 4));
    return data.flatMap((section) => placesOf(section, bytes).map((offset) => ({ offset, alignment })));
  });
  const [only, ...others] = found;
  if (only === undefined || others.length > 0 || elf.elfClass === 64)
    throw new Refusal(`it is not clear how struct aligns ${JSON.stringify(format)}`);
  return only;
}

function placesOf({ section, bytes }: DataSection, entry: Buffer): number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(entry); at >= 0; at = bytes.indexOf(entry, at + 1)) {
    if ((section.vaddr + at) % 4 === 0) found.push(section.offset + at);
  }
  return found;
}
