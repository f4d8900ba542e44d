/**
 * `audit`: is a build root's emul tree complete, and does nothing of it give the host away? Everything is read, nothing is
 * run; what twins answer is `verify`'s to ask.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path/posix';
import { inspectRoot } from '../adapters/buildroot/inspect.ts';
import { resolveInRoot } from '../adapters/buildroot/resolve.ts';
import { checkTree, readTreeIndex, twinOf } from '../adapters/emul/check-tree.ts';
import { readPacks } from '../adapters/emul/pack-files.ts';
import { readManifest } from '../adapters/emul/read-tree.ts';
import { EMUL } from '../adapters/emul/tree.ts';
import { parseAllowed, unexplainedStrings, type Allowed, type AuditCheck } from '../core/audit.ts';
import { anyGlob } from '../core/glob.ts';
import { type HostName, HOSTS } from '../core/host.ts';
import { fillPlaceholders, makeMatcher, rulesFor } from '../core/match.ts';
import type { Buildroot, EmulatedReason, GuestBinary, LibraryRecord, Manifest, TwinRecord } from '../core/model.ts';
import { BASE_PACK } from '../core/default-packs.ts';
import type { Pack } from '../core/packs.ts';
import { inRoot, joinGuest, type GuestPath, type HostPath } from '../core/paths.ts';
import { lstatIfThere } from '../os/fs.ts';
import { projectPath } from '../os/project.ts';
import { walkModes } from './audit-modes.ts';
import type { ProgressSink } from './progress.ts';
import { namesOf } from './tree/make-libraries.ts';

export interface AuditFinding {
  readonly check: AuditCheck;
  readonly path: GuestPath;
  readonly what: string;
}

export interface Audit {
  readonly root: HostPath;
  readonly arch: string;
  readonly packs: readonly string[];
  /** Programs of the guest. */
  readonly programs: number;
  readonly accelerated: number;
  readonly emulatedByReason: Readonly<Partial<Record<EmulatedReason, number>>>;
  /** Files of the tree whose strings were looked at. */
  readonly scanned: number;
  /** Sorted by check and path. */
  readonly findings: readonly AuditFinding[];
}

interface Case {
  readonly root: HostPath;
  readonly manifest: Manifest;
  readonly buildroot: Buildroot;
  readonly packs: readonly Pack[];
  /** Whose rules were used: those of `base` hold for libraries in every tree. */
  readonly rulePacks: readonly Pack[];
  readonly allowed: Allowed;
}

/** @throws EnvironmentError E_TREE for a root without a tree of ours, E_ROOT; UsageError E_PACK for a pack that is gone. */
export async function audit(request: { readonly root: HostPath; readonly onProgress: ProgressSink }): Promise<Audit> {
  const { root, onProgress } = request;
  const manifest = await readManifest(root);
  onProgress({ kind: 'phase', title: `inspecting ${root}` });
  const buildroot = await inspectRoot(root);
  const packs = readPacks(manifest.packs);
  const rulePacks = readPacks([...new Set([...manifest.packs, BASE_PACK])]);
  const allowed = parseAllowed(readFileSync(projectPath('audit', 'allowed.toml'), 'utf8'));
  const subject = { root, manifest, buildroot, packs, rulePacks, allowed };
  onProgress({ kind: 'phase', title: 'reading the emul tree' });
  const damage = await checkTree(root, manifest);
  const programs = buildroot.binaries.filter(({ kind }) => kind === 'executable');
  const index = readTreeIndex(root, manifest.arch);
  return {
    root,
    arch: manifest.arch,
    packs: manifest.packs,
    programs: programs.length,
    accelerated: programs.filter((binary) => !binary.isPrivileged && twinOf(index, binary) !== undefined).length,
    emulatedByReason: countReasons(manifest),
    scanned: manifest.twins.length + manifest.libraries.length,
    findings: [
      ...damage.map(({ path, what }): AuditFinding => ({ check: 'tree', path, what })),
      ...programFindings(subject, programs),
      ...pluginFindings(subject),
      ...dataFindings(subject),
      ...walkModes(root).map(({ path, what }): AuditFinding => ({ check: 'modes', path, what })),
      ...stringFindings(subject),
    ],
  };
}

