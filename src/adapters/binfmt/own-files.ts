/**
 * What of ours outlives a command: the installed dispatchers, the journal of what was taken away, and the lock that covers
 * both and the table.
 *
 * An entry names a file at a fixed place: the cache may be removed at any time and is one user's, the table is everybody's.
 */
import { promises as fsp } from 'node:fs';
import { OWN_PLACE } from '../../core/binfmt-origin.ts';
import { journalText, parseJournal, type UndoRecord } from '../../core/binfmt-undo.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { exists, readTextIfThere, withErrno, writeAtomically } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';

const PLACE = hostPath(OWN_PLACE);
const JOURNAL = joinHost(PLACE, 'undo.json');
const LOCK_WAIT_SECONDS = 60;

/** Of two at once, the second finds what the first has done. */
export async function withHandlerLock<T>(work: () => Promise<T>): Promise<T> {
  await withErrno(`create ${PLACE}`, () => fsp.mkdir(PLACE, { recursive: true, mode: 0o755 }));
  return withLock(joinHost(PLACE, 'lock'), LOCK_WAIT_SECONDS, work);
}

/** The records, the latest last. @throws EnvironmentError E_IO for a journal that is damaged. */
export async function readJournal(): Promise<readonly UndoRecord[]> {
  const text = await withErrno('read what was taken away', () => readTextIfThere(JOURNAL));
  if (text === undefined) return [];
  const records = parseJournal(text);
  if (records !== undefined) return records;
  throw new EnvironmentError({
    code: 'E_IO',
    what: 'cannot read what was taken away',
    why: `${JOURNAL} is damaged, or of a later qemu-accel`,
    fix: [`Remove it, if nothing is to be put back: rm ${JOURNAL}`],
  });
}

export async function writeJournal(records: readonly UndoRecord[]): Promise<void> {
  if (records.length > 0) await writeAtomically(JOURNAL, journalText(records));
  else await withErrno('forget what was put back', () => fsp.rm(JOURNAL, { force: true }));
}

/** random(4): another one after every start of the machine. */
export async function bootId(): Promise<string> {
  return (await readTextIfThere(hostPath('/proc/sys/kernel/random/boot_id')))?.trim() ?? '';
}

export async function holds(path: HostPath, content: Buffer): Promise<boolean> {
  return (await exists(path)) && (await withErrno(`read ${path}`, () => fsp.readFile(path))).equals(content);
}
