/**
 * Strings that code copies into an array with vector loads: `char dir[60] = "/usr/local/lib/x86_64-linux-gnu/perl";`
 * becomes three loads of 16 bytes from a constant that holds the text, its NUL and zeros up to the last load's end. As long
 * as the guest's text and its NUL fit into those loads, the constant may hold them instead.
 */
import { align } from '../elf/fields.ts';
import { offsetOf } from '../elf/read.ts';
import { type GuestStrings, pairString } from './pair.ts';
import type { Reference } from './references.ts';
import type { LoadedString } from './strings.ts';
import { Refusal, type Workpiece } from './work.ts';

const VECTOR_BYTES = 16;

export interface CopiedText {
  readonly string: LoadedString;
  /** All loads of the string's bytes, in the order of their addresses. */
  readonly loads: readonly Reference[];
  readonly guest: GuestStrings;
}

/** Gives the constant the guest's text. @throws Refusal where it does not fit, or the loads are not understood. */
export function replaceVectors(work: Workpiece, copied: CopiedText): void {
  const found = startOfText(work, copied);
  if (!found) return;
  const { vaddr, text, counterpart } = found;
  const offset = offsetOf(work.donor.segments, vaddr);
  if (offset === undefined) throw new Refusal(`${JSON.stringify(text)} is not in the file`);
  // As many bytes may stand where the old ones stood, however they are loaded.
  if (counterpart.length !== text.length) checkRoom(work, { vaddr, offset, text, counterpart, loads: copied.loads });
  work.bytes.fill(0, offset, offset + text.length);
  work.bytes.write(counterpart, offset, 'latin1');
  const own = copied.loads.filter(({ target }) => target >= vaddr);
  for (const load of own) work.done.add(load.offset);
  work.pairs.push({ donor: text, guest: counterpart, references: own.length });
}

interface Start {
  readonly vaddr: number;
  readonly text: string;
  readonly counterpart: string;
}

/** Other constants may end where the text begins, without a NUL between: the text is what has a counterpart. */
function startOfText(work: Workpiece, { string, loads, guest }: CopiedText): Start | undefined {
  let why = '';
  for (const { target } of loads) {
    const text = string.text.slice(target - string.vaddr);
    const pairing = pairString(text, guest, work.rules);
    if (pairing.kind === 'same') return undefined;
    if (pairing.kind === 'pair') return { vaddr: target, text, counterpart: pairing.guest };
    why ||= pairing.why;
  }
  throw new Refusal(why);
}

function checkRoom(work: Workpiece, place: Start & { offset: number; loads: readonly Reference[] }): void {
  const room = align(place.text.length + 1, VECTOR_BYTES);
  const what = JSON.stringify(place.text);
  if (place.counterpart.length + 1 > room)
    throw new Refusal(`code copies ${what}, and the guest’s text is too long for it`);
  const targets = new Set(place.loads.map(({ target }) => target));
  for (let at = 0; at < room; at += VECTOR_BYTES) {
    if (!targets.has(place.vaddr + at)) throw new Refusal(`the copy of ${what} is not understood`);
  }
  const rest = work.donor.source.read(place.offset + place.text.length, room - place.text.length);
  if (rest.some((byte) => byte !== 0)) throw new Refusal(`the copy of ${what} does not end with zeros`);
}
