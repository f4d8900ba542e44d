/** The words of `run`'s options, and what they mean for a build root. */
import { lstatSync, promises as fsp, readFileSync, readlinkSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { followLinks, resolveInRoot } from '../adapters/buildroot/resolve.ts';
import { GUEST_ARCHS, type Arch } from '../core/arch.ts';
import { readElf } from '../core/elf/read.ts';
import { AccelError, UsageError } from '../core/errors.ts';
import { findGuestUser, type GuestUser } from '../core/guest-user.ts';
import { guestPath, hostPath, inRoot, type GuestPath, type HostPath } from '../core/paths.ts';
import { unusableRoot } from '../core/root-errors.ts';
import type { SandboxBind } from '../core/sandbox-plan.ts';
import { withFileSource } from '../os/file-source.ts';
import { translateErrno, withErrno } from '../os/fs.ts';

/** Programs that every root has one of; the first one found tells the architecture. */
const SHELLS = ['/bin/sh', '/usr/bin/sh', '/bin/bash', '/usr/bin/env', '/bin/busybox', '/usr/bin/dpkg'];

/** @throws EnvironmentError E_ROOT for what is no directory with programs of a known foreign architecture. */
export function archOfRoot(root: HostPath): Arch {
  try {
    return detectArch(root);
  } catch (error) {
    throw translateErrno(`look into the build root ${root}`, error);
  }
}

function detectArch(root: HostPath): Arch {
  if (root === '/') throw unusableRoot(root, 'run', 'it is the machine’s own');
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw unusableRoot(root, 'run', 'it is not a directory');
  const program = SHELLS.map((path) => resolveInRoot(root, guestPath(path))).find((path) => path !== undefined);
  if (program === undefined) throw unusableRoot(root, 'run', 'it has no shell');
  const { machine, elfClass, endian } = readProgram(root, program);
  const found = GUEST_ARCHS.find((a) => a.elfMachine === machine && a.elfClass === elfClass && a.endian === endian);
  if (found) return found;
  throw unusableRoot(
    root,
    'run',
    `its ${program} is for another machine than qemu-accel knows (ELF machine ${String(machine)})`,
  );
}

function readProgram(root: HostPath, program: GuestPath): ReturnType<typeof readElf> {
  try {
    return withFileSource(inRoot(root, program), readElf);
  } catch (error) {
    throw error instanceof AccelError ? unusableRoot(root, 'run', `its ${program} is no ELF program`) : error;
  }
}

/** The user that the command runs as, by the root's own files. */
export function userOfRoot(root: HostPath, wanted: string): GuestUser {
  const read = (path: string): string => {
    const resolved = resolveInRoot(root, guestPath(path));
    return resolved === undefined ? '' : readFileSync(inRoot(root, resolved), 'utf8');
  };
  try {
    return findGuestUser(wanted, { passwd: read('/etc/passwd'), group: read('/etc/group') });
  } catch (error) {
    throw translateErrno('read the users of the build root', error);
  }
}

/**
 * `SRC:DST` or `SRC:DST:ro`. SRC may be relative; DST is a path in the root.
 *
 * @throws UsageError E_USAGE for anything else, and for a SRC that does not exist.
 */
export function parseBind(text: string): SandboxBind {
  const [source = '', target = '', mode, ...more] = text.split(':');
  const isWellFormed = source !== '' && target.startsWith('/') && (mode === undefined || mode === 'ro');
  if (!isWellFormed || more.length > 0) {
    throw new UsageError({
      what: `'${text}' is not a bind`,
      why: 'it must be SRC:DST or SRC:DST:ro, with DST beginning with /',
      fix: ['For example: --bind .:/src'],
    });
  }
  const from = hostPath(source);
  if (statSync(from, { throwIfNoEntry: false }) === undefined) {
    throw new UsageError({ what: `cannot bind ${source}`, why: 'no such file or directory', fix: [] });
  }
  return { source: from, target: guestPath(target), isReadOnly: mode === 'ro' };
}

/**
 * Creates what a bind is to be put over, where the root has no such file or directory. It stays, empty: this is the one
 * thing that `run` ever changes in a root, and only where a person has named the place.
 */
export async function createMountPoint(root: HostPath, { source, target }: SandboxBind): Promise<void> {
  const resolved = followLinks(target, (path) => linkTarget(inRoot(root, path)));
  if (resolved === undefined) {
    throw new UsageError({ what: `cannot bind over ${target}`, why: 'its symbolic links form a loop', fix: [] });
  }
  const place = inRoot(root, resolved);
  if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) return;
  await withErrno(`create ${target} in the build root`, async () => {
    if (statSync(source).isDirectory()) {
      await fsp.mkdir(place, { recursive: true });
      return;
    }
    await fsp.mkdir(posix.dirname(place), { recursive: true });
    await fsp.writeFile(place, '', { flag: 'wx' });
  });
}

/** `NAME=VALUE`. */
export function parseEnv(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new UsageError({ what: `'${text}' is not NAME=VALUE`, fix: ['For example: --env CFLAGS=-O2'] });
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function linkTarget(path: HostPath): string | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : undefined;
}
