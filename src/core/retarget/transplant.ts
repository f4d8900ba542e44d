/**
 * Exported data whose content differs between a cross build and a native one: cc1's table of include directories has other
 * entries in another order, so its strings cannot be paired one by one. The donor's symbol gets the guest's content, field by
 * field; a pointer field becomes a pointer to the guest's string.
 */
import { dynamicSymbols, type DynamicSymbol } from '../elf/symbols.ts';
import { type Elf, offsetOf } from '../elf/read.ts';
import { type Memory, memoryOf } from './memory.ts';
import { findReferences, writeReference } from './references.ts';
import { Refusal, type Workpiece } from './work.ts';

export function transplantSymbols(work: Workpiece): void {
  const names = work.rules.transplant;
  if (names.length === 0) return;
  const donorSymbols = definedSymbols(work.donor);
  const guestSymbols = definedSymbols(work.guest);
  const donor = memoryOf(work.donor);
  const guest = memoryOf(work.guest);
  if (donor.wordBytes !== 8 || guest.wordBytes !== 8) throw new Refusal('the guest’s words have another size');
  for (const name of names) {
    const to = donorSymbols.get(name);
    const from = guestSymbols.get(name);
    if (!to || !from) throw new Refusal(`both builds should export ${name}`);
    const fields = fieldsOf(work, guest, from);
    if (fields.bytes.length <= to.size) overwrite(work, donor, { name, to, fields });
    else moveAway(work, { name, to, fields });
    work.pairs.push({ donor: name, guest: fields.summary, references: fields.pointers });
  }
}

interface FieldBytes {
  readonly bytes: Buffer;
  readonly pointers: number;
  readonly summary: string;
}

/** The guest's content as the twin will hold it: text as it is, tables word by word with pointers to the new strings. */
function fieldsOf(work: Workpiece, guest: Memory, symbol: DynamicSymbol): FieldBytes {
  const text = guest.stringAt(symbol.value);
  if (text !== undefined && text.length > 0 && text.length === symbol.size - 1) {
    return { bytes: Buffer.from(`${text}\0`, 'latin1'), pointers: 0, summary: text };
  }
  const bytes = Buffer.alloc(symbol.size);
  let pointers = 0;
  for (let at = 0; at + 8 <= symbol.size; at += 8) {
    const word = guest.wordAt(symbol.value + at);
    const pointed = guest.stringAt(word);
    if (pointed !== undefined) pointers++;
    bytes.writeBigUInt64LE(BigInt(pointed === undefined ? word : work.segment.addressOf(pointed)), at);
  }
  return { bytes, pointers, summary: `${String(symbol.size)} bytes of the guest` };
}

interface Transplant {
  readonly name: string;
  readonly to: DynamicSymbol;
  readonly fields: FieldBytes;
}

function overwrite(work: Workpiece, donor: Memory, { name, to, fields }: Transplant): void {
  const content = Buffer.alloc(to.size);
  fields.bytes.copy(content);
  for (let at = 0; at < to.size; at += 8) {
    const slot = donor.slotOf(to.value + at);
    if (slot === undefined) throw new Refusal(`the donor’s ${name} is not in the file`);
    content.copy(work.bytes, slot, at, Math.min(at + 8, to.size));
    work.done.add(slot);
  }
}

/**
 * A table that is larger than the donor's lies in the new segment, and all that refer to its start are redirected. Code that
 * walks it by pointer then sees the guest's; a reference into its middle is not understood.
 */
function moveAway(work: Workpiece, { name, to, fields }: Transplant): void {
  // A pointer in a position-independent file needs a relocation, and there is no room for more of these.
  if (work.donor.type !== 'exec') throw new Refusal(`the guest’s ${name} is larger than the donor’s`);
  const range = { start: to.value, end: to.value + to.size };
  const references = findReferences(work.donor, work.donorData, [range]).filter(
    ({ target }) => (target - to.value) % 8 === 0,
  );
  const address = work.segment.place(fields.bytes);
  for (const reference of references) {
    if (reference.target !== to.value) throw new Refusal(`code refers into the middle of ${name}`);
    writeReference(work.bytes, reference, address);
    work.done.add(reference.offset);
  }
  // The old table's pointers are uses of the donor's strings that no longer count.
  for (let at = 0; at < to.size; at += 8) {
    const slot = offsetOf(work.donor.segments, to.value + at);
    if (slot !== undefined) work.done.add(slot);
  }
}

function definedSymbols(elf: Elf): Map<string, DynamicSymbol> {
  return new Map(dynamicSymbols(elf).flatMap((symbol) => (symbol.isDefined ? [[symbol.name, symbol] as const] : [])));
}
