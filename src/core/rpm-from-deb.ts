/**
 * What a Debian package's control fields (deb-control(5)) become in rpm. Simplified where a build root does not need more:
 * relations lose their versions, which come from one suite and fit each other, and an alternative becomes the first
 * package of it that is there.
 */
import type { Stanza } from './deb822.ts';

export interface RpmVersion {
  readonly epoch?: string;
  readonly version: string;
  readonly release: string;
}

/** `1:2.38-3+b1` is epoch 1, version 2.38 and release 3+b1. rpm allows no hyphen in either part. */
export function rpmVersion(debian: string): RpmVersion {
  const [, epoch, rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(debian) ?? [];
  const hyphen = rest.lastIndexOf('-');
  const [version, release] = hyphen < 0 ? [rest, '0'] : [rest.slice(0, hyphen), rest.slice(hyphen + 1)];
  return { ...(epoch === undefined ? {} : { epoch }), version: version.replaceAll('-', '_'), release };
}

/** Answers what a relation field means among a set of packages. */
export interface PackageSet {
  readonly byName: ReadonlyMap<string, Stanza>;
  /** Virtual package -> the first package that provides it. */
  readonly providers: ReadonlyMap<string, string>;
}

export function packageSet(stanzas: readonly Stanza[]): PackageSet {
  const byName = new Map<string, Stanza>();
  const providers = new Map<string, string>();
  for (const stanza of stanzas) {
    const name = stanza.get('package') ?? '';
    byName.set(name, stanza);
    for (const provided of providesOf(stanza)) if (!providers.has(provided)) providers.set(provided, name);
  }
  return { byName, providers };
}

/** The virtual packages that it stands for, without versions. */
export function providesOf(stanza: Stanza): string[] {
  return clauses(stanza.get('provides')).flat();
}

/** The packages of the set that it needs; what the set has not, it can do without. */
export function requiresOf(stanza: Stanza, set: PackageSet): string[] {
  const needed = ['pre-depends', 'depends'].flatMap((field) => clauses(stanza.get(field)));
  const found = needed.flatMap((alternatives) => {
    const chosen = alternatives.map((name) => (set.byName.has(name) ? name : set.providers.get(name)));
    return chosen.find((name) => name !== undefined) ?? [];
  });
  return [...new Set(found)].filter((name) => name !== stanza.get('package')).sort();
}

/**
 * These packages and all that they need, sorted.
 *
 * @returns also what of `wanted` the set has not.
 */
export function closureOf(wanted: readonly string[], set: PackageSet): { names: string[]; missing: string[] } {
  const names = new Set<string>();
  const queue = wanted.filter((name) => set.byName.has(name));
  for (const name of queue) {
    const stanza = set.byName.get(name);
    if (names.has(name) || stanza === undefined) continue;
    names.add(name);
    queue.push(...requiresOf(stanza, set));
  }
  return { names: [...names].sort(), missing: wanted.filter((name) => !set.byName.has(name)) };
}

/** `a (>= 1) | b:any, c` as [[a, b], [c]]. */
function clauses(field: string | undefined): string[][] {
  if (field === undefined) return [];
  return field.split(',').map((clause) => clause.split('|').flatMap((one) => /[a-z0-9][a-z0-9+.-]*/.exec(one) ?? []));
}
