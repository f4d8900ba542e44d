/**
 * What a conflicting handler makes of a build with autoconf, for real: the guest's own ld meets an LTO plug-in of this machine. The
 * guest has 32 bits, so its loader says "wrong ELF class: ELFCLASS64".
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findLtoPlugins } from '../../src/adapters/buildroot/lto-plugins.ts';
import { audit } from '../../src/app/audit.ts';
import { install } from '../../src/app/install.ts';
import { list } from '../../src/app/list.ts';
import { remove } from '../../src/app/remove.ts';
import { runCaptured } from '../../src/app/run.ts';
import { inRoot } from '../../src/core/paths.ts';
import { chrootScript, expectConflict } from '../support/conflict.ts';
import { QEMU, registeredFor } from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { PACKAGE, tizenRoot } from '../support/tizen-root.ts';

describeNeeding(['root', 'userns', 'binfmt', 'qemu-arm', 'patchelf'], 'a 32-bit guest under a foreign handler', () => {
  let copy: RootCopy;
  beforeAll(async () => {
    copy = await tizenRoot('armhf-tools');
    const command = ['sh', '-c', `cd ${PACKAGE} && autoconf`];
    expect(await runCaptured({ root: copy.root, command })).toMatchObject({ status: 0 });
  });
  afterAll(() => copy.dispose());

  const foreign = registeredFor('armhf', 'qemu-arm', `${QEMU.replace('aarch64', 'arm')}:POF`);

  test('C compiler cannot create executables: wrong ELF class', async () => {
    const { root } = copy;
    // As debhelper does, and services that show a package's own logs.
    const build = './configure 2>&1 || { tail -v -n +0 config.log; exit 77; }';
    const dispatcher = registeredFor('armhf', 'arm', '/usr/bin/qemu-arm-binfmt:P');
    const log = await expectConflict({ root, build, dispatcher, foreign }, 77);
    expect(log).toMatch(/^configure: error: C compiler cannot create executables$/m);
    expect(log).toMatch(/ld\S*: (\S+\/liblto_plugin\.so): error loading plugin: \1: wrong ELF class: ELFCLASS64$/m);
  });

  test('install makes the twin behind the link, and the same build passes; remove takes it away again', async () => {
    const { root } = copy;
    const { path: plugin } = findLtoPlugins(root)[0]!;
    await remove({ root });
    await install({ root });
    expect(await list({ root })).toMatchObject({ damage: [] });
    expect((await audit({ root, onProgress: () => undefined })).findings.filter(({ path }) => path === plugin)).toEqual(
      [],
    );
    const command = ['sh', '-c', `cd ${PACKAGE} && gcc -flto -o linked sample.c && ./linked`];
    expect(await runCaptured({ root, command })).toMatchObject({ status: 0, stderr: '' });
    expect(await fsp.readlink(inRoot(root, plugin))).toBe(`/emul${plugin}`);
  });

  test('the tree is gone, and the link to it is not', async () => {
    const { root } = copy;
    const { stdout } = await machine(`${chrootScript(root)}
      ${foreign}; mv ${root}/emul ${root}/emul.gone; build 'gcc -o sample sample.c'; cat /var/lib/log
      doctor; said '^✗'; accel doctor ${root} | grep libexec/.*liblto_plugin
      mv ${root}/emul.gone ${root}/emul`);
    expect(stdout.split('\n')).toEqual([
      'build 1',
      expect.stringMatching(/^gcc: fatal error: .-fuse-linker-plugin., but liblto_plugin\.so not found$/),
      'compilation terminated.',
      'doctor 1',
      expect.stringMatching(/^✗ plugin-gone: .*\(liblto_plugin\.so\) is not there$/),
      expect.stringMatching(/^ +\/usr\/libexec\/gcc\/\S+\/liblto_plugin\.so cannot be read$/),
      '',
    ]);
  });
});
