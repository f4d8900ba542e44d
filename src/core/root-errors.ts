/** What is said of a directory that is no build root, in the same words by every command. */
import { EnvironmentError } from './errors.ts';
import type { HostPath } from './paths.ts';

export function missingRoot(root: HostPath): EnvironmentError {
  return new EnvironmentError({ code: 'E_ROOT', what: `there is no build root ${root}`, fix: ['Check the path'] });
}

/** @param use what it is no use for: `accelerated`, `run`. */
export function unusableRoot(root: HostPath, use: 'accelerated' | 'run', why: string): EnvironmentError {
  return new EnvironmentError({
    code: 'E_ROOT',
    what: `${root} is not a build root that can be ${use}`,
    why,
    fix: [`Make one: qemu-accel bootstrap trixie arm64 ${root}`],
  });
}
