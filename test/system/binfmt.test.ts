/** `binfmt` changes the machine's own table, so each test has a machine of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BinfmtStatus } from '../../src/app/binfmt.ts';
import { guestArch } from '../../src/core/arch.ts';
import { registrationText } from '../../src/core/binfmt.ts';
import { joinHost } from '../../src/core/paths.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { machine, TABLE } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';

const OURS = '/var/lib/qemu-accel/qemu-aarch64-binfmt';
/** A shell command that registers `interpreter` for arm64 as somebody else would. */
function byHand(name: string, interpreter: string, flags: string): string {
  const text = registrationText(guestArch('arm64'), interpreter, { name, flags })!;
  return `printf %s '${text}' >$table/register`;
}

describeNeeding(['userns', 'binfmt', 'qemu-aarch64'], 'binfmt', () => {
  test('registers once, with binfmt_misc mounted, and takes out what it has registered', async () => {
    const { stdout, stderr, status } = await machine(`
      binfmt status
      binfmt register arm64
      cat $table/qemu-accel-aarch64
      stat -c '%a %n' ${OURS}
      binfmt register aarch64 && ls $table
      binfmt unregister arm64 && ls $table /var/lib/qemu-accel
      binfmt unregister arm64`);
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'binfmt_misc is not mounted',
      'arm64: qemu-accel-aarch64 registered',
      'enabled',
      `interpreter ${OURS}`,
      'flags: POF',
      'offset 0',
      'magic 7f454c460201010000000000000000000200b700',
      'mask ffffffffffffff00fffffffffffffffffeffffff',
      `755 ${OURS}`,
      'arm64: qemu-accel-aarch64 is registered already',
      ...['qemu-accel-aarch64', 'register', 'status'],
      'arm64: qemu-accel-aarch64 taken out',
      ...[`${TABLE}:`, 'register', 'status', '', '/var/lib/qemu-accel:', 'lock'],
      'arm64: qemu-accel-aarch64 is not registered',
      '',
    ]);
    expect(status).toBe(0);
  });

  test('says what it has done as JSON, too', async () => {
    const { stdout } = await machine('binfmt register arm64 --json');
    const entry = { arch: 'arm64', entry: 'qemu-accel-aarch64', interpreter: OURS, flags: 'POF' };
    const steps = [
      'mount binfmt_misc',
      `install the dispatcher as ${OURS}`,
      `register qemu-accel-aarch64 for ${OURS}, flags POF`,
    ];
    expect(JSON.parse(stdout)).toEqual([
      { ...entry, outcome: 'registered', isDryRun: false, steps, isTableOff: false },
    ]);
  });

  test('armhf and armel are one entry', async () => {
    const { stdout } = await machine('binfmt register armhf armel arm64; ls $table');
    expect(stdout).toBe(
      'armhf: qemu-accel-arm registered\narm64: qemu-accel-aarch64 registered\n' +
        'qemu-accel-aarch64\nqemu-accel-arm\nregister\nstatus\n',
    );
  });

  test('two at once make one entry', async () => {
    const { stdout, stderr } = await machine(
      'mount_table; binfmt register arm64 & binfmt register arm64 & binfmt register arm64; wait',
    );
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toEqual([
      'arm64: qemu-accel-aarch64 is registered already',
      'arm64: qemu-accel-aarch64 is registered already',
      'arm64: qemu-accel-aarch64 registered',
    ]);
  });

  test.each([
    ['an older dispatcher', `echo old >${OURS}.new; mv ${OURS}.new ${OURS}`],
    ['a disabled entry', 'echo 0 >$table/qemu-accel-aarch64'],
  ])('registers anew in place of %s', async (_, change) => {
    const { stdout } = await machine(
      `binfmt register arm64; ${change}; binfmt register arm64; head -n 1 $table/qemu-accel-aarch64; binfmt register arm64`,
    );
    expect(stdout.split('\n').slice(1)).toEqual([
      'arm64: qemu-accel-aarch64 registered anew, in place of an older one',
      'enabled',
      'arm64: qemu-accel-aarch64 is registered already',
      '',
    ]);
  });

  test('status says what serves each architecture, and which entries get nothing', async () => {
    const before = await status(`mount_table; ${byHand('a', '/nowhere/qemu', 'P')}; binfmt status --json`);
    expect(before.entries).toEqual([
      {
        name: 'a',
        isEnabled: true,
        interpreter: '/nowhere/qemu',
        interpreterKind: 'missing',
        flags: 'P',
        origin: { kind: 'unknown' },
        match: {
          kind: 'magic',
          offset: 0,
          magic: '7f454c460201010000000000000000000200b700',
          mask: 'ffffffffffffff00fffffffffffffffffeffffff',
        },
      },
    ]);
    const none = { partial: [], shadowed: [], disabled: [] };
    expect(before.guests[0]).toMatchObject({ arch: 'arm64', winner: 'a', ...none });
    expect(before.guests).toContainEqual(expect.objectContaining({ arch: 'riscv64', ...none }));

    const both = `mount_table; ${byHand('a', '/nowhere/qemu', 'P')}; binfmt register arm64 >/dev/null`;
    expect((await status(`${both}; binfmt status --json`)).guests[0]).toMatchObject({
      winner: 'qemu-accel-aarch64',
      shadowed: ['a'],
    });
    const { stdout } = await machine(`${both}; binfmt status`);
    expect(stdout).toMatch(/^arm64 +\* qemu-accel-aarch64 +POF +\/var\/lib\/\S+ +qemu-accel$/m);
    expect(stdout).toMatch(/^arm64 +a +P +\/nowhere\/qemu +shadowed by qemu-accel-aarch64$/m);
    // Not in force: nothing wins.
    const off = await status(`${both}; echo 0 >$table/a; echo 0 >$table/status; binfmt status --json`);
    expect(off).toMatchObject({ state: 'disabled', guests: [{ arch: 'arm64', disabled: ['a'] }, {}, {}, {}, {}, {}] });
    expect(off.guests[0]).not.toHaveProperty('winner');
  });

  test('an entry of that name that somebody else has made is left alone', async () => {
    const { stdout, stderr } = await machine(`
      mount_table; ${byHand('qemu-accel-aarch64', '/bin/true', 'P')}
      binfmt register arm64; echo $?; binfmt unregister arm64; echo $?
      sed -n 2p $table/qemu-accel-aarch64`);
    expect(stdout).toBe('3\n3\ninterpreter /bin/true\n');
    expect(stderr.match(/error\[E_CONFLICT\]/g)).toHaveLength(2);
    expect(stderr).toContain('registered for /bin/true');
  });

  test('a read-only table is said to be one', async () => {
    const { stdout, stderr } = await machine(`
      mount_table; mount -o remount,bind,ro $table; binfmt register arm64; echo $?; ls /var/lib`);
    expect(stdout).toBe('3\n');
    expect(stderr).toMatch(/error\[E_PERMISSION\][^]*is read-only/);
  });

  test('a kernel without binfmt_misc is told from one that has it', async () => {
    const { stdout, stderr } = await machine('mount -t tmpfs none /proc/sys; binfmt status; binfmt register arm64');
    expect(stdout).toBe('binfmt_misc is not mounted\n');
    expect(stderr).toMatch(/error\[E_BINFMT\][^]*modprobe binfmt_misc/);
  });

  test('a place that is mounted noexec is named', async () => {
    const { stderr } = await machine('mount -t tmpfs -o noexec none /var/lib; binfmt register arm64; ls $table');
    expect(stderr).toMatch(/error\[E_BINFMT\]: cannot register qemu-accel-aarch64[^]*noexec/);
  });

  test.each([
    ['binfmt', 'missing required argument'],
    ['binfmt enable arm64', "cannot 'enable'"],
    ['binfmt register', 'of which architecture?'],
    ['binfmt status arm64', 'takes no name'],
    ['binfmt status --persistent', 'does not take --persistent'],
    ['binfmt clear', 'of which entries?'],
    ['binfmt clear --all --only-qemu', 'of which entries?'],
    ['binfmt clear qemu-vax', "there is no entry 'qemu-vax'"],
    ['binfmt register arm64 vax', "'vax' is not an architecture"],
  ])('%s is a usage error, and changes nothing', async (line, words) => {
    const { stdout, stderr } = await machine(`${line}; echo $?; ls /var/lib`);
    expect(stdout).toBe('2\n');
    expect(stderr).toContain(words);
  });
});

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64'], 'binfmt without permission', () => {
  test.each(['mount_table', ':'])('is refused to an ordinary user (%s)', async (before) => {
    const { stdout, stderr } = await machine(`
      ${before}
      user() { setpriv --reuid 54321 --regid 54321 --clear-groups "$NODE" "$BIN" binfmt "$@"; }
      user register arm64; echo $?; user unregister arm64; user status | head -n 1; ls /var/lib`);
    const state = before === ':' ? 'not mounted' : `enabled: ${TABLE}`;
    expect(stdout).toBe(`3\narm64: qemu-accel-aarch64 is not registered\nbinfmt_misc is ${state}\n`);
    expect(stderr).toMatch(/^error\[E_PERMISSION\]: [^]*as root/);
  });

  test('is refused where the entry is there to be taken out', async () => {
    const { stdout, stderr } = await machine(`
      binfmt register arm64
      setpriv --reuid 54321 --regid 54321 --clear-groups "$NODE" "$BIN" binfmt unregister arm64; echo $?; ls $table`);
    expect(stdout).toMatch(/\n3\nqemu-accel-aarch64\n/);
    expect(stderr).toContain('error[E_PERMISSION]');
  });
});

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64', 'patchelf'], 'a registered dispatcher', () => {
  let copy: RootCopy;
  beforeAll(async () => {
    copy = await acceleratedRoot();
  });
  afterAll(() => copy.dispose());

  test('serves a chroot, accelerated with an emul tree and emulated without', async () => {
    const { root } = copy;
    const { stdout, stderr, status } = await machine(`
      binfmt register arm64 >/dev/null
      mount --bind ${root} ${root} && mount -t proc proc ${root}/proc
      in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot ${root} "$@"; }
      # What the kernel has mapped cannot be made up; without a twin it is qemu that shows the guest's own view.
      in_root uname -m; in_root cat /proc/self/maps | grep -c ' /emul/usr/bin/cat$'
      mount -t tmpfs none ${joinHost(root, 'emul')}
      rm -f ${joinHost(root, 'usr/bin')}/qemu-aarch64*
      in_root uname -m; in_root cat /proc/self/maps | grep -c ' /emul/'
      binfmt unregister arm64 >/dev/null; in_root uname -m; echo $?`);
    expect(stdout).toMatch(/^aarch64\n[1-9]\d*\naarch64\n0\n126\n$/);
    expect(stderr).toContain('Exec format error');
    expect(status).toBe(0);
  });
});

async function status(script: string): Promise<BinfmtStatus> {
  const { stdout, stderr } = await machine(script);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as BinfmtStatus;
}
