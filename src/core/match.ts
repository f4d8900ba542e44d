/**
 * Which guest binaries get a twin, and where the donor keeps the program to make it from. Pure: the answers of the donor
 * come later, so every place where the program may lie is a candidate, best first.
 */
import { HOST_ARCH, type Arch } from './arch.ts';
import { HOSTS, type HostName } from './host.ts';
import { anyGlob, globMatcher } from './glob.ts';
import { type ArgumentSet, INDEX } from './index-layout.ts';
import type { EmulatedReason, GuestBinary } from './model.ts';
import { ARGUMENT_SET_NAMES, DIFFERENCES, type Difference, type Pack } from './packs.ts';
import { NO_RULES, type RetargetRules } from './retarget/rules.ts';

export interface DonorCandidate {
  readonly package: string;
  /** The guest's version: the donor answers with the nearest it has. */
  readonly version: string;
  /** Paths inside the package, best first. */
  readonly paths: readonly string[];
}

export interface Selection {
  readonly binary: GuestBinary;
  readonly pack: string;
  /** What the twin is built for. */
  readonly host: HostName;
  readonly emulateFor: readonly ArgumentSet[];
  /** False: the donor's file is used as it is. */
  readonly relocate: boolean;
  /** Of a library: whether a program must stay emulated where this has no twin. */
  readonly isNeededBy?: (path: string) => boolean;
  readonly rules: RetargetRules;
  readonly candidates: readonly DonorCandidate[];
}

export type Match =
  | { readonly kind: 'selected'; readonly selection: Selection }
  | { readonly kind: 'emulated'; readonly reason: EmulatedReason; readonly detail?: string }
  /** A library that no twin loads: nobody asks why it has none. */
  | { readonly kind: 'unlisted' };

export type Matcher = (binary: GuestBinary) => Match;

const TREE = '/emul';

/**
 * Prepares the packs' patterns once; the first pack that names a binary wins.
 *
 * @param runs32Bit whether this machine's kernel runs 32-bit programs (os/word-size.ts).
 */
export function makeMatcher(packs: readonly Pack[], arch: Arch, runs32Bit: boolean): Matcher {
  const prepared = packs.map((pack) => preparePack(pack, arch));
  const found = matchWith(prepared);
  const isTimeFree = anyGlob(packs.flatMap((pack) => pack['short-times']).map((text) => fillPlaceholders(text, arch)));
  return (binary) => {
    const match = found(binary);
    if (match.kind !== 'selected' || match.selection.host !== 'i386') return match;
    const reason = runs32Bit ? timesReason(binary, isTimeFree) : 'no-32-bit-kernel';
    if (reason === undefined) return match;
    return binary.kind === 'library' ? { kind: 'unlisted' } : { kind: 'emulated', reason };
  };
}

/** A date after 2038 that the guest's program tells, a twin with 32-bit times cannot. */
function timesReason(binary: GuestBinary, isTimeFree: (path: string) => boolean): EmulatedReason | undefined {
  const isShort = binary.hasLongTimes === true && HOSTS.i386.timeBits < 64;
  return isShort && !isTimeFree(binary.path) ? '32-bit-times' : undefined;
}

function matchWith(prepared: readonly PreparedPack[]): Matcher {
  return (binary) => {
    if (binary.kind === 'library') return matchLibrary(binary, prepared);
    if (binary.isPrivileged) return { kind: 'emulated', reason: 'privileged' };
    const pack = prepared.find((one) => one.hasProgram(binary));
    if (pack === undefined) return { kind: 'emulated', reason: 'no-pack' };
    const excluded = pack.excludes(binary.path);
    if (excluded !== undefined) return { kind: 'emulated', reason: 'pack-excludes', detail: excluded };
    if (binary.isStatic) return { kind: 'emulated', reason: 'static' };
    if (`${TREE}${binary.path}`.length >= INDEX.twinMaxBytes) return { kind: 'emulated', reason: 'path-too-long' };
    return select(binary, pack, { relocate: true });
  };
}

