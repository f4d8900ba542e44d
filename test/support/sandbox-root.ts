/** A build root of some twenty programs, made in a moment, for tests of what surrounds the command: `run`. */
import { promises as fsp } from 'node:fs';
import { posix } from 'node:path';
import { resolveInRoot } from '../../src/adapters/buildroot/resolve.ts';
import { readElf } from '../../src/core/elf/read.ts';
import { guestPath, inRoot, joinHost, type GuestPath, type HostPath } from '../../src/core/paths.ts';
import { withFileSource } from '../../src/os/file-source.ts';
import { testRoot } from './roots.ts';

const PROGRAMS = ['sh', 'bash', 'cat', 'id', 'uname', 'ls', 'sleep', 'stty', 'tty', 'true', 'env', 'readlink', 'touch'];
const DIRS = ['dev', 'proc', 'sys', 'tmp', 'root', 'run', 'etc'];
const FILES = ['/etc/passwd', '/etc/group'];
const LIBRARY_DIRS = ['/usr/lib/aarch64-linux-gnu', '/usr/lib'];

/** Fills `dir` from the build root of the system tests, which stays as it is. */
export async function makeSandboxRoot(dir: HostPath): Promise<void> {
  const from = await testRoot();
  for (const name of DIRS) await fsp.mkdir(joinHost(dir, name));
  for (const name of ['bin', 'lib']) await fsp.symlink(`usr/${name}`, joinHost(dir, name));
  const copied = new Set<string>();
  for (const file of FILES) await copyWithLibraries(from, dir, { path: guestPath(file), copied });
  for (const program of PROGRAMS) {
    await copyWithLibraries(from, dir, { path: guestPath(`/usr/bin/${program}`), copied });
  }
}

async function copyWithLibraries(
  from: HostPath,
  to: HostPath,
  { path, copied }: { readonly path: GuestPath; readonly copied: Set<string> },
): Promise<void> {
  if (copied.has(path)) return;
  copied.add(path);
  const source = resolveInRoot(from, path);
  if (source === undefined) throw new Error(`the test root has no ${path}`);
  const target = inRoot(to, path);
  await fsp.mkdir(posix.dirname(target), { recursive: true });
  await fsp.copyFile(inRoot(from, source), target);
  if (FILES.includes(path)) return;
  const { needed, interpreter } = withFileSource(inRoot(from, source), readElf);
  const libraries = needed.map((name) => libraryPath(from, name));
  const loader = interpreter === undefined ? [] : [guestPath(interpreter.replace(/^\/lib\//, '/usr/lib/'))];
  for (const library of [...libraries, ...loader]) await copyWithLibraries(from, to, { path: library, copied });
}

function libraryPath(root: HostPath, name: string): GuestPath {
  const found = LIBRARY_DIRS.map((dir) => guestPath(`${dir}/${name}`)).find((path) => resolveInRoot(root, path));
  if (found === undefined) throw new Error(`the test root has no library ${name}`);
  return found;
}
