/** Looks at the disk: what is free, and what is in the cache. */
import { accessSync, constants, existsSync, lstatSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path/posix';
import { heldLocks } from '../../core/doctor/leftover-checks.ts';
import type { Seen } from '../../core/doctor/model.ts';
import type { CacheFacts, Place, SpaceFacts } from '../../core/doctor/space-checks.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { cacheDir } from '../../os/fs.ts';
import { see, seeText } from './see.ts';

const MEBIBYTE = 1024 ** 2;
/** What one suite with all packs takes, and half as much again; docs/doctor.md has the figures. */
const NEEDS = {
  cache: { use: 'the cache', neededBytes: 1536 * MEBIBYTE, neededInodes: 60_000 },
  root: { use: 'the build root', neededBytes: 512 * MEBIBYTE, neededInodes: 5_000 },
  temporary: { use: 'temporary files', neededBytes: 64 * MEBIBYTE, neededInodes: 500 },
};
const HOUR_MS = 60 * 60 * 1000;
/** Parts of the cache that `install` and `run` fill. */
const CACHE_PARTS = ['apt', 'asks', 'donor', 'interpreters', 'objects', 'tmp', 'trees', 'twins'];

export async function gatherSpaceFacts(root?: HostPath): Promise<SpaceFacts> {
  const cache = cacheDir();
  return {
    places: [
      placeOf(cache, NEEDS.cache),
      ...(root === undefined ? [] : [placeOf(root, NEEDS.root)]),
      placeOf(tmpdir() as HostPath, NEEDS.temporary),
    ],
    cache: existsSync(cache) ? await see(`look at the cache ${cache}`, () => cacheFacts(cache)) : undefined,
  };
}

type Need = Pick<Place, 'use' | 'neededBytes' | 'neededInodes'>;

/** Of the nearest directory that is there: the cache may not have been made yet. */
function placeOf(path: HostPath, need: Need): Seen<Place> {
  if (!existsSync(path) && path !== '/') return placeOf(dirname(path) as HostPath, need);
  return see(`ask for the free space of ${path}`, () => {
    const { bsize, bavail, ffree, files } = statfsSync(path);
    return { ...need, path, freeBytes: bsize * bavail, ...(files === 0 ? {} : { freeInodes: ffree }) };
  });
}

async function cacheFacts(path: HostPath): Promise<CacheFacts> {
  const parts = CACHE_PARTS.map((name) => joinHost(path, name)).filter((dir) => existsSync(dir));
  const lockDir = joinHost(path, 'locks');
  const inodes = existsSync(lockDir) ? readdirSync(lockDir).map((name) => statSync(joinHost(lockDir, name)).ino) : [];
  return {
    path,
    isWritable: [path, ...parts].every(isWritable),
    sizeBytes: await see(`measure ${path}`, () => sizeOf(parts)),
    abandoned: [
      ...oldNames(joinHost(path, 'tmp'), () => true),
      ...oldNames(joinHost(path, 'donor'), (name) => /^\..*\.new$/.test(name)),
    ],
    heldLocks: seeText('/proc/locks', (text) => heldLocks(text, new Set(inodes))),
  };
}

async function sizeOf(dirs: readonly HostPath[]): Promise<number> {
  if (dirs.length === 0) return 0;
  const { stdout } = await exec(['du', '--summarize', '--total', '--block-size=1', ...dirs]);
  return Number(stdout.trimEnd().split('\n').at(-1)?.split('\t')[0]);
}

/** A run that is at work has touched its files within the hour. */
function oldNames(dir: HostPath, isTemporary: (name: string) => boolean): string[] {
  if (!existsSync(dir)) return [];
  const paths = readdirSync(dir)
    .filter(isTemporary)
    .map((name) => joinHost(dir, name));
  return paths.filter((path) => {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats !== undefined && Date.now() - stats.mtimeMs > HOUR_MS;
  });
}

function isWritable(path: HostPath): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
