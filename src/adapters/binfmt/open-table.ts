/** Makes the machine's binfmt_misc table ready to be written, or says why it cannot be. */
import { promises as fsp } from 'node:fs';
import { CommandError, EnvironmentError } from '../../core/errors.ts';
import { joinHost, type HostPath } from '../../core/paths.ts';
import { exec } from '../../os/exec.ts';
import { errnoOf, exists, translateErrno } from '../../os/fs.ts';
import { BINFMT_DIR, binfmtState } from './table.ts';

const REGISTER = joinHost(BINFMT_DIR, 'register');
const AS_ROOT = 'Run the same command as root';

/**
 * Mounts the table where it is not mounted, and sees that it may be written.
 *
 * @throws EnvironmentError E_BINFMT when the kernel has none, E_PERMISSION when it is not ours to write, or read-only.
 */
export async function openTable(): Promise<void> {
  if ((await binfmtState()) === 'not mounted') await mountTable();
  try {
    await fsp.access(REGISTER, fsp.constants.W_OK);
  } catch (error) {
    throw tableError('write to the binfmt_misc table', error);
  }
}

/** Writes to `register` or to an entry. The kernel wants the text in one write, and none of these files can be made. */
export async function writeTable(file: HostPath, text: string): Promise<void> {
  await fsp.writeFile(file, text, { flag: fsp.constants.O_WRONLY });
}

/** Puts an errno of the table's files into words. */
export function tableError(doing: string, error: unknown): unknown {
  const what = `cannot ${doing}`;
  const errno = errnoOf(error);
  if (errno === 'EROFS') {
    const fix = ['Do it outside of the container, or start that one with --privileged'];
    return new EnvironmentError({ code: 'E_PERMISSION', what, why: `${BINFMT_DIR} is read-only`, fix, cause: error });
  }
  if (errno === 'EACCES' || errno === 'EPERM') {
    const why = `${BINFMT_DIR} belongs to the whole machine, and only its root may change it`;
    return new EnvironmentError({ code: 'E_PERMISSION', what, why, fix: [AS_ROOT], cause: error });
  }
  return translateErrno(doing, error);
}

async function mountTable(): Promise<void> {
  const what = 'cannot mount binfmt_misc';
  // The kernel makes this directory as soon as it knows of binfmt_misc, also while the module is not loaded.
  if (!(await exists(BINFMT_DIR))) {
    const fix = ['Load the module: modprobe binfmt_misc', 'In a chroot: mount /proc'];
    throw new EnvironmentError({ code: 'E_BINFMT', what, why: `there is no ${BINFMT_DIR}`, fix });
  }
  try {
    await exec(['mount', '-t', 'binfmt_misc', 'binfmt_misc', BINFMT_DIR]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const why = error.stderr.trim();
    // mount(8) has no status of its own for this.
    if (/superuser|permission denied|not permitted|only root/i.test(why)) {
      throw new EnvironmentError({ code: 'E_PERMISSION', what, why, fix: [AS_ROOT], cause: error });
    }
    const fix = ['See that the kernel has it: modprobe binfmt_misc'];
    throw new EnvironmentError({ code: 'E_BINFMT', what, why, fix, cause: error });
  }
}
