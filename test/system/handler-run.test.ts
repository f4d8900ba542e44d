/** `run` has handlers of its own: whatever is in the machine's table, its programs are accelerated, and the table stays as it is. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  BUILD_SERVICE_DISPATCHER,
  FOREIGN_HANDLERS,
  foreignPlaces,
  QEMU,
  registered,
  SYSTEMD_BINFMT,
  SYSTEMD_LAYOUTS,
  type Places,
} from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { PACKAGE, tizenRoot } from '../support/tizen-root.ts';

/** What the other tests of handlers make, see and repair, all of it; after `mount_table`. */
const CONFLICTS: readonly (readonly [string, (places: Places) => string])[] = [
  ...FOREIGN_HANDLERS.map(({ who, register }) => [who, register] as const),
  ...SYSTEMD_LAYOUTS.map(({ where, arrange }) => {
    return [`systemd-binfmt ${where}`, (places: Places) => `${arrange(places)}\n${SYSTEMD_BINFMT}`] as const;
  }),
  ['a build service’s dispatcher', () => BUILD_SERVICE_DISPATCHER],
  ['another in front of it', () => `${BUILD_SERVICE_DISPATCHER}; ${registered('qemu-aarch64', QEMU, 'POF')}`],
  ['our own dispatcher, shadowed', () => `binfmt register arm64 >/dev/null; ${registered('zzz', '/bin/true', 'F')}`],
  ['an entry that has our name', () => registered('qemu-accel-aarch64', '/bin/true', 'P')],
  ['an interpreter that is not there', () => registered('a', '/nowhere/qemu', 'P')],
  ['an entry that is switched off', () => `${registered('a', QEMU, 'POF')}; echo 0 >$table/a`],
  ['a table that is switched off', () => `${registered('a', QEMU, 'POF')}; echo 0 >$table/status`],
  ['a table that may only be read', () => `${registered('a', '/bin/true', '')}; mount -o remount,bind,ro $table`],
  ['a table that is not mounted', () => 'umount $table'],
];

describeNeeding(
  ['root', 'userns', 'binfmt', 'qemu-aarch64', 'patchelf', 'systemd-binfmt', 'mirror'],
  'run is not affected by',
  () => {
    let copy: RootCopy;
    let places: Places;
    beforeAll(async () => {
      copy = await tizenRoot('trixie-arm64');
      places = await foreignPlaces();
    });
    afterAll(async () => {
      await places.dispose();
      await copy.dispose();
    });

    // That gcc links shows that the linker was a twin: the guest's own cannot load that plug-in.
    test.each(CONFLICTS)('%s', async (_, make) => {
      const { stdout, stderr } = await machine(`
        see() { ls -U $table; cat $table/status $table/[a-qt-z]* 2>/dev/null; }
        mount_table; ${make(places)}
        see >/var/lib/before
        accel run ${copy.root} -- sh -c 'cd ${PACKAGE} && gcc -o sample sample.c && grep -c " /emul/usr/bin/grep$" /proc/self/maps'
        echo $?; see | cmp - /var/lib/before`);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^[1-9]\d*\n0\n$/);
    });
  },
);
