/** From what was made to the tree as data: manifest, index, and which file goes where. */
import { promises as fsp } from 'node:fs';
import { dirname, relative } from 'node:path/posix';
import { fastPauthEmulator, findEmulator, nativeFile } from '../../adapters/emul/emulator.ts';
import { makeGconvCaches } from '../../adapters/emul/gconv-cache.ts';
import { matchingFiles } from '../../adapters/emul/guest-files.ts';
import type { StoredObject } from '../../adapters/emul/store.ts';
import { EMUL, type Tree, type TreeEntry, type TreeFile, type TreeLink } from '../../adapters/emul/tree.ts';
import { makeLoader } from '../../adapters/twin/loader.ts';
import { configureShim, SHIM_SONAME } from '../../adapters/twin/shim.ts';
import { HOST_NAMES, HOSTS, type HostName } from '../../core/host.ts';
import { encodeIndex, INDEX, type IndexRecord } from '../../core/index-layout.ts';
import { indexKeyOf } from '../../core/index-read.ts';
import { formatManifest } from '../../core/manifest.ts';
import { fillPlaceholders } from '../../core/match.ts';
import type { EmulatedRecord, LibraryRecord, Manifest, TwinRecord } from '../../core/model.ts';
import { guestPath, inRoot, joinGuest, type GuestPath } from '../../core/paths.ts';
import { copyToStore } from './make-file.ts';
import { closureOf } from './make-libraries.ts';
import type { LibrariesByHost, Twin } from './make-programs.ts';
import type { Workshop } from './workshop.ts';

/** Files that are the same whatever twins there are. */
export interface FixedFiles {
  readonly shims: Readonly<Record<HostName, TreeFile>>;
  /** Code for the twins' loader (src/adapters/twin/loader.ts). */
  readonly loader: { readonly rescue: Buffer; readonly cpu: Buffer };
  /** Guest data that libraries below /emul read, and the cache of iconv's. */
  readonly data: readonly TreeFile[];
  /** The emulator and the dispatcher. */
  readonly outside: readonly TreeFile[];
  /** Of that emulator: IndexOptions. */
  readonly fastPauth: string | undefined;
}

export interface TreeParts {
  readonly twins: readonly Twin[];
  readonly emulated: readonly EmulatedRecord[];
  readonly libraries: LibrariesByHost;
  /** Sonames that are loaded while a program runs. */
  readonly loadedLater: readonly string[];
  readonly fixed: FixedFiles;
  /** `qemu-accel 0.1.0`. */
  readonly tool: string;
}

/** Of the emulator as well. */
const DISPATCHER_DIR = guestPath('/usr/bin');
const PROGRAM_MODE = 0o755;
const DATA_MODE = 0o644;

export async function gatherFixedFiles(shop: Workshop): Promise<FixedFiles> {
  const { arch, root } = shop.buildroot;
  const patterns = shop.packs.flatMap(({ files }) => files.flatMap(({ paths }) => paths));
  const emulator = findEmulator(arch);
  const paths = matchingFiles(
    root,
    patterns.map((pattern) => fillPlaceholders(pattern, arch)),
  );
  const file = (path: GuestPath, object: StoredObject, mode: number): TreeFile => ({
    kind: 'file',
    path,
    object,
    mode,
  });
  const data = await Promise.all(
    paths.map(async (path) => file(joinGuest(EMUL, path), await copyToStore(shop, inRoot(root, path)), DATA_MODE)),
  );
  return {
    shims: { amd64: await shimFor(shop, 'amd64'), i386: await shimFor(shop, 'i386') },
    loader: {
      rescue: await fsp.readFile(nativeFile('loader-rescue.bin')),
      cpu: await fsp.readFile(nativeFile('loader-cpu.bin')),
    },
    data: [...data, ...(await makeGconvCaches(shop.store, data))],
    outside: [
      file(joinGuest(DISPATCHER_DIR, `qemu-${arch.qemu}`), await copyToStore(shop, emulator), PROGRAM_MODE),
      file(
        joinGuest(DISPATCHER_DIR, `qemu-${arch.qemu}-binfmt`),
        await copyToStore(shop, nativeFile('qemu-binfmt')),
        PROGRAM_MODE,
      ),
    ],
    fastPauth: await fastPauthEmulator(arch, emulator),
  };
}

