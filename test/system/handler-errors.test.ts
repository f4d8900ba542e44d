/**
 * The two errors that a conflicting handler makes of a build, for real. Tizen's qemu-accel puts the host's build of gcc's LTO
 * plugin in the place of the guest's; where another handler then runs the guest's own linker, that one cannot load it. (The
 * guest here has 64 bits as the host, so the loader's last words are others than "wrong ELF class: ELFCLASS64".)
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { registered, SYSTEMD_BINFMT } from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';

const CONFIGURE = `#!/bin/sh
echo 'int main(void) { return 0; }' >conftest.c
\${CC-gcc} -o conftest conftest.c 2>config.log && exit
cat config.log; echo 'configure: error: C compiler cannot create executables'; exit 77
`;

describeNeeding(
  ['root', 'userns', 'binfmt', 'qemu-aarch64', 'patchelf', 'systemd-binfmt'],
  'a foreign handler in front of the dispatcher',
  () => {
    let copy: RootCopy;
    beforeAll(async () => {
      copy = await acceleratedRoot();
      await prepare(copy.root);
    });
    afterAll(() => copy.dispose());

    const inRoot = (root: HostPath): string => `
    mount --bind ${root} ${root}; mount -t proc proc ${root}/proc; mount --bind /dev ${root}/dev
    build() { env -i PATH=/usr/sbin:/usr/bin chroot ${root} sh -c 'cd /tmp/build && ./configure 2>&1'; echo "status $?"; }
    mount_table; ${registered('aarch64', '/usr/bin/qemu-aarch64-binfmt', 'P')}`;

    test('stops the compiler at the LTO plugin, until clear takes it out', async () => {
      const { stdout } = await machine(`
      ${inRoot(copy.root)}
      build; ${registered('qemu-aarch64', '/usr/bin/qemu-aarch64-static', 'POF')}; build
      binfmt clear --only-qemu; build; binfmt restore; build`);
      expect([...stdout.matchAll(/^status (\d+)$/gm)].map(([, status]) => status)).toEqual(['0', '77', '0', '77']);
      const builds = stdout.split(/^status /m);
      const failure = /liblto_plugin\.so: error loading plugin[^]*C compiler cannot create executables/;
      expect(builds[0]).toBe('');
      expect(builds[1]).toMatch(failure);
      expect(builds[2]).not.toMatch(failure);
      expect(builds[3]).toMatch(failure);
    });

    test('is what doctor --log names in that log, and --fix takes it out after a yes', async () => {
      const { stdout } = await machine(`
      ${inRoot(copy.root)}
      ${registered('qemu-aarch64', '/usr/bin/qemu-aarch64-static', 'POF')}; build >/var/lib/log
      doctor() { accel doctor ${copy.root} --log /var/lib/log "$@" >/var/lib/said 2>&1; echo "doctor $?"; }
      doctor; grep -A1 '^✗' /var/lib/said
      doctor --fix </dev/null; grep '^repair handlers' /var/lib/said; build
      doctor --fix --yes; grep -e '^repair handlers' -e '^. handlers' /var/lib/said; build
      binfmt restore; build`);
      const said = stdout.split('\n').filter((line) => /^(doctor|status|✗|✓|repair|done| +\d+: )/.test(line));
      const taken = 'repair handlers: take qemu-aarch64 out of binfmt_misc (undo: qemu-accel binfmt restore)';
      expect(said).toEqual([
        'doctor 1',
        expect.stringMatching(/^✗ foreign-handler: .*liblto_plugin\.so/),
        expect.stringMatching(/^ +\d+: .*liblto_plugin\.so: error loading plugin/),
        ...['doctor 1', `${taken}: not done: it was not agreed to`, 'status 77'],
        'doctor 1',
        expect.stringMatching(/^✓ handlers +arm64 by \S+-binfmt$/),
        ...[`${taken}: done`, 'status 0'],
        expect.stringMatching(/^done: register qemu-aarch64 /),
        'status 77',
      ]);
    });

    test.each([
      ['the distribution', SYSTEMD_BINFMT],
      ['a build service', registered('aarch64', '/usr/bin/qemu-aarch64-binfmt', 'P')],
      ['a container, with credentials', registered('qemu-aarch64', '/usr/bin/qemu-aarch64-static', 'POCF')],
      ['somebody who breaks everything', registered('zzz', '/bin/true', '')],
      ['nobody: the table is switched off', 'echo 0 >$table/status'],
    ])('run does not mind %s', async (_, conflict) => {
      const { stdout, stderr } = await machine(`
      mount_table; ${conflict}; ls -U $table >/var/lib/before
      accel run ${copy.root} -- sh -c 'cd /tmp/build && ./configure && cat /proc/self/maps | grep -c " /emul/usr/bin/cat$"'
      echo $?; ls -U $table | cmp - /var/lib/before`);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^[1-9]\d*\n0\n$/);
    });
  },
);

async function prepare(root: HostPath): Promise<void> {
  const { stdout } = await exec(['sh', '-c', 'echo "$1"/usr/libexec/gcc/*/*/liblto_plugin.so', 'sh', root]);
  const plugin = stdout.trim();
  const twin = plugin.replace(root, `${root}/emul`);
  await fsp.rm(plugin);
  await fsp.copyFile(twin, plugin);
  await fsp.mkdir(joinHost(root, 'tmp/build'), { recursive: true });
  await fsp.writeFile(joinHost(root, 'tmp/build/configure'), CONFIGURE, { mode: 0o755 });
}
