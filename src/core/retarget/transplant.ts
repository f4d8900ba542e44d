/**
 * Exported data that a cross build and a native one hold with other content: cc1's prefix, its own include directory, and
 * the lengths of both. The donor's symbol gets the guest's content where it stands, so all who refer to it see that.
 */
import { align } from '../elf/fields.ts';
import { type Elf, offsetOf } from '../elf/read.ts';
import { dynamicSymbols, type DynamicSymbol } from '../elf/symbols.ts';
import { type Memory, memoryOf } from './memory.ts';
import { findReferences, writeReference } from './references.ts';
import { Refusal, type Workpiece } from './work.ts';

export function transplantSymbols(work: Workpiece): void {
  const guest = memoryOf(work.guest);
  for (const [name, kind] of Object.entries(work.rules.transplant)) {
    const { to, from } = symbolPair(work, name);
    const content = kind === 'text' ? textOf(guest, from) : numberOf(guest, from);
    overwrite(work, to, content.bytes);
    work.pairs.push({ donor: name, guest: content.summary, references: 0 });
  }
}

/** The same exported object of both builds. @throws Refusal where one does not export it. */
export function symbolPair(work: Workpiece, name: string): { to: DynamicSymbol; from: DynamicSymbol } {
  const to = definedSymbol(work.donor, name);
  const from = definedSymbol(work.guest, name);
  if (!to || !from) throw new Refusal(`both builds should export ${name}`);
  return { to, from };
}

/** Gives an exported object of the donor new content, which may be shorter than the old. */
export function overwrite(work: Workpiece, to: DynamicSymbol, bytes: Buffer): void {
  if (bytes.length > to.size) throw new Refusal(`the guest’s ${to.name} is larger than the donor’s`);
  const offset = offsetOf(work.donor.segments, to.value);
  if (offset === undefined) throw new Refusal(`the donor’s ${to.name} is not in the file`);
  work.bytes.fill(0, offset, offset + to.size);
  bytes.copy(work.bytes, offset);
  markDone(work, offset, to.size);
}

/**
 * Puts a table that is larger than the donor's into the new segment, and redirects all that refer to its start. Code that
 * walks it by pointer then sees the new one; a reference into its middle is not understood.
 */
export function moveAway(work: Workpiece, to: DynamicSymbol, bytes: Buffer): void {
  // A pointer in a position-independent file needs a relocation, and there is no room for more of these.
  if (work.donor.type !== 'exec') throw new Refusal(`the guest’s ${to.name} is larger than the donor’s`);
  const range = { start: to.value, end: to.value + to.size };
  const references = findReferences(work.donor, work.donorData, [range]);
  const address = work.segment.place(bytes);
  for (const reference of references) {
    // Only a multiple of a word is an entry's field; other hits are chance (references.ts).
    if ((reference.target - to.value) % 8 !== 0) continue;
    if (reference.target !== to.value) throw new Refusal(`code refers into the middle of ${to.name}`);
    writeReference(work.bytes, reference, address);
    work.done.add(reference.offset);
  }
  const old = offsetOf(work.donor.segments, to.value);
  // The old table's pointers to the donor's strings no longer count as uses.
  if (old !== undefined) markDone(work, old, to.size);
}

function markDone(work: Workpiece, offset: number, size: number): void {
  for (let at = 0; at < align(size, 8); at += 8) work.done.add(offset + at);
}

interface Content {
  readonly bytes: Buffer;
  readonly summary: string;
}

function textOf(guest: Memory, symbol: DynamicSymbol): Content {
  const text = guest.stringAt(symbol.value);
  if (text?.length !== symbol.size - 1) throw new Refusal(`the guest’s ${symbol.name} is no text of its size`);
  return { bytes: Buffer.from(`${text}\0`, 'latin1'), summary: text };
}

function numberOf(guest: Memory, symbol: DynamicSymbol): Content {
  const value = guest.wordAt(symbol.value);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return { bytes, summary: String(value) };
}

function definedSymbol(elf: Elf, name: string): DynamicSymbol | undefined {
  return dynamicSymbols(elf).find((symbol) => symbol.isDefined && symbol.name === name);
}
