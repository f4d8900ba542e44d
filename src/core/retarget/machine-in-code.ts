/**
 * librpm does not believe uname(2): code that exists in builds for x86-64 alone asks the CPU how much of the architecture it
 * has, and makes the machine's name of that, in the place where uname put it:
 *
 *   movabs $0x765f34365f363878, %rcx   "x86_64_v"
 *   mov    %rcx, machine(%rip)         and behind it the level, and a NUL
 *
 * The guest's own name takes the place of those eight bytes, with its NUL: what is written behind it is never read.
 *
 * An earlier librpm has no such code, and nothing is replaced: any other name of the host among its instructions is refused.
 *
 * Source: lib/rpmrc.cc, get_x86_64_level, since rpm 4.19.
 */
import type { Arch } from '../arch.ts';
import { sectionBytes } from '../elf/read.ts';
import { SHF, SHT } from '../elf/constants.ts';
import { Refusal, type Workpiece } from './work.ts';

const IMMEDIATE_BYTES = 8;

/** @throws Refusal for a text that is there and is no such immediate, and for a machine whose name does not fit. */
export function replaceMachineInCode(work: Workpiece, arch: Arch): void {
  const name = `${arch.machine}\0`;
  for (const text of work.rules['machine-in-code']) {
    const places = placesInCode(work, text);
    if (places.length === 0) continue;
    if (
      text.length !== IMMEDIATE_BYTES ||
      name.length > IMMEDIATE_BYTES ||
      !places.every((at) => isImmediate(work, at))
    )
      throw new Refusal(`its instructions hold ${JSON.stringify(text)}, and ${arch.machine} cannot take its place`);
    for (const at of places) work.bytes.write(name.padEnd(IMMEDIATE_BYTES, '\0'), at, 'latin1');
    work.pairs.push({ donor: text, guest: arch.machine, references: places.length });
  }
}

/** File offsets. */
function placesInCode(work: Workpiece, text: string): number[] {
  return work.donor.sections
    .filter(({ type, flags }) => type !== SHT.nobits && (flags & SHF.execute) !== 0)
    .flatMap((section) => {
      const code = sectionBytes(work.donor, section).toString('latin1');
      return [...code.matchAll(new RegExp(text, 'g'))].map(({ index }) => section.offset + index);
    });
}

/** `movabs $imm64, %r64`: REX.W, with or without REX.B, and b8+r. */
function isImmediate(work: Workpiece, at: number): boolean {
  const rex = work.bytes[at - 2];
  return (rex === 0x48 || rex === 0x49) && ((work.bytes[at - 1] ?? 0) & 0xf8) === 0xb8;
}