function countReasons({ emulated }: Manifest): Partial<Record<EmulatedReason, number>> {
  const counts: Partial<Record<EmulatedReason, number>> = {};
  for (const { reason } of emulated) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** A program that came or changed after the tree was made. */
function programFindings(subject: Case, programs: readonly GuestBinary[]): AuditFinding[] {
  const explained = new Set(subject.manifest.emulated.map(({ path }) => path));
  const known = new Set(subject.manifest.twins.map(({ path }) => path));
  const index = readTreeIndex(subject.root, subject.manifest.arch);
  return programs
    .filter((binary) => !explained.has(binary.path) && (binary.isPrivileged || twinOf(index, binary) === undefined))
    .map(({ path, isPrivileged }): AuditFinding => ({
      check: 'explained',
      path,
      what: isPrivileged
        ? 'it has become privileged since the tree was made, and is emulated; refresh notes it'
        : known.has(path)
          ? 'it is another build than the one that its twin was made for; refresh makes a new one'
          : 'it came after the tree was made; refresh looks at it',
    }));
}

/** gconv modules, LTO and bfd plugins, perl's and python's modules: what a pack says that twins load. */
function pluginFindings({ root, manifest, buildroot, packs }: Case): AuditFinding[] {
  const index = readTreeIndex(root, manifest.arch);
  const explained = new Set(manifest.emulated.map(({ path }) => path));
  const hosts = new Set(manifest.twins.filter(({ kind }) => kind === 'executable').map(({ host }) => host));
  const match = makeMatcher(packs, buildroot.arch, hosts.has('i386'));
  const isLoaded = (binary: GuestBinary): boolean => {
    const found = match(binary);
    return found.kind === 'selected' && hosts.has(found.selection.host);
  };
  const missing = buildroot.binaries
    .filter((binary) => binary.kind === 'library' && isLoaded(binary))
    .filter((binary) => twinOf(index, binary) === undefined && !explained.has(binary.path))
    .map(({ path }): AuditFinding => ({ check: 'plugins', path, what: 'twins load it, and it has no twin' }));
  const there = new Set(buildroot.binaries.flatMap(namesOf));
  const loaded = [...hosts]
    .flatMap((host) => packs.flatMap(({ load }) => load.map((name) => ({ name, dir: HOSTS[host].libraryDir }))))
    .filter(({ name }) => there.has(name))
    .map(({ name, dir }) => joinGuest(dir, name))
    .filter((path) => lstatIfThere(inRoot(root, path)) === undefined)
    .map((path): AuditFinding => ({ check: 'plugins', path, what: 'twins load it, and it is not there' }));
  return [...missing, ...loaded];
}

/** Tables below /emul (those of gconv), and the links by which they are found. */
function dataFindings({ root, manifest, packs, buildroot }: Case): AuditFinding[] {
  const patterns = packs.flatMap(({ files }) => files).flatMap(({ paths }) => paths);
  const isData = anyGlob(patterns.map((pattern) => fillPlaceholders(pattern, buildroot.arch)));
  const changed = manifest.files
    .filter(({ path }) => path.startsWith(`${EMUL}/`) && isData(path.slice(EMUL.length)))
    .filter(({ path }) => !isSameFile(inRoot(root, path), inRoot(root, path.slice(EMUL.length) as GuestPath)))
    .map(({ path }): AuditFinding => ({ check: 'data', path, what: 'the guest’s own file is another one now' }));
  const links = packs
    .flatMap((pack) => pack.links)
    .map(({ path }) => joinGuest(EMUL, fillPlaceholders(path, buildroot.arch)))
    .filter((path) => lstatIfThere(inRoot(root, path)) === undefined)
    .map((path): AuditFinding => ({ check: 'data', path, what: 'the link is missing' }));
  return [...changed, ...links];
}

function isSameFile(left: HostPath, right: HostPath): boolean {
  if (lstatIfThere(left) === undefined || lstatIfThere(right) === undefined) return false;
  return readFileSync(left).equals(readFileSync(right));
}

function stringFindings(subject: Case): AuditFinding[] {
  const { manifest } = subject;
  const files = [
    ...manifest.twins.map((twin) => ({ record: twin, path: twin.twin, guest: twin.path })),
    ...manifest.libraries.map((library) => ({
      record: library,
      path: library.path,
      guest: guestLibrary(subject, library),
    })),
  ];
  return files.flatMap(({ record, path, guest }) =>
    stringsOf(subject, { record, path, guest }).map((text): AuditFinding => ({ check: 'strings', path, what: text })),
  );
}

interface Scanned {
  readonly record: TwinRecord | LibraryRecord;
  readonly path: GuestPath;
  readonly guest: GuestPath | undefined;
}

function stringsOf({ root, rulePacks, buildroot, allowed }: Case, { record, path, guest }: Scanned): string[] {
  const file = inRoot(root, path);
  if (lstatIfThere(file)?.isFile() !== true) return [];
  const resolved = guest === undefined ? undefined : resolveInRoot(root, guest);
  const rules = rulesFor(rulePacks, guest ?? path, buildroot.arch, hostOf(record));
  const pairs = record.retargeted ?? [];
  return unexplainedStrings(readFileSync(file), {
    name: basename(path),
    ...(resolved === undefined ? {} : { guest: readFileSync(inRoot(root, resolved)) }),
    replaced: pairs.map(({ donor }) => donor),
    intended: pairs.map((pair) => pair.guest),
    kept: Object.keys(rules.keep),
    knowsEveryMachine: rules['every-machine'],
    allowed,
  });
}

function hostOf(record: TwinRecord | LibraryRecord): HostName {
  if ('host' in record) return record.host;
  return record.path.startsWith(`${HOSTS.i386.libraryDir}/`) ? 'i386' : 'amd64';
}

/** The guest's library of the same soname, where it has one. */
function guestLibrary({ root, buildroot }: Case, { path }: LibraryRecord): GuestPath | undefined {
  const candidates = [`/usr/lib/${buildroot.arch.triplet}`, '/usr/lib'].map((dir) =>
    joinGuest(dir as GuestPath, basename(path)),
  );
  return candidates.find((candidate) => resolveInRoot(root, candidate) !== undefined);
}
