/** The build root that the packages are built in. */
import { promises as fsp } from 'node:fs';
import { createHash } from 'node:crypto';
import { parseStatus } from '../../adapters/buildroot/dpkg-database.ts';
import { guestArch } from '../../core/arch.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exists, withErrno } from '../../os/fs.ts';
import { bootstrap } from '../bootstrap.ts';
import { install } from '../install.ts';
import type { ProgressSink } from '../progress.ts';
import { runCaptured } from '../run.ts';
import { COMMON_NEEDS, PACKAGES, type PackageRow } from './table.ts';

export const SUITE = 'trixie';
export const ARCH = guestArch('arm64');
/** The user that builds. */
export const BUILDER = 'builder';

interface Watched {
  readonly onProgress: ProgressSink;
  readonly signal: AbortSignal;
}

/** Makes the root where there is none, with the build dependencies of the whole table, so that one root serves all. */
export async function makeRoot(root: HostPath, { onProgress, signal }: Watched): Promise<void> {
  if (await exists(root)) return;
  onProgress({ kind: 'note', text: `making a Debian ${SUITE} ${ARCH.name} build root in ${root}; this is done once` });
  const include = [...new Set([...COMMON_NEEDS, ...PACKAGES.flatMap((row) => row.needs)])].sort();
  await bootstrap({ suite: SUITE, arch: ARCH, dir: root, include, onProgress, signal });
}

/**
 * Brings the root's emul tree up to date with this program, and sees to the builder and the build dependencies.
 *
 * @throws EnvironmentError E_ROOT when a build dependency is missing: the table has grown since the root was made.
 */
export async function prepareRoot(root: HostPath, rows: readonly PackageRow[], watched: Watched): Promise<void> {
  await install({ root, ...watched });
  const installed = new Set((await installedPackages(root)).map(({ name }) => name));
  const missing = [...COMMON_NEEDS, ...rows.flatMap((row) => row.needs)].filter((name) => !installed.has(name));
  if (missing.length > 0) {
    throw new EnvironmentError({
      code: 'E_ROOT',
      what: `${root} lacks build dependencies: ${[...new Set(missing)].sort().join(', ')}`,
      fix: [`Remove it, and it will be made anew: rm -rf ${root}`],
    });
  }
  await addBuilder(root);
}

async function addBuilder(root: HostPath): Promise<void> {
  const passwd = await withErrno('read the users of the build root', () =>
    fsp.readFile(joinHost(root, 'etc/passwd'), 'utf8'),
  );
  if (passwd.split('\n').some((line) => line.startsWith(`${BUILDER}:`))) return;
  const command = ['useradd', '--create-home', '--uid', '1000', BUILDER];
  const { status, stderr } = await runCaptured({ root, command });
  if (status === 0) return;
  throw new EnvironmentError({ code: 'E_COMMAND', what: `cannot add the user ${BUILDER} to ${root}`, why: stderr });
}

/** What an emulated build can see of the root: every package's version. */
export async function rootKey(root: HostPath): Promise<string> {
  const lines = (await installedPackages(root)).map(({ name, version, arch }) => `${name} ${version} ${arch}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

async function installedPackages(root: HostPath): Promise<ReturnType<typeof parseStatus>> {
  const status = joinHost(root, 'var/lib/dpkg/status');
  return parseStatus(await withErrno(`read the packages of ${root}`, () => fsp.readFile(status, 'utf8')));
}
