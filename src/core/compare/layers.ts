/**
 * What a command has done to a build root that it saw through an overlay: the upper directory holds every file that it
 * made or changed, and marks for what it removed (Documentation/filesystems/overlayfs.rst). Nothing here touches a file:
 * the listings come from find(1) and getfattr(1), which run where the owners of the files are known.
 */

export type FileKind = 'file' | 'directory' | 'link' | 'fifo' | 'socket' | 'device';

/** One file as a listing shows it; paths are relative to the root. */
export interface ListedFile {
  readonly path: string;
  readonly kind: FileKind | 'removed';
  /** Octal, without the type. */
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly mtimeS: number;
  readonly target: string;
  readonly inode: string;
  readonly linkCount: number;
}

/** What find(1) is to print; a file name may hold anything but a NUL. */
export const LISTING_FORMAT = ['%p', '%y', '%m', '%U', '%G', '%s', '%T@', '%l', '%i', '%n'].join('\\0').concat('\\0');
const FIELDS = 10;

const KINDS: Readonly<Record<string, ListedFile['kind']>> = {
  f: 'file',
  d: 'directory',
  l: 'link',
  p: 'fifo',
  s: 'socket',
  b: 'device',
  // A user namespace makes no device but 0/0, which is overlayfs' mark for what is gone.
  c: 'removed',
};

/** Reads what find printed with LISTING_FORMAT, started on `.` or on `./PATH`. */
export function parseListing(output: Buffer): ListedFile[] {
  const words = output.toString('latin1').split('\0');
  const files: ListedFile[] = [];
  for (let at = 0; at + FIELDS < words.length + 1 && words[at] !== ''; at += FIELDS) {
    const [path = '', kind = '', mode = '', uid, gid, size, mtime, target = '', inode = '', links] = words.slice(
      at,
      at + FIELDS,
    );
    files.push({
      path: utf8(path).replace(/^\.\/?/, ''),
      kind: KINDS[kind] ?? 'device',
      mode,
      uid: Number(uid),
      gid: Number(gid),
      sizeBytes: Number(size),
      mtimeS: Number(mtime),
      target: utf8(target),
      inode,
      linkCount: Number(links),
    });
  }
  return files;
}

/**
 * Extended attributes by path, as `name=0xhex`, from `getfattr --recursive --no-dereference --dump --encoding=hex .`.
 * It writes bytes that are no plain text as `\ooo`. overlayfs' own are left in: they tell what is opaque.
 */
export function parseAttributes(output: string): Map<string, string[]> {
  const attributes = new Map<string, string[]>();
  for (const block of output.split('\n\n')) {
    const [head = '', ...lines] = block.trim().split('\n');
    const path = /^# file: (.*)$/.exec(head)?.[1];
    if (path === undefined) continue;
    const name = path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    attributes.set(utf8(name).replace(/^\.\/?/, ''), lines.filter((line) => line !== '').sort());
  }
  return attributes;
}

const OPAQUE = 'user.overlay.opaque=0x79';

export interface Layer {
  readonly files: ReadonlyMap<string, ListedFile>;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

/** Directories that were removed and made again: what the root has in them is gone. */
export function opaqueDirectories({ attributes }: Layer): string[] {
  return [...attributes].filter(([, values]) => values.includes(OPAQUE)).map(([path]) => path);
}

/** A file as the command left it: from the upper directory, or untouched from the root. */
export interface SeenFile {
  readonly file: ListedFile;
  readonly from: 'upper' | 'root';
  readonly attributes: readonly string[];
}

/** What stands at `path` after the command, by the upper directory and the root below it. */
export function seenFile(path: string, upper: Layer, root: Layer): SeenFile | undefined {
  const own = upper.files.get(path);
  if (own !== undefined) {
    const attributes = (upper.attributes.get(path) ?? []).filter((line) => !line.startsWith('user.overlay.'));
    return own.kind === 'removed' ? undefined : { file: own, from: 'upper', attributes };
  }
  const below = root.files.get(path);
  const isHidden = ancestors(path).some((dir) => hides(upper, dir) || isNoDirectory(root, dir));
  if (below === undefined || isHidden) return undefined;
  return { file: below, from: 'root', attributes: root.attributes.get(path) ?? [] };
}

function hides(upper: Layer, dir: string): boolean {
  const own = upper.files.get(dir);
  if (own !== undefined && own.kind !== 'directory') return true;
  return upper.attributes.get(dir)?.includes(OPAQUE) === true;
}

function isNoDirectory(root: Layer, dir: string): boolean {
  const below = root.files.get(dir);
  return below !== undefined && below.kind !== 'directory';
}

/** `a`, `a/b` for `a/b/c`. */
function ancestors(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
