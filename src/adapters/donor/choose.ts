/** From what a donor has to the answer for one want. */
import { chooseVersion } from '../../core/versions.ts';
import type { DonorWant } from './contract.ts';

export type Choice<T> =
  | { readonly kind: 'chosen'; readonly candidate: T; readonly note?: string }
  | { readonly kind: 'missing'; readonly why: string };

export function choose<T extends { readonly version: string }>(
  want: DonorWant,
  candidates: readonly T[],
  donorWords: string,
): Choice<T> {
  if (candidates.length === 0) return { kind: 'missing', why: `${donorWords} has no package ${want.name}` };
  const versions = candidates.map((candidate) => candidate.version);
  const choice = chooseVersion(want.version, versions);
  const candidate = candidates.find(({ version }) => version === choice?.version);
  if (choice === undefined || candidate === undefined) {
    const has = [...new Set(versions)].join(', ');
    return { kind: 'missing', why: `${donorWords} has ${want.name} at ${has} only, the guest has ${want.version}` };
  }
  return { kind: 'chosen', candidate, ...(choice.note === undefined ? {} : { note: choice.note }) };
}

/** Used as file names and as arguments of apt; deb-control(5) allows no others. */
export function isPackageName(name: string): boolean {
  return /^[a-z0-9][a-z0-9+.-]+$/.test(name);
}
