/** Where something is built in the build root: /mnt, as an ordinary user, without network. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { runCaptured } from '../run.ts';
import { BUILDER } from './root.ts';

/** A directory that every Debian root has, and that is empty there: both ways see their work at one path. */
export const PLACE = '/mnt';

/** The name of the file, in the place, that gets what a step prints. */
export const LOG = 'log';

/** An emulated gzip took twenty minutes on two cores; a busy machine may need several times that. */
const TIMEOUT_MS = 4 * 60 * 60 * 1000;

export interface Place {
  readonly root: HostPath;
  /** Ours alone; emptied first, and removed at the end. */
  readonly work: HostPath;
  readonly signal: AbortSignal;
}

export interface Step {
  readonly script: string;
  readonly isEmulated: boolean;
  /** Where the started programs of an accelerated step are written to. */
  readonly trace?: HostPath;
}

/** A file of the host, and its path below /mnt. */
export interface PlacedFile {
  readonly from: HostPath;
  readonly to: string;
}

/** As the builder sees it: /mnt with these files and an empty log, and a /tmp of its own. */
export async function setUpPlace(place: Place, files: readonly PlacedFile[]): Promise<void> {
  await removePlace(place);
  const inside = placeDir(place);
  await fsp.mkdir(inside, { recursive: true });
  for (const { from, to } of files) {
    const target = joinHost(inside, to);
    await fsp.mkdir(dirname(target), { recursive: true });
    await fsp.copyFile(from, target);
    const { mode } = await fsp.stat(target);
    await fsp.chmod(target, mode & 0o100 ? 0o755 : 0o644);
  }
  await fsp.writeFile(joinHost(inside, LOG), '');
  await fsp.chmod(joinHost(inside, LOG), 0o666);
  await fsp.mkdir(joinHost(place.work, 'tmp'));
  // The builder is another user than we are.
  for (const dir of [inside, joinHost(place.work, 'tmp')]) await fsp.chmod(dir, 0o1777);
}

/** The host's path of /mnt. */
export function placeDir({ work }: Pick<Place, 'work'>): HostPath {
  return joinHost(work, 'place');
}

/**
 * Runs shell commands in /mnt; what they print goes to the log, both streams in the order in which they were written.
 *
 * @returns their status.
 * @throws EnvironmentError E_INTERRUPTED when `signal` says stop; what run throws.
 */
export async function runInPlace(place: Place, { script, isEmulated, trace }: Step): Promise<number> {
  const { root, work, signal } = place;
  const { status } = await runCaptured(
    {
      root,
      command: ['sh', '-c', `exec >>${PLACE}/${LOG} 2>&1; ${script}`],
      isEmulated,
      binds: [`${placeDir(place)}:${PLACE}`, `${joinHost(work, 'tmp')}:/tmp`],
      chdir: PLACE,
      user: BUILDER,
      network: 'none',
      ...(trace === undefined ? {} : { trace }),
    },
    { signal, timeoutMs: TIMEOUT_MS },
  );
  if (!signal.aborted) return status;
  throw new EnvironmentError({ code: 'E_INTERRUPTED', what: 'the builds were interrupted' });
}

/** In the root, as its root: what has been made there belongs to the builder, who is no user of ours. */
export async function removePlace({ root, work }: Pick<Place, 'root' | 'work'>): Promise<void> {
  const exists = await fsp.stat(work).catch(() => undefined);
  if (exists === undefined) return;
  await runCaptured({ root, command: ['find', PLACE, '-mindepth', '1', '-delete'], binds: [`${work}:${PLACE}`] });
  await fsp.rm(work, { recursive: true, force: true });
}
