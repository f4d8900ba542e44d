/**
 * Entries that conflict with nobody and are wrong all the same: each is made in a private table, seen by `binfmt status`, mended
 * by `doctor --fix`, and back as it was after the undoing that the repair names.
 */
import { expect, test } from 'vitest';
import { QEMU, registered } from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';

const REGISTERED = 'register the dispatcher for arm64 (undo: qemu-accel binfmt unregister arm64)';
const takenOut = (name: string): string => `take ${name} out of binfmt_misc (undo: qemu-accel binfmt restore)`;

/** Magic and mask in one: `.` is a byte that may be anything. */
function takes(bytes: string): string {
  const all = bytes.split(' ');
  const [magic, mask] = [
    all.map((byte) => (byte === '..' ? '\\x00' : `\\x${byte}`)),
    all.map((byte) => (byte === '..' ? '\\x00' : '\\xff')),
  ];
  return `printf '%s' ':qemu-a:M::${magic.join('')}:${mask.join('')}:${QEMU}:POF' >$table/register`;
}
const IDENT = `7f 45 4c 46 02 01 01${' ..'.repeat(9)}`;

const FLAWS: readonly (readonly [kind: string, make: string, repair: string])[] = [
  ['interpreter-missing', registered('qemu-a', '/nowhere/qemu', 'PO'), REGISTERED],
  ['interpreter-dynamic', registered('qemu-a', '/usr/bin/env', 'POF'), REGISTERED],
  ['not-fixed', registered('qemu-a', QEMU, 'P'), REGISTERED],
  ['argv0-lost', registered('qemu-a', QEMU, 'F'), REGISTERED],
  ['takes-some', takes(`${IDENT} 03 00 b7 00`), takenOut('qemu-a')],
  // e_flags of 1 are no program's: the machine that runs this test must go on working.
  ['takes-native', takes(`${IDENT} 02 00 3e 00${' ..'.repeat(28)} 01`), takenOut('qemu-a')],
  ['table-disabled', `${registered('qemu-a', QEMU, 'POF')}; echo 0 >$table/status`, 'switch binfmt_misc on'],
];

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64'], 'a handler that is wrong', () => {
  test.each(FLAWS)('%s', async (kind, make, repair) => {
    const { stdout } = await machine(`
      see() { binfmt status --json | grep -c '"kind": "${kind}"'; }
      mount_table; ${make}; cat $table/qemu-a $table/status >/var/lib/before; see
      accel doctor >/var/lib/said; grep '^. handlers' /var/lib/said
      accel doctor --fix --yes >/var/lib/said 2>&1; grep '^repair handlers' /var/lib/said; see
      binfmt unregister arm64; binfmt restore
      [ ${kind} != table-disabled ] || echo 0 >$table/status
      see; cat $table/qemu-a $table/status | cmp - /var/lib/before && ls $table`);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual([expect.stringMatching(/^[1-9]/), expect.stringMatching(/^✗ handlers /)]);
    expect(lines[2]).toContain(`repair handlers: ${repair}`);
    expect(lines[2]).toMatch(/: done$/);
    expect(lines[3]).toBe('0');
    expect(lines.slice(-5)).toEqual([expect.stringMatching(/^[1-9]/), 'qemu-a', 'register', 'status', '']);
  });
});
