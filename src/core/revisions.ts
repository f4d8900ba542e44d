/**
 * Twins that come from another revision of the same upstream version: Debian 12's gcc is 12.2.0-14+deb12u1, and its cross
 * compilers were built from 12.2.0-14. Both tell their revision (`gcc --version`, `.ident` in what they compile), which
 * is reported with that reason; whatever else differs is a difference like any other.
 */
import type { TwinRecord } from './model.ts';

export interface OtherRevision {
  /** The manifest's words for it. */
  readonly note: string;
  /** How many twins have it. */
  readonly twins: number;
  /** What the guest's program says of itself, and what its twin does. */
  readonly guest: string;
  readonly donor: string;
}

/** Put where a revision was told: equal on both sides. */
const TOLD = '<revision>';
/** What Debian adds to the version of a cross build of a package, and what to one that was only built anew. */
const REBUILT = /(?:cross\d+|\+b\d+)$/;

/** One for each note, in the order of the twins. */
export function otherRevisions(twins: readonly TwinRecord[]): OtherRevision[] {
  const found = new Map<string, OtherRevision>();
  for (const { note, guestVersion, donorVersion } of twins) {
    if (note === undefined) continue;
    const known = found.get(note);
    const guest = guestVersion.slice(guestVersion.indexOf('=') + 1);
    const versions = { guest: guest.replace(REBUILT, ''), donor: donorVersion.replace(REBUILT, '') };
    found.set(note, known ? { ...known, twins: known.twins + 1 } : { note, twins: 1, ...versions });
  }
  return [...found.values()];
}

/**
 * One side's output, with one word wherever it tells its revision. A twin may tell the guest's as well: it has the guest's
 * line of `gcc -v` on how it was configured.
 */
export function withoutRevisions(revisions: readonly OtherRevision[], side: 'guest' | 'donor', text: string): string {
  const told = revisions.flatMap(({ guest, donor }) => (side === 'guest' ? [guest] : [guest, donor]));
  // One may be the beginning of the other.
  return told.sort((a, b) => b.length - a.length).reduce((rest, version) => rest.replaceAll(version, TOLD), text);
}

/** The notes of the revisions that both outputs tell. */
export function revisionReasons(revisions: readonly OtherRevision[], guest: string, donor: string): string[] {
  return revisions.filter((one) => guest.includes(one.guest) && donor.includes(one.donor)).map(({ note }) => note);
}