async function shimFor(shop: Workshop, name: HostName): Promise<TreeFile> {
  const { machine, qemu, triplet } = shop.buildroot.arch;
  const { shimFile, libraryDir } = HOSTS[name];
  const shim = configureShim(await fsp.readFile(nativeFile(shimFile)), { machine, emulator: qemu, triplet });
  const object = await shop.store.put(shim);
  return { kind: 'file', path: joinGuest(libraryDir, SHIM_SONAME), object, mode: DATA_MODE };
}

export async function composeTree(shop: Workshop, parts: TreeParts): Promise<Tree> {
  const { arch } = shop.buildroot;
  const { fixed, twins } = parts;
  const hosts = HOST_NAMES.filter((name) => name === 'amd64' || twins.some(({ selection }) => selection.host === name));
  const loaded = hosts.flatMap((name) => libraryFiles(parts, name));
  const libraries = await Promise.all(loaded.map((library) => equipped(shop, fixed, library)));
  const shims = hosts.map((name) => fixed.shims[name]);
  const files = [...twins.map(twinFile), ...libraries.map(({ file }) => file), ...shims, ...fixed.data];
  const entries: TreeEntry[] = [...files, ...linkEntries(shop, files)];
  const manifest: Manifest = {
    format: 1,
    tool: parts.tool,
    arch: arch.name,
    packs: shop.packRefs,
    donor: shop.donors.amd64.spec,
    twins: twins.map(twinRecord),
    libraries: libraries.map(({ record }) => record),
    files: [...shims, ...fixed.data, ...fixed.outside].map(({ path, object }) => ({ path, sha256: object.sha256 })),
    emulated: parts.emulated,
  };
  const records = indexRecords(twins);
  const { fastPauth } = fixed;
  const index = encodeIndex(arch, records, fastPauth === undefined ? {} : { fastPauth });
  return {
    arch: arch.name,
    entries: entries.sort((a, b) => (a.path < b.path ? -1 : 1)),
    outside: fixed.outside,
    records,
    index: await shop.store.put(index),
    manifest: await shop.store.put(formatManifest(manifest)),
  };
}

function twinPath(twin: Twin): GuestPath {
  return joinGuest(EMUL, twin.selection.binary.path);
}

function twinFile(twin: Twin): TreeFile {
  const mode = twin.selection.binary.kind === 'executable' ? PROGRAM_MODE : DATA_MODE;
  return { kind: 'file', path: twinPath(twin), object: twin.made.object, mode };
}

function twinRecord(twin: Twin): TwinRecord {
  const { selection, made, source } = twin;
  const { binary } = selection;
  return {
    path: binary.path,
    twin: twinPath(twin),
    kind: binary.kind,
    ...(binary.buildId === undefined ? {} : { buildId: binary.buildId }),
    guestSizeBytes: binary.sizeBytes,
    pack: selection.pack,
    package: binary.package?.name ?? '',
    guestVersion: `${binary.package?.name ?? ''}=${binary.package?.version ?? ''}`,
    donorPackage: source.package,
    donorVersion: source.version,
    host: selection.host,
    donorPath: source.path,
    donorSha256: made.donorSha256,
    twinSha256: made.object.sha256,
    retargeted: made.retargeted,
    hasShim: made.hasShim,
    emulateFor: selection.emulateFor,
    ...(source.note === undefined ? {} : { note: source.note }),
  };
}

/**
 * Hard links of one guest file have one build-id: the first path's twin stands for all of them, unless the program asks for
 * its own path; then each has a record. Libraries are looked up by the shim; as programs they do not start, since their twins
 * are not executable, and are emulated.
 */
