/** Room for the work, and what killed runs have left. */
import { ok, unknown, whenSeen, type Check, type Judgement, type Seen } from './model.ts';

export interface Place {
  /** What is written there: `the cache`. */
  readonly use: string;
  readonly path: string;
  readonly freeBytes: number;
  /** Undefined for a file system that counts none (btrfs). */
  readonly freeInodes?: number;
  readonly neededBytes: number;
  readonly neededInodes: number;
}

export interface CacheFacts {
  readonly path: string;
  readonly isWritable: boolean;
  readonly sizeBytes: Seen<number>;
  /** Left by runs that were killed more than an hour ago. */
  readonly abandoned: readonly string[];
  /** Locks that somebody holds now. */
  readonly heldLocks: Seen<number>;
}

export interface SpaceFacts {
  readonly places: readonly Seen<Place>[];
  /** Undefined: there is no cache yet. */
  readonly cache: Seen<CacheFacts> | undefined;
}

export const SPACE_CHECKS: readonly Check<SpaceFacts>[] = [
  {
    id: 'space',
    title: 'disk space',
    why: 'donor packages, twins and the emul tree need room and inodes; what does not fit is not made',
    fix: ['Free some space, or move the cache: QEMU_ACCEL_CACHE=<directory>'],
    judge: judgeSpace,
  },
  {
    id: 'cache',
    title: 'cache',
    why: 'twins are made once and kept there; without it every `install` begins from nothing',
    fix: ['Make it yours: sudo chown -R "$USER" <cache>, or use another: QEMU_ACCEL_CACHE=<directory>'],
    judge: ({ cache }) => (cache === undefined ? ok('none yet') : whenSeen(cache, judgeCache)),
  },
];

function judgeSpace({ places }: SpaceFacts): Judgement {
  const seen = places.flatMap((place) => ('seen' in place ? [place.seen] : []));
  const details = seen.flatMap(shortOf);
  if (details.length > 0) return { status: 'finding', what: 'too little is free', details };
  const unseen = places.flatMap((place) => ('unseen' in place ? [place.unseen] : []));
  if (unseen.length > 0) return unknown(unseen.join('; '));
  return ok(seen.map(({ use, freeBytes }) => `${gigabytes(freeBytes)} for ${use}`).join(', '));
}

function shortOf({ use, path, freeBytes, freeInodes, neededBytes, neededInodes }: Place): string[] {
  const room = freeBytes < neededBytes ? [`${gigabytes(freeBytes)} of ${gigabytes(neededBytes)}`] : [];
  const inodes =
    freeInodes !== undefined && freeInodes < neededInodes
      ? [`${String(freeInodes)} of ${String(neededInodes)} inodes`]
      : [];
  return [...room, ...inodes].map((words) => `${words} for ${use} (${path})`);
}

function judgeCache({ path, isWritable, sizeBytes, abandoned, heldLocks }: CacheFacts): Judgement {
  if (!isWritable) return { status: 'finding', what: `${path} cannot be written to` };
  if (abandoned.length > 0) {
    return {
      status: 'finding',
      what: `killed runs have left ${String(abandoned.length)} unfinished files or directories`,
      details: abandoned,
      fix: [`Remove them: rm -rf ${abandoned.join(' ')}`, 'The next install does the same'],
      repair: { kind: 'sweep-cache', paths: abandoned },
    };
  }
  const size = 'seen' in sizeBytes ? gigabytes(sizeBytes.seen) : 'of unknown size';
  const locks = 'seen' in heldLocks && heldLocks.seen > 0 ? `, ${String(heldLocks.seen)} at work with it` : '';
  return ok(`${path}, ${size}${locks}`);
}

/** With one decimal; less than a tenth in megabytes. */
function gigabytes(bytes: number): string {
  const gigabyte = 1024 ** 3;
  return bytes < gigabyte / 10
    ? `${String(Math.floor(bytes / 1024 ** 2))} MiB`
    : `${(bytes / gigabyte).toFixed(1)} GiB`;
}
