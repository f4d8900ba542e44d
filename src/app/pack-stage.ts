/** Sorts a finished tree into packages and lays each one out in a directory of its own. */
import { basename } from 'node:path/posix';
import { stageTrace, stageTree } from '../adapters/emul/stage-tree.ts';
import { ownFiles, type TreeEntry, type TreeFile, type TreeLink } from '../adapters/emul/tree.ts';
import type { StagedPackage } from '../adapters/pack/staged.ts';
import { readElf } from '../core/elf/read.ts';
import { ElfError } from '../core/elf/fields.ts';
import { HOSTS, hostOfMachine } from '../core/host.ts';
import type { Manifest } from '../core/model.ts';
import { MAIN_FAMILY } from '../core/package-names.ts';
import { emptyFamilies, planPackages, requiredFamilies, type PlanFile } from '../core/package-plan.ts';
import { joinGuest, joinHost, type HostPath } from '../core/paths.ts';
import { withFileSource } from '../os/file-source.ts';
import { toolVersion } from '../os/project.ts';
import type { TreeAtHand } from './tree/finish-tree.ts';

export interface StageRequest {
  readonly dir: HostPath;
  readonly release: string;
}

export async function stagePackages(made: TreeAtHand, { dir, release }: StageRequest): Promise<StagedPackage[]> {
  const { tree, manifest, store, packs, buildroot } = made;
  const families = new Map(packs.map((pack) => [pack.name, pack['ships-in'] ?? `${pack.name}-accel`]));
  const all: readonly TreeEntry[] = [...tree.entries, ...ownFiles(tree), ...tree.outside];
  const files = all.filter((entry): entry is TreeFile => entry.kind === 'file');
  const links = all.filter((entry): entry is TreeLink => entry.kind === 'link');
  const packOf = new Map(manifest.twins.map(({ twin, pack }) => [twin, pack]));
  const planned = files.map((file) => planFile(made, file, packOf.get(file.path)));
  const plan = planPackages({ files: planned, links, families });
  const empty = emptyFamilies({
    packs: packs.map(({ name, programs }) => ({
      family: families.get(name) ?? name,
      packages: programs.flatMap(({ packages }) => packages),
    })),
    emulatedPackages: manifest.emulated.flatMap((record) => record.package ?? []),
    plan,
  });
  const staged: StagedPackage[] = [];
  for (const family of [MAIN_FAMILY, ...[...new Set(plan.values())].filter((name) => name !== MAIN_FAMILY).sort()]) {
    const entries = all.filter(({ path }) => plan.get(path) === family);
    const laidOut = await stageTree(store, entries, joinHost(dir, family));
    const stage = family === MAIN_FAMILY ? await stageTrace(laidOut) : laidOut;
    const mine = packs.filter(({ name }) => families.get(name) === family);
    staged.push({
      ...stage,
      family,
      requires: requiredFamilies(family, planned, plan),
      standsFor: family === MAIN_FAMILY ? empty : [],
      release,
      arch: buildroot.arch,
      version: toolVersion(),
      summary: summaryOf(mine.map(({ name }) => name)),
      donors: donorsOf(manifest, new Set(entries.map(({ path }) => path))),
    });
  }
  return staged;
}

function planFile({ store, packs }: TreeAtHand, { path, object }: TreeFile, pack: string | undefined): PlanFile {
  try {
    const elf = withFileSource(store.objectPath(object.sha256), readElf);
    const dir = (hostOfMachine(elf.machine) ?? HOSTS.amd64).libraryDir;
    const needed = elf.needed.map((soname) => joinGuest(dir, soname));
    const loadedBy = packs.filter(({ load }) => load.includes(basename(path))).map(({ name }) => name);
    return { path, needed, loadedBy, ...(pack === undefined ? {} : { pack }) };
  } catch (error) {
    if (error instanceof ElfError) return { path, needed: [] };
    throw error;
  }
}

function summaryOf(packs: readonly string[]): string {
  return packs.length === 0
    ? 'Native twins of a build root’s tools'
    : `Native twins of a build root’s tools (${packs.join(', ')})`;
}

function donorsOf({ twins, libraries }: Manifest, paths: ReadonlySet<string>): string[] {
  const mine = [...twins.filter(({ twin }) => paths.has(twin)), ...libraries.filter(({ path }) => paths.has(path))].map(
    ({ donorPackage, donorVersion }) => `${donorPackage} ${donorVersion}`,
  );
  return [...new Set(mine)].sort();
}
