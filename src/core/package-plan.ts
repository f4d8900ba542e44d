/**
 * Which installable package each file of an emul tree goes to. A twin goes where its pack ships; what it loads goes with
 * it, unless the main package needs it too, or a second one: then it goes to a package of libraries. Every other file is the
 * main package's, so that any of the others can be left out: the index names their twins all the same, and one that is not
 * there is emulated.
 */
import { posix } from 'node:path';
import { anyGlob } from './glob.ts';
import { MAIN_FAMILY, SHARED_FAMILY } from './package-names.ts';

export interface PlanFile {
  /** Inside the root. */
  readonly path: string;
  /** The pack of a twin. */
  readonly pack?: string;
  /** The packs whose programs load it by name while they run. */
  readonly loadedBy?: readonly string[];
  /** Where its libraries lie; those that are not in the list are somebody else's. */
  readonly needed: readonly string[];
}

export interface PlanLink {
  readonly path: string;
  readonly target: string;
}

export interface PlanRequest {
  readonly files: readonly PlanFile[];
  readonly links: readonly PlanLink[];
  /** Pack -> the family of packages that it ships in. */
  readonly families: ReadonlyMap<string, string>;
}

/** @returns path -> family, for every file and link. */
export function planPackages({ files, links, families }: PlanRequest): ReadonlyMap<string, string> {
  const libraries = files.filter(({ pack }) => pack === undefined);
  const loaded = new Map(libraries.map((file) => [file.path, file]));
  const plan = new Map<string, string>();
  const assign = (file: PlanFile, family: string): void => {
    const before = plan.get(file.path);
    const now = before === undefined ? family : common(before, family);
    if (now === before) return;
    plan.set(file.path, now);
    for (const path of file.needed) {
      const next = loaded.get(path);
      if (next !== undefined) assign(next, now);
    }
  };
  for (const file of files) {
    const packs = file.pack === undefined ? (file.loadedBy ?? []) : [file.pack];
    for (const pack of packs) assign(file, families.get(pack) ?? MAIN_FAMILY);
  }
  // What no twin loads: the loader, the shim, data.
  for (const file of libraries) if (!plan.has(file.path)) assign(file, MAIN_FAMILY);
  for (const { path, target } of links) {
    const end = posix.resolve(posix.dirname(path), target);
    plan.set(path, plan.get(end) ?? MAIN_FAMILY);
  }
  return plan;
}

/** The package that two families can both rely on. */
function common(one: string, other: string): string {
  if (one === other) return one;
  return one === MAIN_FAMILY || other === MAIN_FAMILY ? MAIN_FAMILY : SHARED_FAMILY;
}

/** The families that this one's files load something of, and the main one. */
export function requiredFamilies(
  family: string,
  files: readonly PlanFile[],
  plan: ReadonlyMap<string, string>,
): string[] {
  if (family === MAIN_FAMILY) return [];
  const mine = files.filter(({ path }) => plan.get(path) === family);
  const loadsShared = mine.some(({ needed }) => needed.some((path) => plan.get(path) === SHARED_FAMILY));
  return [MAIN_FAMILY, ...(loadsShared && family !== SHARED_FAMILY ? [SHARED_FAMILY] : [])];
}

export interface EmptyFamiliesRequest {
  /** Each with the packages of the guest whose programs it is for, as globs. */
  readonly packs: readonly { readonly family: string; readonly packages: readonly string[] }[];
  /** The guest's packages with programs that stay emulated. */
  readonly emulatedPackages: readonly string[];
  readonly plan: ReadonlyMap<string, string>;
}

/**
 * The families of which the root has programs, all of them emulated: there is nothing to pack, and build descriptions ask for
 * their names all the same.
 */
export function emptyFamilies({ packs, emulatedPackages, plan }: EmptyFamiliesRequest): string[] {
  const planned = new Set(plan.values());
  const empty = packs.filter(({ family, packages }) => {
    return !planned.has(family) && emulatedPackages.some(anyGlob(packages));
  });
  return [...new Set(empty.map(({ family }) => family))].sort();
}
