/**
 * What a conflicting handler makes of a build with meson, for real, and what the lack of any handler does. The guest has 64 bits
 * as this machine, so its loader does not say that the class of the LTO plug-in is wrong, but that there is no such file.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chrootScript, expectConflict } from '../support/conflict.ts';
import { BUILD_SERVICE_DISPATCHER, QEMU, registered } from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { tizenRoot } from '../support/tizen-root.ts';

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64', 'patchelf'], 'a 64-bit guest', () => {
  let copy: RootCopy;
  beforeAll(async () => {
    copy = await tizenRoot('trixie-arm64-builds');
  });
  afterAll(() => copy.dispose());

  // Meson 0.54 says "Unable to determine dynamic linker" in the same place.
  test('under a foreign handler meson finds no linker', async () => {
    const foreign = registered('qemu-aarch64', QEMU, 'POF');
    const conflict = { root: copy.root, dispatcher: BUILD_SERVICE_DISPATCHER, foreign };
    const log = await expectConflict({ ...conflict, build: 'rm -rf out; meson setup out 2>&1' }, 1);
    expect(log).toMatch(/^meson\.build:1:0: ERROR: Unable to detect linker for compiler `cc /m);
    expect(log).toMatch(
      /ld: (\S+\/liblto_plugin\.so): error loading plugin: \1: cannot open shared object file: No such file/,
    );
  });

  test('without any handler nothing starts, and one is registered after a yes', async () => {
    const { stdout } = await machine(`${chrootScript(copy.root)}
      build true; doctor ${copy.root}; said '^✗'
      doctor ${copy.root} --fix </dev/null; said '^repair handlers'
      doctor ${copy.root} --fix --yes; said '^repair handlers'; said '^. handlers'
      build 'gcc -c sample.c && grep /emul/usr/bin/grep /proc/self/maps'; binfmt unregister arm64; build true`);
    const repair = 'repair handlers: register the dispatcher for arm64 (undo: qemu-accel binfmt unregister arm64)';
    expect(stdout.trim().split('\n')).toEqual([
      ...['build 126', 'doctor 1'],
      expect.stringMatching(/^✗ no-handler: the kernel has no handler .*sh/),
      ...['doctor 1', `${repair}: not done: it was not agreed to`],
      ...['doctor 1', `${repair}: done`],
      expect.stringMatching(/^✓ handlers +arm64 by \S+-binfmt$/),
      ...['build 0', 'arm64: qemu-accel-aarch64 taken out', 'build 126'],
    ]);
  });
});
