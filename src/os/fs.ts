/**
 * The door to the file system: the few operations that we need beyond node:fs, and the only place where errno is put
 * into words.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync, promises as fsp, type Stats } from 'node:fs';
import { AccelError, EnvironmentError, type ErrorCode } from '../core/errors.ts';
import { joinHost, type HostPath } from '../core/paths.ts';

interface ErrnoWords {
  readonly code: ErrorCode;
  readonly why: string;
  readonly fix?: string;
}

const REFUSED = { code: 'E_PERMISSION', fix: 'Run as the owner of these files, or as root' } as const;
const FULL = {
  code: 'E_NO_SPACE',
  fix: 'Free some space, then run the same command again; nothing half done was left behind',
} as const;
const WRONG_PATH = { code: 'E_IO', fix: 'Check the path' } as const;

const ERRNO: Readonly<Record<string, ErrnoWords>> = {
  EACCES: { ...REFUSED, why: 'permission denied' },
  EPERM: { ...REFUSED, why: 'the operation is not permitted' },
  EROFS: { ...REFUSED, why: 'the file system is read-only' },
  ENOSPC: { ...FULL, why: 'no space is left on the device' },
  EDQUOT: { ...FULL, why: 'the disk quota is used up' },
  ENOENT: { ...WRONG_PATH, why: 'no such file or directory' },
  ENOTDIR: { ...WRONG_PATH, why: 'a part of the path is not a directory' },
  EISDIR: { ...WRONG_PATH, why: 'it is a directory' },
  EEXIST: { code: 'E_IO', why: 'it exists already' },
  ELOOP: { ...WRONG_PATH, why: 'too many symbolic links' },
  EIO: { code: 'E_IO', why: 'the device reported an error', fix: 'See what the kernel says of it: dmesg' },
};

/** Gives an errno error its sentence: `withErrno('write the index', () => ...)`. Other errors pass through. */
export async function withErrno<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateErrno(doing, error);
  }
}

export function translateErrno(doing: string, error: unknown): unknown {
  if (error instanceof AccelError) return error;
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const { code, why, fix }: ErrnoWords = ERRNO[errno] ?? { code: 'E_IO', why: `the system said ${errno}` };
  const path = (error as NodeJS.ErrnoException).path;
  return new EnvironmentError({
    code,
    what: `cannot ${doing}`,
    why: path === undefined ? why : `${path}: ${why}`,
    ...(fix === undefined ? {} : { fix: [fix] }),
    cause: error,
  });
}

export function errnoOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

export async function exists(path: HostPath): Promise<boolean> {
  return (await statOrUndefined(path)) !== undefined;
}

/** lstat, or undefined where there is nothing. */
export async function statOrUndefined(path: HostPath): Promise<Awaited<ReturnType<typeof fsp.lstat>> | undefined> {
  try {
    return await fsp.lstat(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The same without a promise, for walks of thousands of files. */
export function lstatIfThere(path: HostPath): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Reads a text file, or undefined where there is none. */
export async function readTextIfThere(path: HostPath): Promise<string | undefined> {
  try {
    return await fsp.readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Every `.json` file of a directory as `parse` reads it, by name; none where there is no such directory. */
export async function readJsonFiles<T>(dir: HostPath, parse: (text: string, file: HostPath) => T): Promise<T[]> {
  if (!(await exists(dir))) return [];
  const names = await withErrno(`read ${dir}`, () => fsp.readdir(dir));
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (name) => parse(await fsp.readFile(joinHost(dir, name), 'utf8'), joinHost(dir, name))),
  );
}

/**
 * Writes a file so that readers see the old content or the new, never a part: a temporary sibling, fsync, rename(2).
 */
export async function writeAtomically(path: HostPath, content: string | Buffer, mode = 0o644): Promise<void> {
  const temporary = siblingName(path);
  try {
    const file = await fsp.open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await fsp.rename(temporary, path);
  } catch (error) {
    await fsp.rm(temporary, { force: true });
    throw translateErrno(`write ${path}`, error);
  }
}

/** A hidden name beside `path`, on the same file system, that nobody else uses. */
export function siblingName(path: HostPath): HostPath {
  const slash = path.lastIndexOf('/');
  const unique = randomBytes(6).toString('hex');
  return `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.${unique}.new` as HostPath;
}

/** The user's cache: build roots' donors, twins and trees. QEMU_ACCEL_CACHE, else XDG_CACHE_HOME, else ~/.cache. */
export function cacheDir(): HostPath {
  const own = process.env['QEMU_ACCEL_CACHE'];
  if (own !== undefined && own !== '') return joinHost(own as HostPath);
  const xdg = process.env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && xdg !== '' ? xdg : `${process.env['HOME'] ?? '/root'}/.cache`;
  return joinHost(base as HostPath, 'qemu-accel');
}
