/**
 * A word of five letters that code writes into a std::string. It is short enough for the string's own buffer, so that no
 * copy of it stands among the data:
 *
 *   movl $0x36646d61, 0x70(%rsp)      "amd6"
 *   movb $0x34, 0x74(%rsp)            "4", in the four bytes' wake
 *
 * libapt-pkg of Debian 12 sets its APT::Architecture so. The guest's word takes the place of both immediates where it has
 * as many letters (`arm64`, `armhf`, `armel`, `s390x`): the string's length, which is a third instruction, is right then.
 */
import { SHF, SHT } from '../elf/constants.ts';
import { sectionBytes } from '../elf/read.ts';
import { Refusal, type Workpiece } from './work.ts';

const HEAD_LETTERS = 4;
/** How far behind the first store the second may be. */
const NEAR_BYTES = 32;
/** `movl $imm32, disp8(%reg)` and `movb $imm8, disp8(%reg)`. */
const OPCODE = { head: '\xc7', rest: '\xc6' } as const;
/** ModRM with an 8-bit displacement, and SIB where the base is %rsp; then the displacement. */
const PLACE = '(?:\\x44[\\s\\S]|[\\x40-\\x43\\x45-\\x47])[\\s\\S]';

/** What a rule's word looks like between other instructions. */
export function headPattern(word: string): RegExp {
  return new RegExp(word.slice(0, HEAD_LETTERS));
}

/** @throws Refusal for a head of the word that is not written in that way, and for a guest's word of another length. */
export function replaceWordsInCode(work: Workpiece): void {
  for (const [word, guest] of work.rules['word-in-code']) {
    const heads = work.donor.sections
      .filter(({ type, flags }) => type !== SHT.nobits && (flags & SHF.execute) !== 0)
      .flatMap((section) => {
        const code = sectionBytes(work.donor, section).toString('latin1');
        return [...code.matchAll(new RegExp(headPattern(word), 'g'))].map(({ index }) => ({ section, code, index }));
      });
    if (heads.length > 0 && guest.length !== word.length)
      throw new Refusal(`its instructions hold ${JSON.stringify(word)}, and ${guest} cannot take its place`);
    for (const { section, code, index } of heads) {
      const rest = restOf(code, index, word);
      if (rest === undefined) throw new Refusal(`the ${JSON.stringify(word)} in its instructions is not understood`);
      work.bytes.write(guest.slice(0, HEAD_LETTERS), section.offset + index, 'latin1');
      work.bytes.write(guest.slice(HEAD_LETTERS), section.offset + rest, 'latin1');
    }
    if (heads.length > 0) work.pairs.push({ donor: word, guest, references: heads.length });
  }
}

/** Where in the code the word's last letter stands; `head` is where its first ones do. */
function restOf(code: string, head: number, word: string): number | undefined {
  const [, place] = new RegExp(`${OPCODE.head}(${PLACE})$`).exec(code.slice(Math.max(0, head - 4), head)) ?? [];
  if (place === undefined) return undefined;
  const behind = String.fromCharCode(place.charCodeAt(place.length - 1) + HEAD_LETTERS);
  const store = `${OPCODE.rest}${place.slice(0, -1)}${behind}${word.slice(HEAD_LETTERS)}`;
  const from = head + HEAD_LETTERS;
  const at = code.slice(from, from + NEAR_BYTES).indexOf(store);
  return at < 0 ? undefined : from + at + store.length - 1;
}