/** The rules for one file name (a program's or a soname), of the first pack that has some, placeholders filled in. */
export function rulesFor(packs: readonly Pack[], path: string, arch: Arch, host: HostName): RetargetRules {
  const name = path.slice(path.lastIndexOf('/') + 1);
  for (const pack of packs) {
    for (const [pattern, rules] of Object.entries(pack.retarget)) {
      if (globMatcher(fillPlaceholders(pattern, arch))(name)) return filled(rules, arch, host);
    }
  }
  return NO_RULES;
}

/** The names are made of letters and dashes, so the text of the rules can be filled as a whole. */
function filled(rules: RetargetRules, arch: Arch, host: HostName): RetargetRules {
  return JSON.parse(fillPlaceholders(JSON.stringify(rules), arch, host)) as RetargetRules;
}

/** `{triplet}` and its like, in patterns and in donor names. */
export function fillPlaceholders(text: string, arch: Arch, host: HostName = 'amd64'): string {
  return text
    .replaceAll('{triplet}', arch.triplet)
    .replaceAll('{host-triplet}', HOSTS[host].arch.triplet)
    .replaceAll('{libraries}', HOSTS[host].libraryDir)
    .replaceAll('{arch}', arch.name);
}

interface LibraryRule {
  readonly relocate: boolean;
  readonly isNeededBy?: (path: string) => boolean;
}

interface PreparedPack {
  readonly pack: Pack;
  readonly hasProgram: (binary: GuestBinary) => boolean;
  readonly excludes: (path: string) => string | undefined;
  readonly library: (path: string) => LibraryRule | undefined;
  readonly emulateFor: (path: string) => ArgumentSet[];
  readonly host: (path: string) => HostName;
  readonly rules: (path: string, host: HostName) => RetargetRules;
  readonly candidates: (binary: GuestBinary, host: HostName) => DonorCandidate[];
}

function preparePack(pack: Pack, arch: Arch): PreparedPack {
  const fill = (patterns: readonly string[]): string[] => patterns.map((text) => fillPlaceholders(text, arch));
  const programs = pack.programs.map(({ packages, paths, except = [] }) => ({
    isPackage: anyGlob(fill(packages)),
    isPath: paths === undefined ? () => true : anyGlob(fill(paths)),
    isExcept: anyGlob(fill(except)),
  }));
  const excludes = pack.exclude.map((rule) => ({ isPath: anyGlob(fill(rule.paths)), why: exclusion(rule, arch) }));
  const libraries = pack.libraries.map(({ paths, relocate, 'needed-by': neededBy }) => ({
    isPath: anyGlob(fill(paths)),
    relocate,
    ...(neededBy === undefined ? {} : { isNeededBy: anyGlob(fill(neededBy)) }),
  }));
  return {
    pack,
    hasProgram: ({ path, package: owner }) =>
      owner !== undefined &&
      programs.some((some) => some.isPackage(owner.name) && some.isPath(path) && !some.isExcept(path)),
    excludes: (path) => excludes.find(({ isPath, why }) => why !== undefined && isPath(path))?.why,
    library: (path) => libraries.find(({ isPath }) => isPath(path)),
    emulateFor: argumentSets(pack, fill),
    host: hostChoice(fill(pack['same-word-size']), arch),
    rules: (path, host) => rulesFor([pack], path, arch, host),
    candidates: (binary, host) => donorCandidates(binary, pack, { arch, host }),
  };
}

function hostChoice(patterns: readonly string[], arch: Arch): (path: string) => HostName {
  const isWordSizeShown = anyGlob(patterns);
  return (path) => (arch.elfClass === 32 && isWordSizeShown(path) ? 'i386' : 'amd64');
}

function argumentSets(pack: Pack, fill: (patterns: readonly string[]) => string[]): (path: string) => ArgumentSet[] {
  const sets = ARGUMENT_SET_NAMES.map((set) => ({ set, isPath: anyGlob(fill(pack['emulate-for'][set])) }));
  return (path) => sets.flatMap(({ set, isPath }) => (isPath(path) ? [set] : []));
}

