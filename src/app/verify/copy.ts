/**
 * A throw-away copy of a build root: an overlay whose upper directory takes what a command changes. What is in it is looked
 * at from a user namespace with the same ids, since an ordinary user may not read what the command's other users made.
 */
import { promises as fsp, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { runInSandbox, type SandboxResult } from '../../adapters/sandbox/launch.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { LISTING_FORMAT, parseAttributes, parseListing, type Layer } from '../../core/compare/layers.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import type { SandboxLayers } from '../../core/sandbox-plan.ts';
import { cleanEnv } from '../../os/exec.ts';
import { cacheDir, withErrno } from '../../os/fs.ts';

/** `f_type` of statfs(2): an overlay cannot be the upper layer of another one. */
const OVERLAYFS_MAGIC = 0x794c7630;
const NO_OUTPUT = Buffer.alloc(0);

/** A directory for the copies of one `verify`, on a file system that can hold them. */
export async function makeScratch(): Promise<HostPath> {
  const places = [joinHost(cacheDir(), 'tmp'), hostPath(tmpdir()), hostPath('/var/tmp'), hostPath('/dev/shm')];
  await withErrno('make a scratch directory', () => fsp.mkdir(joinHost(cacheDir(), 'tmp'), { recursive: true }));
  const place = places.find((dir) => statfsSync(dir).type !== OVERLAYFS_MAGIC);
  if (place === undefined) {
    throw new EnvironmentError({
      code: 'E_IO',
      what: 'there is no place for copies of the build root',
      why: `${places.join(', ')} are on an overlay, which cannot be under another one`,
      fix: ['Set QEMU_ACCEL_CACHE to a directory on ext4, xfs, btrfs or a tmpfs'],
    });
  }
  const scratch = await withErrno('make a scratch directory', () => fsp.mkdtemp(joinHost(place, 'verify-')));
  // Every user of the root must get through it.
  await fsp.chmod(scratch, 0o755);
  return hostPath(scratch);
}

/** An empty pair of directories for one run. */
export async function makeLayers(scratch: HostPath, name: string): Promise<SandboxLayers> {
  const layers = { upper: joinHost(scratch, name, 'upper'), work: joinHost(scratch, name, 'work') };
  for (const dir of [layers.upper, layers.work]) await fsp.mkdir(dir, { recursive: true });
  return layers;
}

/** What lies in an upper directory, and the sums of its regular files. */
export async function readLayer(
  upper: HostPath,
): Promise<{ readonly layer: Layer; readonly hashes: Map<string, string> }> {
  const [listing, attributes, sums] = await Promise.all([
    inHostView(['find', '.', '-mindepth', '1', '-printf', LISTING_FORMAT], upper),
    inHostView(['getfattr', '--recursive', '--no-dereference', '--dump', '--match=-', '--encoding=hex', '.'], upper),
    inHostView(['find', '.', '-type', 'f', '-exec', 'sha256sum', '--zero', '{}', '+'], upper),
  ]);
  return { layer: layerOf(listing.raw.stdout, attributes.stdout), hashes: parseSums(sums.raw.stdout) };
}

/** Files of the root: those of `paths` that exist, and everything below `trees`. */
export async function listRoot(root: HostPath, paths: readonly string[], trees: readonly string[]): Promise<Layer> {
  const find = async (from: readonly string[], depth: readonly string[]): Promise<Buffer> => {
    if (from.length === 0) return NO_OUTPUT;
    const input = words(from.map((path) => `./${path}`));
    return (await inHostView(['find', '-files0-from', '-', ...depth, '-printf', LISTING_FORMAT], root, input)).raw
      .stdout;
  };
  // find says on stderr what does not exist, which is what we ask.
  const listing = Buffer.concat([await find(paths, ['-maxdepth', '0']), await find(trees, [])]);
  const names = parseListing(listing).map(({ path }) => `./${path}`);
  const attributes = await inHostView(
    ['xargs', '-0', '-r', 'getfattr', '--no-dereference', '--dump', '--match=-', '--encoding=hex', '--'],
    root,
    words(names),
  );
  return layerOf(listing, attributes.stdout);
}

/** SHA-256 of files of the root, by path. */
export async function hashRootFiles(root: HostPath, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const listed = words(paths.map((path) => `./${path}`));
  return parseSums((await inHostView(['xargs', '-0', '-r', 'sha256sum', '--zero', '--'], root, listed)).raw.stdout);
}

/** The content of a file that only a user of the sandbox may be able to read; undefined where it is gone. */
export async function readContent(path: HostPath): Promise<Buffer | undefined> {
  const { status, raw } = await inHostView(['cat', '--', path], hostPath('/'));
  return status === 0 ? raw.stdout : undefined;
}

/** In a sandbox too: the files belong to the users of the root. */
export async function removeScratch(scratch: HostPath): Promise<void> {
  await inHostView(['rm', '--recursive', '--force', '--one-file-system', scratch], hostPath('/'));
}

function layerOf(listing: Buffer, attributes: string): Layer {
  return {
    files: new Map(parseListing(listing).map((file) => [file.path, file])),
    attributes: parseAttributes(attributes),
  };
}

function words(list: readonly string[]): string {
  return list.map((word) => `${word}\0`).join('');
}

/** `HASH  PATH NUL`, sha256sum(1) with --zero, which escapes nothing. */
function parseSums(output: Buffer): Map<string, string> {
  const lines = output.toString('utf8').split('\0');
  return new Map(
    lines.filter((line) => line !== '').map((line) => [line.slice(66).replace(/^\.\//, ''), line.slice(0, 64)]),
  );
}

async function inHostView(command: readonly [string, ...string[]], cwd: HostPath, input = ''): Promise<SandboxResult> {
  const env = cleanEnv();
  const result = await runInSandbox(
    { command, env, cwd, network: 'host', binds: [], files: [] },
    { stdio: 'capture', input },
  );
  if (result.startFailure === undefined) return result;
  throw new EnvironmentError({
    code: 'E_TOOL_MISSING',
    what: `${command[0]} is not installed`,
    why: 'the copies of the build root are looked at with it',
    fix: [command[0] === 'getfattr' ? 'Install the package attr' : 'Install findutils and coreutils'],
  });
}
