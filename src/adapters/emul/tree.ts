/** An emul tree as data: what `putTree` makes true in a build root. */
import { GUEST_ARCHS } from '../../core/arch.ts';
import { HOST_NAMES, HOSTS } from '../../core/host.ts';
import type { IndexRecord } from '../../core/index-layout.ts';
import { guestPath, joinGuest, type GuestPath } from '../../core/paths.ts';
import type { StoredObject } from './store.ts';

export const EMUL = guestPath('/emul');
export const INDEX_PATH = joinGuest(EMUL, 'index');
export const MANIFEST_PATH = joinGuest(EMUL, 'manifest.json');
export const TRACE_PATH = joinGuest(EMUL, 'trace');
export const LIBRARY_DIRS: readonly GuestPath[] = HOST_NAMES.map((name) => HOSTS[name].libraryDir);
/** Directories that hold loaders and libraries, and no program's twin. */
export const LOADED_DIRS: readonly GuestPath[] = [...LIBRARY_DIRS, ...HOST_NAMES.map((name) => HOSTS[name].loaderDir)];

/**
 * Every file that we put into a root has this time, so that the same inputs give the same tree; and a file in the root's
 * /usr/bin with this time is one of ours. 1980-01-01, the first day that a zip archive can name.
 */
export const TREE_MTIME_S = 315532800;

export interface TreeFile {
  readonly kind: 'file';
  readonly path: GuestPath;
  readonly object: StoredObject;
  /** Set whatever the umask says: every user of the root must be able to read the tree. */
  readonly mode: number;
}

export interface TreeLink {
  readonly kind: 'link';
  readonly path: GuestPath;
  readonly target: string;
}

export type TreeEntry = TreeFile | TreeLink;

export interface Tree {
  readonly arch: string;
  /** Below /emul, sorted by path; index, manifest and trace are not among them. */
  readonly entries: readonly TreeEntry[];
  /** In /usr/bin: the emulator and the dispatcher. */
  readonly outside: readonly TreeFile[];
  readonly records: readonly IndexRecord[];
  readonly index: StoredObject;
  readonly manifest: StoredObject;
}

/** Index and manifest, as entries. */
export function ownFiles(tree: Tree): TreeFile[] {
  return [
    { kind: 'file', path: INDEX_PATH, object: tree.index, mode: 0o644 },
    { kind: 'file', path: MANIFEST_PATH, object: tree.manifest, mode: 0o644 },
  ];
}

/** Names of the two files outside /emul, for every architecture: what `remove` looks for without a manifest. */
export function outsideNames(): string[] {
  return [...new Set(GUEST_ARCHS.map(({ qemu }) => qemu))].flatMap((qemu) => [`qemu-${qemu}`, `qemu-${qemu}-binfmt`]);
}