/** Why this rule leaves a program out for this guest; undefined where it does not apply. */
function exclusion(rule: Pack['exclude'][number], arch: Arch): string | undefined {
  if ('why' in rule) return rule.why;
  const difference = rule['where-differs'];
  return differs(difference, arch) ? DIFFERENCES[difference] : undefined;
}

function differs(difference: Difference, arch: Arch): boolean {
  switch (difference) {
    case 'byte-order':
      return arch.endian !== HOST_ARCH.endian;
    case 'word-size':
      return arch.elfClass !== HOST_ARCH.elfClass;
    case 'long-double':
      // The 80-bit format of x87 is x86's alone.
      return true;
  }
}

function matchLibrary(binary: GuestBinary, packs: readonly PreparedPack[]): Match {
  for (const pack of packs) {
    const rule = pack.library(binary.path);
    if (rule === undefined || binary.package === undefined) continue;
    return pack.excludes(binary.path) === undefined ? select(binary, pack, rule) : { kind: 'unlisted' };
  }
  return { kind: 'unlisted' };
}

function select(binary: GuestBinary, pack: PreparedPack, rule: LibraryRule): Match {
  const host = pack.host(binary.path);
  return {
    kind: 'selected',
    selection: {
      binary,
      pack: pack.pack.name,
      host,
      emulateFor: pack.emulateFor(binary.path),
      relocate: rule.relocate,
      ...(rule.isNeededBy === undefined ? {} : { isNeededBy: rule.isNeededBy }),
      rules: pack.rules(binary.path, host),
      candidates: pack.candidates(binary, host),
    },
  };
}

/** The guest's architecture and what the twin is built for. */
interface Sides {
  readonly arch: Arch;
  readonly host: HostName;
}

function donorCandidates(binary: GuestBinary, pack: Pack, sides: Sides): DonorCandidate[] {
  const owner = binary.package;
  if (owner === undefined) return [];
  const names: string[] = [];
  const directories: [string, string][] = [];
  const renamed: string[] = [];
  const fill = (text: string): string => fillPlaceholders(text, sides.arch, sides.host);
  for (const rule of pack.donor) {
    if ('package' in rule) {
      if (!anyGlob(rule.packages.map(fill))(owner.name)) continue;
      names.push(fill(rule.package).replaceAll('{package}', owner.name));
    } else if ('directory' in rule) {
      directories.push([fill(rule.directory), fill(rule['donor-directory'])]);
    } else if (anyGlob(rule.paths.map(fill))(binary.path)) {
      const [from, to] = rule.replace;
      renamed.push(binary.path.replaceAll(fill(from), fill(to)));
    }
  }
  const paths = renamed.length > 0 ? renamed.flatMap(withUnmerged) : donorPaths(binary.path, directories, sides);
  // Where a rule names another package, the one of the guest's name is another program: gcc-12 compiles for its own machine.
  return (names.length > 0 ? names : [owner.name]).map((name) => ({ package: name, version: owner.version, paths }));
}

function donorPaths(path: string, directories: readonly (readonly [string, string])[], sides: Sides): string[] {
  const mapped = directories
    .filter(([from]) => path.startsWith(from))
    .map(([from, to]) => `${to}${path.slice(from.length)}`);
  if (mapped.length > 0) return mapped.flatMap(withUnmerged);
  const hostPath = path.replaceAll(`/${sides.arch.triplet}/`, `/${HOSTS[sides.host].arch.triplet}/`);
  // The guest's own path last: a cross tool's files for the guest may lie under the guest's triplet (bfd-plugins).
  return [...new Set([hostPath, path])].flatMap(withUnmerged);
}

/** A .deb of before the /usr merge holds /bin/bash where the root has /usr/bin/bash. */
function withUnmerged(path: string): string[] {
  return /^\/usr\/(s?bin|lib)\//.test(path) ? [path, path.slice('/usr'.length)] : [path];
}
