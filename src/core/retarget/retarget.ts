/**
 * Retargeting: makes a host build of a program hold the strings of the guest build (docs/retargeting.md).
 *
 * Not the strings are patched but the references to them: strings that end alike share their tail, and the guest's are often
 * longer. Every host-revealing string must find its counterpart, and every use of it must be understood; else the
 * program is refused and stays emulated.
 */
import type { Arch } from '../arch.ts';
import { ElfError } from '../elf/fields.ts';
import { offsetOf, readElf } from '../elf/read.ts';
import { bufferSource } from '../elf/source.ts';
import { hostOfMachine, HOSTS } from '../host.ts';
import type { StringPair } from '../model.ts';
import { replaceCopied } from './copied.ts';
import { pairIncludes } from './includes.ts';
import { replaceInPlace } from './in-place.ts';
import { refuseNamesInCode } from './instructions.ts';
import { replaceLength } from './lengths.ts';
import { replaceMachineInCode } from './machine-in-code.ts';
import { directoriesPattern, HOST_REVEALING, revealingPattern } from './naming.ts';
import { replaceOwnTriple } from './own-triple.ts';
import { guestStrings, type GuestStrings, pairString } from './pair.ts';
import { newSegment } from './patch.ts';
import { findReferences, type Reference, writeReference } from './references.ts';
import { NO_RULES, type RetargetRules } from './rules.ts';
import { pairSpecs } from './specs.ts';
import { dataSections, type LoadedString, stringsMatching } from './strings.ts';
import { alignStructTable } from './struct-table.ts';
import { transplantSymbols } from './transplant.ts';
import { dropToolPrefix } from './unprefix.ts';
import { replaceVectors } from './vectors.ts';
import { headPattern, replaceWordsInCode } from './word-in-code.ts';
import { Refusal, type Workpiece } from './work.ts';

export type Retargeted =
  | { readonly kind: 'retargeted'; readonly bytes: Buffer; readonly pairs: readonly StringPair[] }
  /** Nothing in it tells the host: it is used as it is. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly why: string };

export interface RetargetRequest {
  readonly donor: Buffer;
  readonly guest: Buffer;
  readonly arch: Arch;
  readonly rules?: RetargetRules;
}

/** Pure. Never throws for bad input: a damaged file is refused. */
export function retarget(request: RetargetRequest): Retargeted {
  try {
    return retargetElf(request);
  } catch (error) {
    if (error instanceof Refusal || error instanceof ElfError) return { kind: 'refused', why: error.message };
    throw error;
  }
}

function retargetElf({ donor: donorBytes, guest: guestBytes, arch, rules = NO_RULES }: RetargetRequest): Retargeted {
  const donor = readElf(bufferSource(donorBytes));
  const host = hostOfMachine(donor.machine) ?? HOSTS.amd64;
  const guest = readElf(bufferSource(guestBytes));
  const donorData = dataSections(donor);
  const pattern = rules['every-machine'] ? directoriesPattern(host.arch) : revealingPattern(rules.reveal);
  if (!rules['every-machine']) refuseNamesInCode(donor, [...keptPatterns(rules), ...patternsInCode(rules)]);
  if (!changesMoreThanStrings(rules) && !donorData.some(({ text }) => text.search(pattern) >= 0))
    return { kind: 'unchanged' };
  const guestData = dataSections(guest);
  const work: Workpiece = {
    donor,
    guest,
    donorData,
    guestData,
    rules,
    bytes: Buffer.from(donorBytes),
    segment: newSegment(donor),
    pairs: [],
    done: new Set(),
  };
  replaceInPlace(work);
  replaceMachineInCode(work, arch);
  replaceWordsInCode(work);
  alignStructTable(work);
  transplantSymbols(work);
  replaceCopied(work);
  if (rules['every-machine']) replaceOwnTriple(work, arch, host.arch);
  if (rules.specs) pairSpecs(work);
  if (rules.includes) pairIncludes(work, arch);
  if (rules['drop-tool-prefix']) dropToolPrefix(work, arch.triplet);
  replaceStrings(work, guestStrings(guestData, arch, host.arch), pattern);
  if (work.pairs.length === 0) return { kind: 'unchanged' };
  const bytes = work.segment.isEmpty() ? work.bytes : work.segment.writeTo(work.bytes);
  return { kind: 'retargeted', bytes, pairs: work.pairs };
}

function keptPatterns(rules: RetargetRules): RegExp[] {
  return Object.keys(rules.keep).map((text) => new RegExp(text));
}

