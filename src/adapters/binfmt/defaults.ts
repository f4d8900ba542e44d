/** How a distribution registers its handlers when the machine starts, beside the files that declare them. */
import { SUPPORT_UNIT } from '../../core/binfmt-clear.ts';
import { EnvironmentError } from '../../core/errors.ts';
import { exec } from '../../os/exec.ts';

/** Is binfmt-support started with the machine? Not where its unit or systemd is missing. */
export async function isSupportEnabled(): Promise<boolean> {
  try {
    // systemctl(1): 1 for a unit that is not enabled, 4 for one that is not there.
    const { status } = await exec(['systemctl', 'is-enabled', SUPPORT_UNIT], { okStatuses: [0, 1, 4] });
    return status === 0;
  } catch (error) {
    if (error instanceof EnvironmentError && error.code === 'E_TOOL_MISSING') return false;
    throw error;
  }
}
