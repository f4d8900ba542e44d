/** A build that another handler than the dispatcher breaks, from the log to the repair. */
import { expect } from 'vitest';
import type { HostPath } from '../../src/core/paths.ts';
import { machine } from './machine.ts';
import { PACKAGE } from './tizen-root.ts';

export interface Conflict {
  readonly root: HostPath;
  /** What is done in PACKAGE. */
  readonly build: string;
  /** Shell text that registers the two. */
  readonly dispatcher: string;
  readonly foreign: string;
}

/** Shell text: `build COMMANDS` in a chroot, with its log in /var/lib/log; `doctor ...` of that log, with its words in /var/lib/said. */
export function chrootScript(root: HostPath): string {
  return `
    mount --bind ${root} ${root}; mount -t proc proc ${root}/proc; mount --rbind /dev ${root}/dev; mount_table
    build() {
      env -i PATH=/usr/sbin:/usr/bin chroot ${root} sh -c "cd ${PACKAGE}; $1" >/var/lib/log 2>&1; echo "build $?"
    }
    doctor() { accel doctor "$@" --log /var/lib/log >/var/lib/said 2>&1; echo "doctor $?"; }
    said() { grep "$1" /var/lib/said; }`;
}

/**
 * It passes under the dispatcher, fails when the other handler comes, is named by `doctor --log`, passes after `--fix`; and when
 * the other one is back, `run` does not care.
 *
 * @param status of the build that fails.
 * @returns its log.
 */
export async function expectConflict({ root, build, dispatcher, foreign }: Conflict, status: number): Promise<string> {
  const { stdout } = await machine(`${chrootScript(root)}
    ${dispatcher}; build '${build}'; ${foreign}; build '${build}'; cat /var/lib/log; echo '= log'
    doctor; sed -n '/^✗/,/^$/p' /var/lib/said; said '^What follows'
    doctor --fix --yes; said '^repair handlers'; build '${build}'; binfmt restore
    accel run ${root} -- sh -c 'cd ${PACKAGE}; ${build}' >/var/lib/log 2>&1; echo "run $?"`);
  const [log = '', said = ''] = stdout.split('= log\n');
  expect(log.match(/^build \d+$/gm)).toEqual(['build 0', `build ${String(status)}`]);
  expect(said.split('\n').filter((line) => /^(build|doctor|run|✗|What|repair|done) ?/.test(line))).toEqual([
    'doctor 1',
    expect.stringMatching(/^✗ foreign-handler: .*\/liblto_plugin\.so\)$/),
    expect.stringMatching(/^What follows from that: /),
    'doctor 1',
    expect.stringMatching(
      /^repair handlers: take qemu-\w+ out of binfmt_misc \(undo: qemu-accel binfmt restore\): done$/,
    ),
    'build 0',
    expect.stringMatching(/^done: register qemu-/),
    'run 0',
  ]);
  return log;
}
