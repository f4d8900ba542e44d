/**
 * Debian versions: their order (deb-version(7)), and which donor build stands in for which guest build.
 */

export interface DebianVersion {
  readonly epoch: number;
  readonly upstream: string;
  /** Empty for a native package. */
  readonly revision: string;
}

/** Splits `[epoch:]upstream[-revision]`. */
export function parseVersion(version: string): DebianVersion {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

/** Negative, zero or positive, as `dpkg --compare-versions` orders the two. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parseVersion(left), parseVersion(right)];
  return a.epoch - b.epoch || comparePart(a.upstream, b.upstream) || comparePart(a.revision, b.revision);
}

/** deb-version(7), "Sorting algorithm": a run of non-digits, then a number, and so on to the end of both. */
function comparePart(left: string, right: string): number {
  let a = left;
  let b = right;
  while (a !== '' || b !== '') {
    const wordA = /^\D*/.exec(a)?.[0] ?? '';
    const wordB = /^\D*/.exec(b)?.[0] ?? '';
    const words = compareWords(wordA, wordB);
    if (words !== 0) return words;
    const numberA = /^\d*/.exec(a.slice(wordA.length))?.[0] ?? '';
    const numberB = /^\d*/.exec(b.slice(wordB.length))?.[0] ?? '';
    // A date with a checksum (20240229215012) does not fit a double's 53 bits.
    const numbers = BigInt(numberA || '0') - BigInt(numberB || '0');
    if (numbers !== 0n) return numbers < 0n ? -1 : 1;
    a = a.slice(wordA.length + numberA.length);
    b = b.slice(wordB.length + numberB.length);
  }
  return 0;
}

function compareWords(left: string, right: string): number {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = weight(left[at]) - weight(right[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `~` sorts before the end, the end before letters, letters before everything else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.charCodeAt(0);
  return /[a-zA-Z]/.test(character) ? code : code + 256;
}

/**
 * Whether two binary packages were built from one source version. What a rebuild appends does not change the source:
 * `+b5` (a binary-only upload, per architecture), and `cross1` (Debian's cross compilers, built from the native source).
 */
export function sameSource(left: string, right: string): boolean {
  return sourceVersion(left) === sourceVersion(right);
}

function sourceVersion(version: string): string {
  const stripped = version.replace(/\+b\d+$/, '').replace(/cross\d+$/, '');
  return stripped.startsWith('0:') ? stripped.slice(2) : stripped;
}

/** Whether two versions are of one upstream release, whatever Debian changed in it. */
export function sameUpstream(left: string, right: string): boolean {
  const [a, b] = [parseVersion(sourceVersion(left)), parseVersion(sourceVersion(right))];
  return a.epoch === b.epoch && a.upstream === b.upstream;
}

export interface VersionChoice {
  readonly version: string;
  /** For a person, where the two were not built from one source version. */
  readonly note?: string;
}

/**
 * The best donor version for a guest version: the same, else one of the same source version, else one of the same
 * upstream version; the newest where there are several. Undefined: the donor has another upstream version only.
 */
export function chooseVersion(guest: string, available: readonly string[]): VersionChoice | undefined {
  if (available.includes(guest)) return { version: guest };
  const newestFirst = [...available].sort((a, b) => compareVersions(b, a));
  const rebuilt = newestFirst.find((version) => sameSource(guest, version));
  if (rebuilt !== undefined) return { version: rebuilt };
  const related = newestFirst.find((version) => sameUpstream(guest, version));
  if (related === undefined) return undefined;
  return {
    version: related,
    note: `the guest has ${guest}, the twin comes from ${related}: one upstream version, another Debian revision`,
  };
}
