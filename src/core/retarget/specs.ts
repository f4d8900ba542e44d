/**
 * The gcc driver's named specs. A cross build and a native one differ in some of their texts (`cross_compile` is "1" or
 * "0"), and the driver keeps all of them in one table by name:
 *
 *   struct spec_list {
 *     const char *name; const char *text; const char **variable; struct spec_list *next;
 *     int name_len; bool user_p, alloc_p; const char *default_ptr;
 *   };
 *
 * Each variable of the donor gets the text that the guest's variable of that name has. The sysroot is no spec: it is the
 * variable beside `cross_compile`, "/" in Debian's cross builds and null in native ones.
 *
 * Source: gcc/gcc.cc, INIT_STATIC_SPEC and TARGET_SYSTEM_ROOT.
 */
import { PF, PT } from '../elf/constants.ts';
import type { Elf } from '../elf/read.ts';
import { type Memory, memoryOf } from './memory.ts';
import { Refusal, type Workpiece } from './work.ts';

const ANCHOR = 'cross_compile';
/** Of an entry: its pointers, and the number and the flags between the fourth and the fifth. */
const ENTRY_POINTERS = 5;
const ENTRY_OTHER_BYTES = 8;
/** How far from `cross_compile` the sysroot may lie. */
const NEIGHBOURS = 8;

/** Spec name -> address of the variable that holds its text. */
type SpecTable = ReadonlyMap<string, number>;

export function pairSpecs(work: Workpiece): void {
  const donor = memoryOf(work.donor);
  const guest = memoryOf(work.guest);
  const donorSpecs = specTable(work.donor, donor);
  const guestSpecs = specTable(work.guest, guest);
  if (donorSpecs.size === 0 || guestSpecs.size !== donorSpecs.size) throw new Refusal('the tables of specs differ');
  for (const [name, variable] of donorSpecs) {
    const guestVariable = guestSpecs.get(name);
    if (guestVariable === undefined) throw new Refusal(`the guest has no spec '${name}'`);
    const ours = donor.stringAt(donor.wordAt(variable));
    const theirs = guest.stringAt(guest.wordAt(guestVariable));
    if (ours === theirs) continue;
    setPointer(work, donor, { variable, text: theirs });
    work.pairs.push({ donor: `spec ${name}: ${ours ?? 'none'}`, guest: theirs ?? 'none', references: 1 });
  }
  pairSysroot(work, { donor, guest, donorAt: anchor(donorSpecs), guestAt: anchor(guestSpecs) });
}

function anchor(specs: SpecTable): number {
  const at = specs.get(ANCHOR);
  if (at === undefined) throw new Refusal(`there is no spec '${ANCHOR}'`);
  return at;
}

/** Walks the table both ways from the entry named `cross_compile`. */
function specTable(elf: Elf, memory: Memory): SpecTable {
  const specs = new Map<string, number>();
  const start = anchorEntry(elf, memory);
  if (start === undefined) return specs;
  const step = entryBytes(memory);
  const read = (entry: number): boolean => {
    const name = memory.stringAt(memory.wordAt(entry));
    const variable = memory.wordAt(entry + 2 * memory.wordBytes);
    if (name === undefined || !/^[a-z0-9_]+$/.test(name) || !isWritable(elf, variable)) return false;
    specs.set(name, variable);
    return true;
  };
  for (let entry = start; read(entry); entry += step);
  for (let entry = start - step; read(entry); entry -= step);
  return specs;
}

function entryBytes(memory: Memory): number {
  return ENTRY_POINTERS * memory.wordBytes + ENTRY_OTHER_BYTES;
}

function isWritable(elf: Elf, vaddr: number): boolean {
  return elf.segments.some(
    ({ type, flags, vaddr: start, memorySize }) =>
      type === PT.load && (flags & PF.write) !== 0 && vaddr >= start && vaddr < start + memorySize,
  );
}

function anchorEntry(elf: Elf, memory: Memory): number | undefined {
  for (const segment of elf.segments) {
    if (segment.type !== PT.load || (segment.flags & PF.write) === 0) continue;
    const end = segment.vaddr + segment.fileSize - entryBytes(memory);
    for (let at = segment.vaddr + (-segment.vaddr % memory.wordBytes); at <= end; at += memory.wordBytes) {
      if (memory.stringAt(memory.wordAt(at)) === ANCHOR) return at;
    }
  }
  return undefined;
}

interface Sysroot {
  readonly donor: Memory;
  readonly guest: Memory;
  readonly donorAt: number;
  readonly guestAt: number;
}

function pairSysroot(work: Workpiece, { donor, guest, donorAt, guestAt }: Sysroot): void {
  const variable = rootPointer(donor, donorAt);
  if (variable === undefined || rootPointer(guest, guestAt) !== undefined) return;
  setPointer(work, donor, { variable, text: undefined });
  work.pairs.push({ donor: 'sysroot: /', guest: 'none', references: 1 });
}

function rootPointer(memory: Memory, near: number): number | undefined {
  for (let step = -NEIGHBOURS; step <= NEIGHBOURS; step++) {
    const at = near + step * memory.wordBytes;
    if (memory.stringAt(memory.wordAt(at)) === '/') return at;
  }
  return undefined;
}

function setPointer(work: Workpiece, donor: Memory, change: { variable: number; text: string | undefined }): void {
  const slot = donor.slotOf(change.variable);
  if (slot === undefined) throw new Refusal('a spec’s variable is not in the file');
  const address = change.text === undefined ? 0 : work.segment.addressOf(change.text);
  work.bytes.writeBigUInt64LE(BigInt(address), slot);
  work.done.add(slot);
}
