/**
 * Finds, for a host-revealing string of the donor, the string that the guest build of the same program holds in its place.
 */
import type { Arch } from '../arch.ts';
import { abiOf, type Grain, guestPattern, normalise } from './naming.ts';
import type { RetargetRules } from './rules.ts';
import { type DataSection, stringsMatching } from './strings.ts';

export type Pairing =
  | { readonly kind: 'pair'; readonly guest: string }
  /** The guest holds the very same string: nothing to do. */
  | { readonly kind: 'same' }
  | { readonly kind: 'none'; readonly why: string };

export interface GuestStrings {
  readonly has: (text: string) => boolean;
  readonly withPrefix: (prefix: string) => readonly string[];
  /**
   * The guest's word for the donor's operating system where the two differ (`linux-gnu`, `linux-gnueabihf`): bash's OSTYPE.
   * The guest holds the donor's as well where it is the tail of another machine's triplet; where that is a string of its own,
   * it is meant as it stands.
   */
  readonly counterpartOfAbi: (text: string) => string | undefined;
  /** A string of the donor, normalised. */
  readonly donorForm: (text: string, grain: Grain) => string;
  /** Guest strings by their normalised form. */
  readonly forms: Readonly<Record<Grain, ReadonlyMap<string, ReadonlySet<string>>>>;
}

/**
 * The guest binary's strings, made ready for look-ups. A tail of a longer string counts as a string (tail merging).
 *
 * @param host what the donor's strings name.
 */
export function guestStrings(sections: readonly DataSection[], arch: Arch, host: Arch): GuestStrings {
  const holds = (text: string): boolean => sections.some((section) => section.text.includes(`${text}\0`));
  const named = stringsMatching(sections, guestPattern(arch)).map(({ text }) => text);
  return {
    has: holds,
    withPrefix: (prefix) => sections.flatMap((section) => stringsFrom(section.text, prefix)),
    counterpartOfAbi: (text) => {
      const abi = abiOf(arch);
      const isOther = text === abiOf(host) && text !== abi && holds(abi);
      return isOther && !sections.some((section) => `\0${section.text}`.includes(`\0${text}\0`)) ? abi : undefined;
    },
    donorForm: (text, grain) => normalise(text, host, grain),
    forms: { fine: byForm(named, arch, 'fine'), coarse: byForm(named, arch, 'coarse') },
  };
}

function byForm(texts: readonly string[], arch: Arch, grain: Grain): Map<string, Set<string>> {
  const forms = new Map<string, Set<string>>();
  for (const text of texts) {
    const form = normalise(text, arch, grain);
    forms.set(form, (forms.get(form) ?? new Set()).add(text));
  }
  return forms;
}

function stringsFrom(text: string, prefix: string): string[] {
  const found: string[] = [];
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
    const end = text.indexOf('\0', at);
    if (end >= 0) found.push(text.slice(at, end));
  }
  return found;
}

/** `donor` may be a string or the tail of one that code refers to. */
export function pairString(donor: string, guest: GuestStrings, rules: RetargetRules): Pairing {
  const abi = guest.counterpartOfAbi(donor);
  if (abi !== undefined) return { kind: 'pair', guest: abi };
  if (guest.has(donor)) return { kind: 'same' };
  for (const prefix of rules['pair-prefix']) {
    if (donor.startsWith(prefix)) return onlyOne(new Set(guest.withPrefix(prefix)), donor);
  }
  const rewritten = rules.rewrite.reduce((text, [from, to]) => text.replaceAll(from, to), donor);
  if (rewritten !== donor && guest.has(rewritten)) return { kind: 'pair', guest: rewritten };
  for (const grain of ['fine', 'coarse'] as const) {
    const form = guest.donorForm(rewritten, grain);
    const candidates = guest.forms[grain].get(form) ?? tailsWithForm(guest.forms[grain], form);
    if (candidates.size > 0) return onlyOne(candidates, donor);
  }
  return onlyOne(new Set(), donor);
}

/** A string of the donor may be merged as a tail in the guest only, and so not stand at the start of a string there. */
function tailsWithForm(forms: ReadonlyMap<string, ReadonlySet<string>>, form: string): Set<string> {
  const found = new Set<string>();
  for (const [guestForm, texts] of forms) {
    if (!guestForm.endsWith(form)) continue;
    const extra = guestForm.length - form.length;
    // The part before the tail must hold no name, or its length in the string is not its length in the form.
    if (guestForm.slice(0, extra).includes('\u0001')) continue;
    for (const text of texts) found.add(text.slice(extra));
  }
  return found;
}

function onlyOne(candidates: ReadonlySet<string>, donor: string): Pairing {
  const [first, ...others] = candidates;
  if (first === undefined) return { kind: 'none', why: `the guest has no counterpart of ${JSON.stringify(donor)}` };
  if (others.length > 0) {
    return { kind: 'none', why: `the guest has ${String(candidates.size)} counterparts of ${JSON.stringify(donor)}` };
  }
  return { kind: 'pair', guest: first };
}
