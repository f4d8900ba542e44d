/**
 * A cross collect2 looks for `<triplet>-ld`, a native one for `ld` (and so gcc-ar for `ar`), and the name that it finds is
 * the one that ld puts before its messages. The code is concat (target_machine, "-", "ld", NULL):
 *
 *   mov $0x49f3f0, %edi    "aarch64-linux-gnu"
 *   mov $0x4a1952, %esi    "-", or "-gcc"
 *
 * Each such pair of references is redirected to the empty string and to the name without its dash.
 *
 * Source: gcc/collect2.cc and gcc/gcc-ar.cc, CROSS_DIRECTORY_STRUCTURE.
 */
import { offsetOf } from '../elf/read.ts';
import { memoryOf } from './memory.ts';
import { findReferences, type Reference, writeReference } from './references.ts';
import { stringsMatching } from './strings.ts';
import { Refusal, type Workpiece } from './work.ts';

/** The two instructions load arguments of one call. */
const NEAR_BYTES = 48;
const LONGEST_NAME = 8;

export function dropToolPrefix(work: Workpiece, triplet: string): void {
  if (work.donor.type !== 'exec') throw new Refusal('only fixed-address programs are known to build tool names so');
  const strings = stringsMatching(work.donorData, new RegExp(triplet, 'g')).filter(({ text }) => text === triplet);
  const ranges = strings.map(({ vaddr }) => ({ start: vaddr, end: vaddr + 1 }));
  const uses = findReferences(work.donor, work.donorData, ranges);
  const names = uses.flatMap((use) => {
    const name = dashedNear(work, use);
    // Without a dash it is a part of a directory, which the native build has as well (gcc-ar).
    return name === undefined ? [] : [{ use, name }];
  });
  if (names.length === 0) throw new Refusal('no tool name is built from the triplet');
  for (const { use, name } of names) {
    writeReference(work.bytes, use, work.segment.addressOf(''));
    writeReference(work.bytes, name.reference, work.segment.addressOf(name.text.slice(1)));
  }
  work.pairs.push({ donor: `${triplet}-`, guest: '', references: names.length });
}

/** The nearest `mov $imm32, %reg` whose string begins with a dash. */
function dashedNear(work: Workpiece, use: Reference): { reference: Reference; text: string } | undefined {
  const memory = memoryOf(work.donor);
  const original = work.donor.source;
  let best: { reference: Reference; text: string } | undefined;
  for (let distance = -NEAR_BYTES; distance <= NEAR_BYTES; distance++) {
    const offset = use.offset + distance;
    const opcode = original.read(offset - 1, 1)[0] ?? 0;
    if (distance === 0 || opcode < 0xb8 || opcode > 0xbf) continue;
    const target = original.read(offset, 4).readUInt32LE(0);
    const text = offsetOf(work.donor.segments, target) === undefined ? undefined : memory.stringAt(target);
    if (!text?.startsWith('-') || text.length > LONGEST_NAME) continue;
    const isNearer = best === undefined || Math.abs(distance) < Math.abs(best.reference.offset - use.offset);
    if (isNearer) best = { reference: { ...use, offset, target }, text };
  }
  return best;
}
