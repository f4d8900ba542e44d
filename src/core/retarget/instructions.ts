/**
 * Names of the host inside instructions. A compiler that does not optimise, or a comparison with a short constant, puts a
 * string's bytes into immediates (`movabs $0x6e696c2d34365f36, %rdx`): there is no string to find, and nothing to redirect.
 * Such a program is refused. Assembler code keeps true strings beside its instructions (OpenSSL's credits); those are
 * subject to the pack's `keep` like any other.
 */
import { SHF, SHT } from '../elf/constants.ts';
import { type Elf, sectionBytes } from '../elf/read.ts';
import { Refusal } from './work.ts';

/** Four bytes at least: what one immediate holds of `x86_64`, `x86-64` and `amd64`. */
const FRAGMENT = /x86[_-]|86[_-]6|amd6|md64/g;
const TEXT = /[\t -~]/;

/** @throws Refusal unless each such name is in a text that `keep` allows. */
export function refuseNamesInCode(donor: Elf, keep: readonly RegExp[]): void {
  for (const section of donor.sections) {
    if (section.type === SHT.nobits || (section.flags & SHF.execute) === 0) continue;
    const code = sectionBytes(donor, section).toString('latin1');
    for (const match of code.matchAll(FRAGMENT)) {
      const text = textAround(code, match.index);
      if (!keep.some((harmless) => harmless.test(text))) {
        throw new Refusal(`its instructions hold ${JSON.stringify(text)}, which names the host`);
      }
    }
  }
}

function textAround(code: string, at: number): string {
  let start = at;
  let end = at;
  while (start > 0 && TEXT.test(code[start - 1] ?? '')) start--;
  while (end < code.length && TEXT.test(code[end] ?? '')) end++;
  return code.slice(start, end);
}
