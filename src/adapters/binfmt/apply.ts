/** Does the steps of a plan, in their order. Entries that were taken out go back in when a later step fails. */
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { entryText, type BinfmtEntry } from '../../core/binfmt.ts';
import type { HandlerStep } from '../../core/binfmt-step.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { hostPath, joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { errnoOf, withErrno, writeAtomically } from '../../os/fs.ts';
import { openTable, tableError, writeTable } from './open-table.ts';
import { BINFMT_DIR } from './table.ts';

type Step<Kind extends HandlerStep['kind']> = Extract<HandlerStep, { kind: Kind }>;

/**
 * @param dispatcher what `install-dispatcher` installs.
 * @throws EnvironmentError E_PERMISSION, E_BINFMT (see `openTable`), E_CONFLICT when somebody else has taken the name just now.
 */
export async function applySteps(steps: readonly HandlerStep[], dispatcher?: Buffer): Promise<void> {
  const out: BinfmtEntry[] = [];
  try {
    for (const step of steps) {
      await applyStep(step, dispatcher);
      if (step.kind === 'take-out') out.push(step.entry);
      if (step.kind === 'register') out.splice(0, out.length, ...out.filter(({ name }) => name !== step.entry.name));
    }
  } catch (error) {
    // The first error is the one to tell; the oldest entry is the last in a plan's order of taking out.
    for (const entry of out.reverse()) await putIn(entry).catch(() => undefined);
    throw error;
  }
}

async function applyStep(step: HandlerStep, dispatcher: Buffer | undefined): Promise<void> {
  switch (step.kind) {
    case 'mount':
      return openTable();
    case 'switch-table-on':
      return writeFile('status', '1', 'switch the binfmt_misc table on');
    case 'register':
      return putIn(step.entry);
    case 'take-out':
      return writeFile(step.entry.name, '-1', `take ${step.entry.name} out of the binfmt_misc table`);
    case 'switch-off':
      return writeFile(step.entry.name, '0', `switch ${step.entry.name} off`);
    case 'switch-on':
      return writeFile(step.entry.name, '1', `switch ${step.entry.name} on`);
    case 'install-dispatcher':
      // The kernel holds the old one open (flag F): it is replaced, and never written to.
      return writeAtomically(hostPath(step.path), dispatcher ?? Buffer.alloc(0), 0o755);
    case 'service':
      await exec(['systemctl', step.action, step.unit]);
      return;
    case 'write':
    case 'hide':
    case 'remove':
      return changeFile(step);
  }
}

async function changeFile(step: Step<'write' | 'hide' | 'remove'>): Promise<void> {
  const path = hostPath(step.path);
  await withErrno(`${step.kind} ${path}`, async () => {
    if (step.kind === 'remove') {
      await fsp.rm(path, { force: true });
      return;
    }
    await fsp.mkdir(dirname(path), { recursive: true });
    if (step.kind === 'hide') await fsp.symlink('/dev/null', path);
    else await writeAtomically(path, step.text);
  });
}

/** The kernel's three words, to an entry or to the whole table. */
async function writeFile(name: string, text: '-1' | '0' | '1', doing: string): Promise<void> {
  try {
    await writeTable(joinHost(BINFMT_DIR, name), text);
  } catch (error) {
    // Somebody else has taken it out: so it is.
    if (errnoOf(error) === 'ENOENT' && text === '-1') return;
    throw tableError(doing, error);
  }
}

async function putIn(entry: BinfmtEntry): Promise<void> {
  const { name, interpreter } = entry;
  const text = entryText(entry);
  if (text === undefined) throw refused(name, `its path cannot be written: ${interpreter}`, interpreter);
  try {
    await writeTable(joinHost(BINFMT_DIR, 'register'), text);
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (errno === 'EEXIST') throw nameTaken(name, 'it was registered by somebody else just now');
    if (!['EACCES', 'ENOEXEC', 'EINVAL', 'ENOENT'].includes(errno)) throw tableError(`register ${name}`, error);
    throw refused(name, `the kernel does not take ${interpreter} as interpreter (${errno})`, interpreter, error);
  }
}

function refused(name: string, why: string, interpreter: string, cause?: unknown): EnvironmentError {
  return new EnvironmentError({
    code: 'E_BINFMT',
    what: `cannot register ${name}`,
    why,
    fix: [`See that ${dirname(interpreter)} is not on a file system mounted noexec`],
    cause,
  });
}

/** The name that an entry of ours needs is somebody else's. */
export function nameTaken(name: string, why: string): EnvironmentError {
  const table: HostPath = BINFMT_DIR;
  return new EnvironmentError({
    code: 'E_CONFLICT',
    what: `the binfmt_misc entry ${name} is not ours`,
    why,
    fix: [
      'Put ours in its place, and have it back at unregister: add --replace',
      `Take it out, as root, if nobody needs it: echo -1 >${table}/${name}`,
    ],
  });
}
