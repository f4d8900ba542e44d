/**
 * Unpacked packages: `<cache>/donor/<name>_<version>_<arch>_<sha12>/`, whole or not there. They are shared by all build
 * roots and never changed.
 */
import { promises as fsp } from 'node:fs';
import type { DonorPackage } from '../../core/model.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { cacheDir, errnoOf, exists, siblingName, withErrno } from '../../os/fs.ts';

type PackageId = Omit<DonorPackage, 'dir'>;

/** Where the package's files are, or would be. */
function unpackedDir(id: PackageId): HostPath {
  // apt's own way to keep an epoch's colon out of file names.
  const version = id.version.replaceAll(':', '%3a');
  return joinHost(unpackedBase(), `${id.name}_${version}_${id.arch}_${id.sha256.slice(0, 12)}`);
}

function unpackedBase(): HostPath {
  return joinHost(cacheDir(), 'donor');
}

/** The package, if it has been unpacked before. */
export async function findUnpacked(id: PackageId): Promise<DonorPackage | undefined> {
  const dir = unpackedDir(id);
  return (await exists(dir)) ? { ...id, dir } : undefined;
}

/**
 * Debian 12 ships /bin/bash and Debian 13 /usr/bin/bash, for one program. With these links in place first, both are
 * found under /usr, where the guest has them.
 */
const MERGED_USR = ['bin', 'sbin', 'lib', 'lib32', 'lib64'];

/** No program reads its own manual page; leaving these out halves the number of files. */
const LEFT_OUT = ['doc', 'info', 'lintian', 'locale', 'man'].map((name) => `--exclude=./usr/share/${name}/*`);

/**
 * `dpkg-deb --extract` keeps owners, and inside a user namespace would give files of the user's cache to other ids of
 * the subuid range; it also ignores TAR_OPTIONS. Without `--same-permissions` set-id bits are dropped, which nobody
 * needs in a cache.
 */
const EXTRACT =
  'set -o pipefail; deb=$1 dir=$2; shift 2; dpkg-deb --fsys-tarfile "$deb" | tar --extract --directory="$dir" ' +
  '--no-same-owner --no-same-permissions --keep-directory-symlink "$@"';

/**
 * Unpacks a .deb file whose checksum has been compared.
 *
 * @throws CommandError E_COMMAND when it is no .deb file.
 */
export async function unpack(id: PackageId, deb: HostPath): Promise<DonorPackage> {
  const found = await findUnpacked(id);
  if (found) return found;
  const dir = unpackedDir(id);
  const unfinished = siblingName(dir);
  // Not readable for others: packages of any age lie here, with the mistakes that security updates have mended since.
  await withErrno(`make the cache ${unpackedBase()}`, () =>
    fsp.mkdir(unpackedBase(), { recursive: true, mode: 0o700 }),
  );
  try {
    await withErrno(`unpack ${id.name}`, () => makeMergedUsr(unfinished));
    await exec(['bash', '-c', EXTRACT, 'bash', deb, unfinished, ...LEFT_OUT]);
    await withErrno(`unpack ${id.name}`, () => renameOnto(unfinished, dir));
  } catch (error) {
    await fsp.rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  return { ...id, dir };
}

async function makeMergedUsr(dir: HostPath): Promise<void> {
  await fsp.mkdir(dir);
  for (const name of MERGED_USR) {
    await fsp.mkdir(joinHost(dir, 'usr', name), { recursive: true });
    await fsp.symlink(`usr/${name}`, joinHost(dir, name));
  }
}

/** Somebody else may have unpacked the same package meanwhile: theirs is as good. */
async function renameOnto(unfinished: HostPath, dir: HostPath): Promise<void> {
  try {
    await fsp.rename(unfinished, dir);
  } catch (error) {
    if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'EEXIST') throw error;
    await fsp.rm(unfinished, { recursive: true, force: true });
  }
}

const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** Removes what processes left behind that were killed while they unpacked. */
export async function sweepUnfinished(now = Date.now()): Promise<void> {
  const base = unpackedBase();
  if (!(await exists(base))) return;
  for (const name of await fsp.readdir(base)) {
    if (!/^\..*\.new$/.test(name)) continue;
    const path = joinHost(base, name);
    const { mtimeMs } = await fsp.lstat(path);
    if (now - mtimeMs > ABANDONED_AFTER_MS) await fsp.rm(path, { recursive: true, force: true });
  }
}
