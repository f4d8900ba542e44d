/** What is wrong with an emul tree: nothing of it breaks a build, since the dispatcher falls back, but it costs speed. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path/posix';
import { guestArch } from '../../core/arch.ts';
import { ElfError } from '../../core/elf/fields.ts';
import { readElf, type Elf } from '../../core/elf/read.ts';
import { HOST_NAMES, hostOfMachine, HOSTS, type Host } from '../../core/host.ts';
import { readIndex, recordOf, type IndexReading } from '../../core/index-read.ts';
import type { GuestBinary, Manifest, TwinRecord } from '../../core/model.ts';
import { mapParallel } from '../../core/parallel.ts';
import { guestPath, inRoot, joinGuest, type GuestPath, type HostPath } from '../../core/paths.ts';
import { withFileSource } from '../../os/file-source.ts';
import { lstatIfThere } from '../../os/fs.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { EMUL, INDEX_PATH, LIBRARY_DIRS, TREE_MTIME_S } from './tree.ts';

export interface Damage {
  readonly path: GuestPath;
  /** `it needs libz.so.1, which is not in /emul/usr/lib`. */
  readonly what: string;
}

/** Reads every file of the tree. */
export async function checkTree(root: HostPath, manifest: Manifest): Promise<Damage[]> {
  const index = readTreeIndex(root, manifest.arch);
  const damage: Damage[] = [];
  if (index.kind === 'damaged') damage.push({ path: INDEX_PATH, what: `${index.why}: everything is emulated` });
  damage.push(...LIBRARY_DIRS.flatMap((dir) => libraryDirDamage(root, dir)));
  const named = new Set(index.kind === 'good' ? index.records.map(({ twin }) => twin) : []);
  const files = [
    ...manifest.libraries,
    ...manifest.files,
    ...manifest.twins.map(({ twin, twinSha256 }) => ({ path: twin, sha256: twinSha256 })),
  ];
  const content = await mapParallel(files, availableParallelism(), ({ path, sha256 }) =>
    contentDamage(root, path, sha256),
  );
  damage.push(...content.flat());
  const needs = new Map(HOST_NAMES.map((name) => [name, makeNeeds(root, HOSTS[name])]));
  for (const twin of manifest.twins) {
    const what =
      loadDamage(root, twin, needs.get(twin.host) ?? (() => undefined)) ?? indexDamage(twin, manifest, index, named);
    if (what !== undefined) damage.push({ path: twin.twin, what });
  }
  return damage.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The dispatcher takes a changed directory of libraries for one that is being removed (native/dispatcher/decide.c). */
function libraryDirDamage(root: HostPath, dir: GuestPath): Damage[] {
  const stats = lstatIfThere(inRoot(root, dir));
  // Only a tree for a 32-bit guest has one for 32-bit libraries.
  if (stats === undefined && dir !== HOSTS.amd64.libraryDir) return [];
  const isAsMade = stats !== undefined && Math.floor(stats.mtimeMs / 1000) === TREE_MTIME_S;
  if (isAsMade) return [];
  return [{ path: dir, what: 'somebody changed this directory: everything is emulated until refresh' }];
}

/** The index as the dispatcher would find it; a missing one counts as damaged. */
export function readTreeIndex(root: HostPath, arch: string): IndexReading {
  const path = inRoot(root, INDEX_PATH);
  if (lstatIfThere(path)?.isFile() !== true) return { kind: 'damaged', why: 'it is missing' };
  return readIndex(readFileSync(path), guestArch(arch));
}

async function contentDamage(root: HostPath, path: GuestPath, sha256: string): Promise<Damage[]> {
  const stats = lstatIfThere(inRoot(root, path));
  if (stats?.isFile() !== true) return [{ path, what: 'it is missing' }];
  if ((await sha256OfFile(inRoot(root, path))) !== sha256) return [{ path, what: 'its content has changed' }];
  const isProgram = path.startsWith(`${EMUL}/`) && (stats.mode & 0o444) !== 0o444;
  return isProgram ? [{ path, what: 'not every user can read it' }] : [];
}

function indexDamage(
  twin: TwinRecord,
  manifest: Manifest,
  index: IndexReading,
  named: ReadonlySet<string>,
): string | undefined {
  if (index.kind !== 'good' || named.has(twin.twin)) return undefined;
  const isShared = manifest.twins.some((other) => other.buildId === twin.buildId && named.has(other.twin));
  return isShared ? undefined : 'the index does not name it';
}

/** Why a twin would not start: not executable, no loader, or a library that is not there. */
function loadDamage(
  root: HostPath,
  twin: TwinRecord,
  needs: (soname: string) => string | undefined,
): string | undefined {
  const path = inRoot(root, twin.twin);
  const stats = lstatIfThere(path);
  if (stats?.isFile() !== true) return undefined;
  if (twin.kind === 'executable' && (stats.mode & 0o111) !== 0o111) return 'it is not executable';
  const elf = elfOf(path);
  if (elf === undefined) return undefined;
  const { interpreter } = elf;
  if (interpreter !== undefined && lstatIfThere(inRoot(root, guestPath(interpreter))) === undefined) {
    return `its loader ${interpreter} is missing`;
  }
  // A module that was taken as it is (gconv) finds its libraries beside itself.
  const isBeside = (soname: string): boolean =>
    twin.kind === 'library' &&
    lstatIfThere(inRoot(root, joinGuest(guestPath(dirname(twin.twin)), soname))) !== undefined;
  return elf.needed
    .filter((soname) => !isBeside(soname))
    .map(needs)
    .find((what) => what !== undefined);
}

/** For a soname: what is missing in its closure, each looked at once. */
function makeNeeds(root: HostPath, host: Host): (soname: string) => string | undefined {
  const answers = new Map<string, string | undefined>();
  const look = (soname: string): string | undefined => {
    if (answers.has(soname)) return answers.get(soname);
    answers.set(soname, undefined);
    const path = inRoot(root, joinGuest(host.libraryDir, soname));
    // The loader serves its own soname from where it is.
    const isThere = lstatIfThere(path) !== undefined || soname === host.loader;
    const answer = isThere
      ? (elfOf(path)?.needed ?? []).map(look).find((what) => what !== undefined)
      : `it needs ${soname}, which is not in ${host.libraryDir}`;
    answers.set(soname, answer);
    return answer;
  };
  return look;
}

function elfOf(path: HostPath): Elf | undefined {
  if (lstatIfThere(path)?.isFile() !== true) return undefined;
  try {
    const elf = withFileSource(path, readElf);
    return hostOfMachine(elf.machine) === undefined ? undefined : elf;
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

/** The twin to which the index sends a guest binary, by its build-id, or by path and size where it has none. */
export function twinOf(index: IndexReading, binary: GuestBinary): GuestPath | undefined {
  if (index.kind !== 'good') return undefined;
  const found = recordOf(index.records, binary);
  return found === undefined ? undefined : guestPath(found.twin);
}
