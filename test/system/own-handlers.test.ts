/** `binfmt` and what it leaves behind: our own entries, the journal of what was taken out, and dry runs. */
import { promises as fsp } from 'node:fs';
import { expect, test } from 'vitest';
import { joinHost } from '../../src/core/paths.ts';
import { registered } from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { testDir } from '../support/temp.ts';

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64'], 'our own handlers', () => {
  test('--replace gives the place back at unregister', async () => {
    const { stdout } = await machine(`
      mount_table; ${registered('qemu-accel-aarch64', '/bin/true', 'P')}; cat $table/qemu-accel-aarch64 >/var/lib/before
      binfmt register arm64 2>/dev/null; echo $?
      binfmt register arm64 --replace --dry-run; binfmt register arm64 --replace; binfmt register arm64
      binfmt unregister arm64; cmp $table/qemu-accel-aarch64 /var/lib/before && ls /var/lib/qemu-accel`);
    const place = '/var/lib/qemu-accel/qemu-aarch64-binfmt';
    expect(stdout.trim().split('\n')).toEqual([
      '3',
      'arm64: would take out qemu-accel-aarch64 (/bin/true)',
      `arm64: would install the dispatcher as ${place}`,
      `arm64: would register qemu-accel-aarch64 for ${place}, flags POF`,
      'arm64: qemu-accel-aarch64 registered anew, in place of an older one',
      'arm64: qemu-accel-aarch64 is registered already',
      'arm64: qemu-accel-aarch64 taken out',
      'lock',
    ]);
  });

  test('--credentials sets flag C, and says what that means', async () => {
    const { stdout, stderr } = await machine(`
      binfmt register arm64 --credentials; sed -n 3p $table/qemu-accel-aarch64; binfmt register arm64; sed -n 3p $table/qemu-accel-aarch64`);
    expect(stdout).toMatch(/flags: POCF\n[^]*flags: POF\n/);
    expect(stderr).toMatch(/setuid/);
  });

  test('a dry run changes nothing, and needs no root', async () => {
    const { stdout, stderr } = await machine(`
      user() { setpriv --reuid 54321 --regid 54321 --clear-groups env QEMU_ACCEL_CACHE=/tmp/qemu-accel-$$ "$NODE" "$BIN" binfmt "$@"; }
      mount_table; ${registered('qemu-aarch64', '/bin/true', 'P')}
      user clear --all --dry-run; user disable-defaults --dry-run >/dev/null; user restore --dry-run; ls $table /var/lib
      user register arm64 --persistent --dry-run | wc -l; ls /etc/binfmt.d; rm -rf /tmp/qemu-accel-$$
      user clear --all; echo $?`);
    expect(
      stdout
        .trim()
        .split('\n')
        .filter((line) => line !== ''),
    ).toEqual([
      'would take out qemu-aarch64 (/bin/true)',
      'nothing to do',
      ...['/proc/sys/fs/binfmt_misc:', 'qemu-aarch64', 'register', 'status', '/var/lib:'],
      ...['3', '3'],
    ]);
    expect(stderr).toMatch(/^error\[E_PERMISSION\]/);
  });

  test('two that clear and register at once leave a whole table and journal', async () => {
    const { stdout, stderr } = await machine(`
      mount_table; ${registered('qemu-a', '/bin/true', 'P')}; ${registered('qemu-b', '/bin/true', 'P')}
      ls -U $table >/var/lib/before
      binfmt clear qemu-a >/dev/null & binfmt clear qemu-b >/dev/null & wait
      ls $table; binfmt restore >/dev/null; ls -U $table | cmp - /var/lib/before; echo $?`);
    expect(stderr).toBe('');
    expect(stdout).toBe('register\nstatus\n0\n');
  });

  test('what was taken out before the machine was restarted is not put back', async () => {
    const { stdout } = await machine(`
      mount_table; ${registered('qemu-a', '/bin/true', 'P')}; binfmt clear --all
      sed -i 's/"bootId": ".*"/"bootId": "another"/' /var/lib/qemu-accel/undo.json
      binfmt restore; ls $table /var/lib/qemu-accel`);
    expect(stdout).toMatch(/^done: take out qemu-a \(\/bin\/true\)\nnothing to do\n/);
    expect(stdout).not.toContain('undo.json');
  });

  test('an architecture without twins is run by its emulator', async () => {
    const dir = await testDir();
    await fsp.chmod(dir, 0o755);
    const program = joinHost(dir, 'exit-42');
    await fsp.writeFile(program, armebProgram(), { mode: 0o755 });
    const { stdout } = await machine(`binfmt register armeb; ${program}; echo $?; binfmt unregister armeb; ls $table`);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'armeb: qemu-accel-armeb registered',
      '42',
      'armeb: qemu-accel-armeb taken out',
    ]);
  });
});

/** A big-endian ARM program: mov r0, #42; mov r7, #1 (exit); svc 0. */
function armebProgram(): Buffer {
  const code = [0xe3a0002a, 0xe3a07001, 0xef000000];
  const [base, headers] = [0x10000, 52 + 32];
  const size = headers + code.length * 4;
  const file = Buffer.alloc(size);
  file.write('\x7fELF\x01\x02\x01', 'latin1');
  [2, 40].forEach((value, at) => file.writeUInt16BE(value, 16 + 2 * at));
  [1, base + headers, 52, 0, 0x05000000].forEach((value, at) => file.writeUInt32BE(value, 20 + 4 * at));
  [52, 32, 1, 0, 0, 0].forEach((value, at) => file.writeUInt16BE(value, 40 + 2 * at));
  [1, 0, base, base, size, size, 5, 0x10000].forEach((value, at) => file.writeUInt32BE(value, 52 + 4 * at));
  code.forEach((word, at) => file.writeUInt32BE(word, headers + 4 * at));
  return file;
}
