/** Compares what two runs of a command have left behind in their copies of a build root. */
import { opaqueDirectories, seenFile, type Layer, type SeenFile } from './layers.ts';

/** One run's copy of the root. */
export interface Copy {
  readonly upper: Layer;
  /** Of the regular files of the upper directory, by path. */
  readonly hashes: ReadonlyMap<string, string>;
  /** When the command began, in seconds of the epoch. */
  readonly startS: number;
}

/** In what a file can differ; `presence`: one run has it, the other has not. */
export type Facet =
  'presence' | 'kind' | 'content' | 'mode' | 'owner' | 'target' | 'attributes' | 'time' | 'hard links';

export interface FileDifference {
  /** Absolute, as the command saw it. */
  readonly path: string;
  readonly facet: Facet;
  /** In words: `mode 644`. Empty for content, which the caller shows. */
  readonly left: string;
  readonly right: string;
}

/** The root below both copies, as far as either of them has touched it. */
export interface Below {
  readonly layer: Layer;
  readonly hashes: ReadonlyMap<string, string>;
}

/** The kernel stamps files with a clock that is behind by up to a tick. */
const CLOCK_LAG_S = 0.05;

/** Paths of the root that must be listed to compare these copies. */
export function touchedPaths(copies: readonly Copy[]): { readonly paths: string[]; readonly trees: string[] } {
  const paths = new Set(copies.flatMap(({ upper }) => [...upper.files.keys()]));
  return {
    paths: [...paths].sort(),
    trees: [...new Set(copies.flatMap(({ upper }) => opaqueDirectories(upper)))].sort(),
  };
}

/** Regular files of the root that one copy has changed and the other not, so that their content is asked for. */
export function rootFilesToHash(left: Copy, right: Copy, below: Layer): string[] {
  return pathsOf(left, right, below).filter((path) => {
    const [a, b] = [seenFile(path, left.upper, below), seenFile(path, right.upper, below)];
    return (
      a?.file.kind === 'file' && b?.file.kind === 'file' && a.from !== b.from && a.file.sizeBytes === b.file.sizeBytes
    );
  });
}

/** What differs, sorted by path. A file that is missing on one side is named once, and not what is in it. */
export function compareCopies(left: Copy, right: Copy, below: Below): FileDifference[] {
  const missing: string[] = [];
  const found: FileDifference[] = [];
  const views = [left, right].map((copy) => ({ copy, below, groups: linkGroups(copy) })) as [View, View];
  for (const path of pathsOf(left, right, below.layer)) {
    if (missing.some((dir) => path.startsWith(`${dir}/`))) continue;
    const [a, b] = [seenFile(path, left.upper, below.layer), seenFile(path, right.upper, below.layer)];
    if (a !== undefined && b !== undefined) {
      const different = a.from === 'root' && b.from === 'root' ? [] : facetsThatDiffer([a, b], views);
      found.push(...different.map((facet) => ({ path: `/${path}`, ...facet })));
    } else if (a !== b) {
      missing.push(path);
      found.push({ path: `/${path}`, facet: 'presence', left: presence(a), right: presence(b) });
    }
  }
  return found;
}

/** What is needed to put one side's file into words. */
interface View {
  readonly copy: Copy;
  readonly below: Below;
  readonly groups: ReadonlyMap<string, string>;
}

const FACETS: readonly (readonly [Facet, (seen: SeenFile, view: View) => string])[] = [
  ['content', contentOf],
  ['target', ({ file }) => file.target],
  ['mode', ({ file }) => `mode ${file.mode}`],
  ['owner', ({ file }) => `owner ${String(file.uid)}:${String(file.gid)}`],
  ['attributes', ({ attributes }) => attributes.join(' ')],
  ['time', (seen, { copy }) => timeOf(seen, copy)],
  ['hard links', ({ file }, { groups }) => groups.get(file.path) ?? ''],
];

function facetsThatDiffer(
  [a, b]: readonly [SeenFile, SeenFile],
  [left, right]: readonly [View, View],
): Omit<FileDifference, 'path'>[] {
  if (a.file.kind !== b.file.kind) return [{ facet: 'kind', left: a.file.kind, right: b.file.kind }];
  return FACETS.flatMap(([facet, wordsOf]) => {
    // Copying a file up to the overlay gives it an inode of its own.
    if (facet === 'hard links' && a.from !== b.from) return [];
    const words = { left: wordsOf(a, left), right: wordsOf(b, right) };
    return words.left === words.right ? [] : [{ facet, ...words }];
  });
}

function contentOf({ file, from }: SeenFile, { copy, below }: View): string {
  if (file.kind !== 'file') return '';
  return (from === 'root' ? below : copy).hashes.get(file.path) ?? `${String(file.sizeBytes)} bytes`;
}

function pathsOf(left: Copy, right: Copy, below: Layer): string[] {
  return [...new Set([...left.upper.files.keys(), ...right.upper.files.keys(), ...below.files.keys()])]
    .filter((path) => path !== '')
    .sort();
}

function presence(seen: SeenFile | undefined): string {
  return seen === undefined ? 'is not there' : `is a ${seen.file.kind}`;
}

/** A time that the command set is compared; that of the moment is `now` on both sides. */
function timeOf({ file }: SeenFile, { startS }: Copy): string {
  return file.mtimeS >= startS - CLOCK_LAG_S ? 'changed now' : `changed ${new Date(file.mtimeS * 1000).toISOString()}`;
}

/** For each file with several names the first of them. */
function linkGroups({ upper }: Copy): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const groups = new Map<string, string>();
  for (const [path, file] of [...upper.files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (file.kind !== 'file' || file.linkCount < 2) continue;
    const name = first.get(file.inode) ?? path;
    first.set(file.inode, name);
    groups.set(path, `the same file as /${name}`);
  }
  return groups;
}
