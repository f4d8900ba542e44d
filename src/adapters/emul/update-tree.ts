/** The second way of put-tree.ts: from one emul tree to another, under a running build. */
import { promises as fsp, readdirSync, readlinkSync, renameSync, rmdirSync, rmSync, utimesSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { guestArch } from '../../core/arch.ts';
import { encodeIndex } from '../../core/index-layout.ts';
import { mapParallel } from '../../core/parallel.ts';
import { inRoot, joinGuest, type GuestPath, type HostPath } from '../../core/paths.ts';
import { lstatIfThere, siblingName, statOrUndefined } from '../../os/fs.ts';
import { makeDirs, makeEntry, parentsOf, type CopySettings } from './copy-out.ts';
import type { PutRequest } from './put-request.ts';
import { readManifestIfGood } from './read-tree.ts';
import { sha256OfFile } from '../../os/hash-file.ts';
import { EMUL, INDEX_PATH, LOADED_DIRS, MANIFEST_PATH, ownFiles, TRACE_PATH, TREE_MTIME_S } from './tree.ts';
import type { Tree, TreeEntry, TreeFile } from './tree.ts';

/** A finished file beside its place. */
interface Ready {
  readonly temporary: HostPath;
  readonly target: HostPath;
  readonly rank: number;
}

/** @returns how many files were written; none where the tree is as it should be. */
export async function updateTree(request: PutRequest, settings: CopySettings): Promise<number> {
  const { root, tree } = request;
  const changed = await changedEntries(root, tree);
  const ready: Ready[] = [];
  const prepare = async (entry: TreeEntry, rank = rankOf(entry.path)): Promise<void> => {
    request.checkInterrupted();
    const target = inRoot(root, entry.path);
    const temporary = siblingName(target);
    ready.push({ temporary, target, rank });
    await makeEntry(settings, entry, temporary);
  };
  let dirs: readonly HostPath[] = [];
  try {
    dirs = await makeDirs(root, parentsOf(changed.map(({ path }) => path.slice(1))), settings.owner);
    await mapParallel(changed, 2 * availableParallelism(), (entry) => prepare(entry));
    const interim = await interimIndex(request, changed);
    if (interim !== undefined) await prepare(interim, 0);
    const last = await changedOwnFiles(root, tree, interim !== undefined);
    for (const file of last) await prepare(file);
    request.checkInterrupted();
    await ensureTrace(root);
    switchOver(root, tree, ready);
    return changed.length + last.length;
  } catch (error) {
    for (const { temporary } of ready) rmSync(temporary, { force: true });
    for (const dir of [...dirs].reverse()) rmdirSync(dir);
    throw error;
  }
}

/** When a file takes its place: libraries before the twins that load them, the index after both. 0: the interim index. */
function rankOf(path: GuestPath): number {
  if (path === MANIFEST_PATH) return 4;
  if (path === INDEX_PATH) return 3;
  return isLoaded(path) ? 1 : 2;
}

function isLoaded(path: GuestPath): boolean {
  return LOADED_DIRS.some((dir) => path.startsWith(`${dir}/`));
}

/** Only renames and removals from here on: none of them needs space, and nothing can interrupt synchronous code. */
function switchOver(root: HostPath, tree: Tree, ready: readonly Ready[]): void {
  for (const { temporary, target } of [...ready].sort((a, b) => a.rank - b.rank)) {
    if (lstatIfThere(target)?.isDirectory() === true) rmSync(target, { recursive: true });
    renameSync(temporary, target);
  }
  prune(root, tree);
}

/** Index and manifest, where they are not as they should be; the index also where the interim one replaces it. */
async function changedOwnFiles(root: HostPath, tree: Tree, hasInterim: boolean): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  for (const file of ownFiles(tree)) {
    if ((hasInterim && file.path === INDEX_PATH) || !(await isSame(root, file))) files.push(file);
  }
  return files;
}

/**
 * The new index without every twin that is about to be replaced; without any when a library is. Undefined where no file
 * that is there changes.
 */
async function interimIndex(
  { root, tree, store }: PutRequest,
  changed: readonly TreeEntry[],
): Promise<TreeFile | undefined> {
  const replaced = changed.filter(({ path }) => lstatIfThere(inRoot(root, path)) !== undefined);
  if (replaced.length === 0) return undefined;
  const touched = new Set<string>(changed.map(({ path }) => path));
  const records = replaced.some(({ path }) => isLoaded(path))
    ? []
    : tree.records.filter(({ twin }) => !touched.has(twin));
  const object = await store.put(encodeIndex(guestArch(tree.arch), records));
  return { kind: 'file', path: INDEX_PATH, object, mode: 0o644 };
}

async function changedEntries(root: HostPath, tree: Tree): Promise<TreeEntry[]> {
  const before = await sumsBefore(root);
  return tree.entries.filter((entry) => {
    const path = inRoot(root, entry.path);
    const stats = lstatIfThere(path);
    if (stats === undefined) return true;
    if (entry.kind === 'link') return !stats.isSymbolicLink() || readlinkSync(path) !== entry.target;
    const hasOurTime = stats.isFile() && stats.mtimeMs === TREE_MTIME_S * 1000;
    const isWhole = hasOurTime && stats.size === entry.object.sizeBytes && (stats.mode & 0o7777) === entry.mode;
    return !isWhole || before.get(entry.path) !== entry.object.sha256;
  });
}

/** The sums that the old manifest has; none of it where it is damaged, and then everything is written anew. */
async function sumsBefore(root: HostPath): Promise<ReadonlyMap<string, string>> {
  const manifest = await readManifestIfGood(root);
  if (manifest === undefined) return new Map();
  return new Map([
    ...manifest.twins.map(({ twin, twinSha256 }) => [twin, twinSha256] as const),
    ...[...manifest.libraries, ...manifest.files].map(({ path, sha256 }) => [path, sha256] as const),
  ]);
}

async function isSame(root: HostPath, file: TreeFile): Promise<boolean> {
  const path = inRoot(root, file.path);
  const stats = await statOrUndefined(path);
  if (stats === undefined || !stats.isFile() || Number(stats.size) !== file.object.sizeBytes) return false;
  return (await sha256OfFile(path)) === file.object.sha256;
}

async function ensureTrace(root: HostPath): Promise<void> {
  const trace = inRoot(root, TRACE_PATH);
  if ((await statOrUndefined(trace)) !== undefined) return;
  await fsp.writeFile(trace, '');
  await fsp.chmod(trace, 0o666);
}

/** Removes what the new tree has not, and gives the directories their time. */
function prune(root: HostPath, tree: Tree): void {
  const files = new Set<string>([...tree.entries.map(({ path }) => path), INDEX_PATH, MANIFEST_PATH, TRACE_PATH]);
  const dirs = new Set(parentsOf(files));
  pruneDir(root, EMUL, { files, dirs });
}

function pruneDir(
  root: HostPath,
  dir: GuestPath,
  kept: { files: ReadonlySet<string>; dirs: ReadonlySet<string> },
): void {
  for (const entry of readdirSync(inRoot(root, dir), { withFileTypes: true })) {
    const path = joinGuest(dir, entry.name);
    if (entry.isDirectory() && !kept.files.has(path)) {
      pruneDir(root, path, kept);
      if (!kept.dirs.has(path)) rmdirSync(inRoot(root, path));
    } else if (!kept.files.has(path)) {
      rmSync(inRoot(root, path), { recursive: true, force: true });
    }
  }
  utimesSync(inRoot(root, dir), TREE_MTIME_S, TREE_MTIME_S);
}