/** What is replaced in the instructions themselves. */
function patternsInCode(rules: RetargetRules): RegExp[] {
  return [
    ...rules['machine-in-code'].map((text) => new RegExp(text)),
    ...rules['word-in-code'].map(([word]) => headPattern(word)),
  ];
}

/** Rules by which a program differs although no string of it tells the host. */
function changesMoreThanStrings(rules: RetargetRules): boolean {
  const hasTexts = rules['in-place'].length > 0 || patternsInCode(rules).length > 0;
  const isOfKind = rules.specs || rules.includes || rules['every-machine'] || rules['struct-table'];
  return hasTexts || isOfKind || rules['drop-tool-prefix'];
}

function replaceStrings(work: Workpiece, guest: GuestStrings, pattern: RegExp): void {
  const keep = keptPatterns(work.rules);
  const wanted = stringsMatching(work.donorData, pattern).filter(
    ({ vaddr, text }) =>
      !isOverwritten(work, vaddr) && !guest.has(text) && !keep.some((harmless) => harmless.test(text)),
  );
  const ranges = wanted.map(({ vaddr, text }) => ({ start: vaddr, end: vaddr + text.length }));
  const references = findReferences(work.donor, work.donorData, ranges);
  for (const string of wanted) {
    const own = references.filter(({ target }) => target >= string.vaddr && target < string.vaddr + string.text.length);
    replaceString(work, { string, isTerminated: string.isTerminated, references: own, guest, pattern });
  }
}

/** A transplanted symbol's text is the guest's already, for all who refer to it. */
function isOverwritten(work: Workpiece, vaddr: number): boolean {
  const offset = offsetOf(work.donor.segments, vaddr);
  return offset !== undefined && work.done.has(offset);
}

interface Replacement {
  readonly string: LoadedString;
  readonly isTerminated: boolean;
  readonly references: readonly Reference[];
  readonly guest: GuestStrings;
  readonly pattern: RegExp;
}

function replaceString(work: Workpiece, { string, isTerminated, references, guest, pattern }: Replacement): void {
  const used = references.filter((reference) => isRealUse(reference, string));
  const open = used.filter(({ offset }) => !work.done.has(offset));
  if (open.length === 0) {
    if (used.length > 0) return;
    throw new Refusal(`nothing is known to refer to ${JSON.stringify(string.text)}`);
  }
  if (!isTerminated) {
    throw new Refusal(`${JSON.stringify(string.text.slice(0, 80))} has no end that code could rely on`);
  }
  const loads = open.filter(({ use }) => use === 'content');
  if (loads.length > 0) replaceVectors(work, { string, loads: loads.sort((a, b) => a.target - b.target), guest });
  const counts = new Map<string, { guest: string; references: number }>();
  for (const reference of open) {
    if (reference.use === 'content') continue;
    const tail = string.text.slice(reference.target - string.vaddr);
    if (tail.search(pattern) < 0 && guest.counterpartOfAbi(tail) === undefined) continue;
    const pairing = pairString(tail, guest, work.rules);
    if (pairing.kind === 'same') continue;
    if (pairing.kind === 'none') throw new Refusal(pairing.why);
    redirect(work, reference, { donor: tail, guest: pairing.guest });
    counts.set(tail, { guest: pairing.guest, references: (counts.get(tail)?.references ?? 0) + 1 });
  }
  for (const [donor, pair] of counts) work.pairs.push({ donor, ...pair });
}

/**
 * Chance hits are told from uses: in fixed-address code any four bytes may look like an address in a long string. A real
 * use begins at the string's start, or at a tail that begins with one of the names (`gcc-cross` in `/usr/lib/gcc-cross`);
 * a copy of the bytes begins at the start.
 */
function isRealUse(reference: Reference, string: LoadedString): boolean {
  const at = reference.target - string.vaddr;
  if (at === 0 || reference.form.startsWith('pointer')) return true;
  if (reference.use === 'content') return at % 16 === 0 && reference.form === 'relative32';
  if (reference.form === 'relative32') return reference.use === 'address';
  const name = new RegExp(`^(?:${HOST_REVEALING.source})`);
  return reference.use === 'address' && name.test(string.text.slice(at));
}

function redirect(work: Workpiece, reference: Reference, pair: { donor: string; guest: string }): void {
  if (reference.use === 'unknown') throw new Refusal(`a use of ${JSON.stringify(pair.donor)} is not understood`);
  if (work.rules.lengths) replaceLength(work, reference, pair);
  writeReference(work.bytes, reference, work.segment.addressOf(pair.guest));
}
