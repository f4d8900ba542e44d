/** Whether this machine's kernel runs 32-bit programs: found out by running one. */
import { exec } from './exec.ts';
import { projectPath } from './project.ts';

/**
 * CONFIG_IA32_EMULATION may be left out of a kernel, or switched off at boot (`ia32_emulation=off`, Linux 6.7).
 *
 * @param program a 32-bit program that does nothing; false also where it cannot be started for another reason.
 */
export async function runs32BitPrograms(program = projectPath('native', 'build', 'true-32')): Promise<boolean> {
  try {
    await exec([program]);
    return true;
  } catch {
    return false;
  }
}
