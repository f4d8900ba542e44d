/**
 * Our entry of the machine's binfmt_misc table, which lasts until it is taken out or the machine ends.
 *
 * It names a file at a fixed place: the cache may be removed at any time and is one user's, the table is everybody's. The
 * kernel holds the file open (flag F), so it is replaced by a new one and never written to.
 */
import { promises as fsp } from 'node:fs';
import { isRegistered, lastingName, registrationText, type BinfmtEntry } from '../../core/binfmt.ts';
import { EnvironmentError } from '../../core/errors.ts';
import type { HandlerArch } from '../../core/handler-archs.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { errnoOf, exists, withErrno, writeAtomically } from '../../os/fs.ts';
import { withLock } from '../../os/lock.ts';
import { openTable, tableError, writeTable } from './open-table.ts';
import { BINFMT_DIR, readBinfmtTable } from './table.ts';

/** hier(7): state of programs that outlives them. */
const PLACE = '/var/lib/qemu-accel' as HostPath;
const LOCK_WAIT_SECONDS = 60;

/** Where the registered dispatcher is. Its name tells it its architecture. */
export function lastingInterpreter(arch: HandlerArch): HostPath {
  return joinHost(PLACE, `qemu-${arch.qemu}-binfmt`);
}

/**
 * Registers a dispatcher for an architecture. One that is there already and as it should be is left alone.
 *
 * @param makeDispatcher gives the file that is copied to its lasting place; not asked where the table is not ours to write.
 * @throws EnvironmentError E_PERMISSION, E_BINFMT (see `openTable`), E_CONFLICT when the name is somebody else's.
 */
export async function register(
  arch: HandlerArch,
  makeDispatcher: () => Promise<HostPath>,
): Promise<'registered' | 'replaced' | 'unchanged'> {
  await openTable();
  const dispatcher = await makeDispatcher();
  return underLock(async () => {
    const before = await ownEntry(arch);
    const interpreter = lastingInterpreter(arch);
    const content = await withErrno('read the dispatcher', () => fsp.readFile(dispatcher));
    const isCurrent = await holds(interpreter, content);
    if (before !== undefined && isCurrent && isRegistered(before, arch, interpreter)) return 'unchanged';
    // Out first: whenever this ends halfway, an entry that is there belongs to the file that is there.
    if (before !== undefined) await takeOut(arch);
    if (!isCurrent) await writeAtomically(interpreter, content, 0o755);
    await putIn(arch, interpreter);
    return before === undefined ? 'registered' : 'replaced';
  });
}

/**
 * Takes our entry out, and the file that it names.
 *
 * @throws EnvironmentError E_PERMISSION, E_CONFLICT when the entry of that name is somebody else's.
 */
export async function unregister(arch: HandlerArch): Promise<'unregistered' | 'absent'> {
  const interpreter = lastingInterpreter(arch);
  // Without this nobody could ask who may not write, and a table that is not mounted would be mounted for nothing.
  if ((await ownEntry(arch)) === undefined && !(await exists(interpreter))) return 'absent';
  return underLock(async () => {
    const before = await ownEntry(arch);
    if (before !== undefined) {
      await openTable();
      await takeOut(arch);
    }
    await withErrno('remove the registered dispatcher', () => fsp.rm(interpreter, { force: true }));
    return before === undefined ? 'absent' : 'unregistered';
  });
}

async function ownEntry(arch: HandlerArch): Promise<BinfmtEntry | undefined> {
  const name = lastingName(arch);
  const entry = (await readBinfmtTable()).find((candidate) => candidate.name === name);
  if (entry === undefined || entry.interpreter === lastingInterpreter(arch)) return entry;
  throw conflict(name, `it is registered for ${entry.interpreter}`);
}

async function takeOut(arch: HandlerArch): Promise<void> {
  try {
    await writeTable(joinHost(BINFMT_DIR, lastingName(arch)), '-1');
  } catch (error) {
    throw tableError(`take ${lastingName(arch)} out of the binfmt_misc table`, error);
  }
}

async function putIn(arch: HandlerArch, interpreter: HostPath): Promise<void> {
  const name = lastingName(arch);
  const text = registrationText(arch, interpreter, { name });
  if (text === undefined) throw new RangeError(`no registration for ${interpreter}`);
  try {
    await writeTable(joinHost(BINFMT_DIR, 'register'), text);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST') throw conflict(name, 'it was registered by somebody else just now');
    if (errno !== 'EACCES' && errno !== 'ENOEXEC' && errno !== 'EINVAL') throw tableError(`register ${name}`, error);
    throw new EnvironmentError({
      code: 'E_BINFMT',
      what: `cannot register ${name}`,
      why: `the kernel does not take ${interpreter} as interpreter (${errno})`,
      fix: [`See that ${PLACE} is not on a file system mounted noexec`],
      cause: error,
    });
  }
}

function conflict(name: string, why: string): EnvironmentError {
  return new EnvironmentError({
    code: 'E_CONFLICT',
    what: `the binfmt_misc entry ${name} is not ours`,
    why,
    fix: [`Take it out, as root, if nobody needs it: echo -1 >${BINFMT_DIR}/${name}`],
  });
}

async function holds(path: HostPath, content: Buffer): Promise<boolean> {
  return (await exists(path)) && (await withErrno(`read ${path}`, () => fsp.readFile(path))).equals(content);
}

/** Of two at once, the second finds what the first has done. */
async function underLock<T>(work: () => Promise<T>): Promise<T> {
  await withErrno(`create ${PLACE}`, () => fsp.mkdir(PLACE, { recursive: true, mode: 0o755 }));
  return withLock(joinHost(PLACE, 'lock'), LOCK_WAIT_SECONDS, work);
}