function indexRecords(twins: readonly Twin[]): IndexRecord[] {
  const records = new Map<string, IndexRecord>();
  const fitting = twins.filter((twin) => twinPath(twin).length < INDEX.twinMaxBytes);
  for (const twin of fitting.sort((a, b) => (twinPath(a) < twinPath(b) ? -1 : 1))) {
    const { binary, emulateFor, host } = twin.selection;
    const key = indexKeyOf(binary);
    const isOfBuild = key.kind === 'build-id' && !emulateFor.includes('own-path');
    const name = isOfBuild ? key.buildId : binary.path;
    if (!records.has(name))
      records.set(name, {
        key,
        twin: twinPath(twin),
        guestSizeBytes: binary.sizeBytes,
        emulateFor,
        is32Bit: host === 'i386',
      });
  }
  return [...records.values()];
}

interface LibraryFile {
  readonly file: TreeFile;
  readonly record: LibraryRecord;
}

/** The loader goes into the tree with a way back to emulation; there is none for 32-bit programs. */
async function equipped(shop: Workshop, fixed: FixedFiles, library: LibraryFile): Promise<LibraryFile> {
  if (library.file.path !== joinGuest(HOSTS.amd64.loaderDir, HOSTS.amd64.loader)) return library;
  const loader = await fsp.readFile(shop.store.objectPath(library.file.object.sha256));
  const dispatcher = `${DISPATCHER_DIR}/qemu-${shop.buildroot.arch.qemu}-binfmt`;
  const object = await shop.store.put(await makeLoader(loader, { ...fixed.loader, dispatcher }));
  return { file: { ...library.file, object }, record: { ...library.record, sha256: object.sha256 } };
}

function libraryFiles(parts: TreeParts, name: HostName): LibraryFile[] {
  const { loader, loaderDir, libraryDir } = HOSTS[name];
  const twins = parts.twins.filter(({ selection }) => selection.host === name);
  const sonames = twins.flatMap(({ selection, made }) => (selection.relocate ? made.needed : []));
  const closure = closureOf([...sonames, ...parts.loadedLater], parts.libraries[name]);
  // Every twin names the loader as its interpreter, which is no DT_NEEDED.
  return [...new Set([...closure, loader])].sort().flatMap((soname) => {
    const library = parts.libraries[name].get(soname);
    if (library?.kind !== 'made') return [];
    const path = joinGuest(soname === loader ? loaderDir : libraryDir, soname);
    const { object, retargeted } = library.made;
    const { donorPackage, donorVersion } = library;
    const file: TreeFile = { kind: 'file', path, object, mode: soname === loader ? PROGRAM_MODE : DATA_MODE };
    return [{ file, record: { path, donorPackage, donorVersion, sha256: object.sha256, retargeted } }];
  });
}

/** Guest links to a twin, so that the tree can be used by name as well; and the links of a merged /usr. */
function linkEntries(shop: Workshop, files: readonly TreeFile[]): TreeLink[] {
  const taken = new Set<string>(files.map(({ path }) => path));
  const links = [...shop.buildroot.links]
    .filter(([link, target]) => !link.startsWith('/etc/') && taken.has(joinGuest(EMUL, target)))
    .map(([link, target]): TreeLink => {
      const path = joinGuest(EMUL, link);
      return { kind: 'link', path, target: relative(dirname(path), joinGuest(EMUL, target)) };
    })
    .filter(({ path }) => !taken.has(path));
  const named = shop.packs.flatMap((pack) =>
    pack.links.map(({ path, target }): TreeLink => {
      const fill = (text: string): string => fillPlaceholders(text, shop.buildroot.arch);
      return { kind: 'link', path: joinGuest(EMUL, fill(path)), target: fill(target) };
    }),
  );
  const all = [...files, ...links, ...named];
  const merged = ['bin', 'sbin', 'lib']
    .map((name): TreeLink => ({ kind: 'link', path: joinGuest(EMUL, name), target: `usr/${name}` }))
    .filter(({ path, target }) => !all.some((entry) => entry.path.startsWith(`${path}/`)) && hasDir(all, target));
  return [...links, ...named, ...merged];
}

function hasDir(entries: readonly TreeEntry[], relativeDir: string): boolean {
  return entries.some(({ path }) => path.startsWith(`${EMUL}/${relativeDir}/`));
}
