/**
 * Handlers of others, as the tools of distributions, containers and build services register them: each conflict is made, seen,
 * repaired and undone, in a private table.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BinfmtStatus } from '../../src/app/binfmt.ts';
import { binfmtRule } from '../../src/core/binfmt-rule.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import {
  binfmtSupport,
  containerRegisters,
  registered,
  SYSTEMD_BINFMT,
  unpackBinfmtSupport,
} from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, testDir } from '../support/temp.ts';

const DEFAULTS = '/usr/lib/binfmt.d/qemu-aarch64.conf';

/** What `binfmt status --json` said, in each place of a script where `see` stands. */
async function seen(script: string): Promise<readonly BinfmtStatus[]> {
  const { stdout, stderr } =
    await machine(`see() { binfmt status --json >>/var/lib/seen; printf '\\0' >>/var/lib/seen; }
    { ${script}
    } >/var/lib/log; tr '\\0' '\\1' </var/lib/seen`);
  expect(stderr).toBe('');
  const parts = stdout.split('\u0001').filter((part) => part.trim() !== '');
  return parts.map((part) => JSON.parse(part) as BinfmtStatus);
}

function arm64({ guests }: BinfmtStatus): { winner: string | undefined; shadowed: readonly string[]; kinds: string[] } {
  const { winner, shadowed, findings } = guests[0]!;
  return { winner, shadowed, kinds: findings.map(({ kind }) => kind) };
}

function originOf(status: BinfmtStatus | undefined, name: string): string | undefined {
  const origin = status?.entries.find((entry) => entry.name === name)?.origin;
  return origin === undefined ? undefined : `${origin.kind} ${origin.file ?? ''}`.trim();
}

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64'], 'which of several entries runs a program', () => {
  // The oracle is the kernel: each entry has an interpreter that prints the entry's name.
  test('is what status says, whatever is registered, taken out and disabled in which order', async () => {
    const { magic, mask } = binfmtRule(guestArch('arm64'));
    const escaped = [magic, mask].map((bytes) =>
      [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    );
    const { stdout } = await machine(`
      mount_table
      printf '${[...Buffer.concat([magic, Buffer.from([1, 0, 0, 0])])].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}' >/var/lib/program
      chmod 755 /var/lib/program
      add() {
        printf '#!/bin/sh\necho %s\n' $1 >/var/lib/say-$1; chmod 755 /var/lib/say-$1
        printf %s ':'$1':M::${escaped.join(':')}:/var/lib/say-'$1':' >$table/register
      }
      compare() {
        ran=$(/var/lib/program 2>/dev/null)
        said=$(binfmt status --json | sed -n '/"guests"/,$ s/.*"winner": "\\(.*\\)".*/\\1/p' | head -n 1)
        echo "$ran=$said"
      }
      add m; compare; add a; compare; add z; compare; add b; compare
      echo 0 >$table/b; compare; echo -1 >$table/z; compare; add z; compare; echo 1 >$table/b; compare
      echo -1 >$table/z; echo -1 >$table/a; add a; compare; echo 0 >$table/status; compare; echo 1 >$table/status; compare`);
    expect(stdout.trim().split('\n')).toEqual([
      ...['m=m', 'a=a', 'z=z', 'b=b'],
      ...['z=z', 'a=a', 'z=z', 'z=z'],
      ...['a=a', '=', 'a=a'],
    ]);
  });
});

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64', 'systemd-binfmt', 'mirror'], 'a conflict with', () => {
  let support: HostPath;
  let image: HostPath;
  let disposals: readonly (() => Promise<void>)[] = [];
  beforeAll(async () => {
    const dirs = await Promise.all([tempDir(), tempDir()]);
    disposals = dirs.map(({ dispose }) => dispose);
    [support, image] = dirs.map(({ dir }) => dir) as [HostPath, HostPath];
    await fsp.chmod(support, 0o755);
    await unpackBinfmtSupport(support);
  });
  afterAll(async () => {
    for (const dispose of disposals) await dispose();
  });

  const tonistiigi = '/usr/bin/qemu-aarch64';
  const conflicts: readonly (readonly [string, string, string, () => string | Promise<string>])[] = [
    [
      'binfmt-support',
      'qemu-aarch64',
      'binfmt-support /var/lib/binfmts/qemu-aarch64',
      () => `${binfmtSupport(support)} update_binfmts --import qemu-aarch64`,
    ],
    ['tonistiigi/binfmt', 'qemu-aarch64', 'container', () => containerRegisters(image, tonistiigi, 'POCF')],
    [
      'multiarch/qemu-user-static',
      'qemu-aarch64',
      'container',
      () => containerRegisters(image, `${tonistiigi}-static`, 'F'),
    ],
    ['a build service without dispatcher', 'aarch64', 'build service', () => registered('aarch64', tonistiigi, 'P')],
    ['somebody', 'zzz', 'unknown', () => registered('zzz', '/bin/true', '')],
  ];

  test.each(conflicts)('%s is made, seen, repaired and undone', async (_, name, origin, make) => {
    const [before, made, repaired, undone] = await seen(`
      mount_table; binfmt register arm64; see
      ${await make()}; see
      binfmt register arm64; see
      binfmt unregister arm64; see`);
    expect(arm64(before!)).toEqual({ winner: 'qemu-accel-aarch64', shadowed: [], kinds: [] });
    expect(arm64(made!)).toMatchObject({ winner: name, shadowed: ['qemu-accel-aarch64'] });
    expect(arm64(made!).kinds).toContain('dispatcher-shadowed');
    expect(originOf(made, name)).toBe(origin);
    expect(arm64(repaired!)).toEqual({ winner: 'qemu-accel-aarch64', shadowed: [name], kinds: ['shadowed'] });
    expect(arm64(undone!)).toMatchObject({ winner: name, shadowed: [] });
  });

  // systemctl restart systemd-binfmt, an upgrade of any package with a file in binfmt.d: everything else is wiped.
  test('systemd-binfmt, which wipes what is not persistent', async () => {
    const [wiped, persistent, undone] = await seen(`
      mount_table; binfmt register arm64; ${SYSTEMD_BINFMT}; see
      binfmt register arm64 --persistent; ${SYSTEMD_BINFMT}; see
      binfmt unregister arm64; ls /etc/binfmt.d; ${SYSTEMD_BINFMT}; see`);
    expect(arm64(wiped!)).toEqual({ winner: 'qemu-aarch64', shadowed: [], kinds: [] });
    expect(originOf(wiped, 'qemu-aarch64')).toBe(`systemd-binfmt ${DEFAULTS}`);
    expect(arm64(persistent!)).toEqual({
      winner: 'qemu-accel-aarch64',
      shadowed: ['qemu-aarch64'],
      kinds: ['shadowed'],
    });
    expect(originOf(persistent, 'qemu-accel-aarch64')).toBe('qemu-accel /etc/binfmt.d/zz-qemu-accel-aarch64.conf');
    expect(arm64(undone!).winner).toBe('qemu-aarch64');
  });

  test('a build service’s dispatcher, behind the distribution’s handler: clear brings it to the front', async () => {
    const [made, repaired, undone] = await seen(`
      mount_table; ${registered('aarch64', '/usr/bin/qemu-aarch64-binfmt', 'P')}
      ${registered('qemu-aarch64', '/usr/bin/qemu-aarch64-static', 'POF')}; see
      binfmt clear --only-qemu; see
      binfmt restore; see`);
    expect(arm64(made!)).toEqual({ winner: 'qemu-aarch64', shadowed: ['aarch64'], kinds: ['dispatcher-shadowed'] });
    expect(made!.guests[0]!.findings[0]!.fix).toEqual(['qemu-accel binfmt clear qemu-aarch64']);
    expect(arm64(repaired!)).toMatchObject({ winner: 'aarch64', shadowed: [] });
    expect(undone).toEqual(made);
  });

  test('a container’s handler that could not be registered again is switched off, and on again', async () => {
    const make = await containerRegisters(image, tonistiigi, 'POCF');
    const [made, cleared, undone] = await seen(`
      mount_table; ${make}; see; binfmt clear --all; see; binfmt restore; see`);
    expect(arm64(made!).kinds).toEqual(['interpreter-gone', 'credentials']);
    expect(cleared!.guests[0]).toMatchObject({ disabled: ['qemu-aarch64'] });
    expect(undone).toEqual(made);
  });

  describeDefaults(() => support);
});

function describeDefaults(support: () => HostPath): void {
  test('disable-defaults keeps systemd-binfmt from registering, for some or all, until restore', async () => {
    const { stdout, stderr } = await machine(`
      mount_table; ${SYSTEMD_BINFMT}; ls -U $table >/var/lib/before
      binfmt disable-defaults arm64 --dry-run; ls /etc/binfmt.d
      binfmt disable-defaults arm64; binfmt disable-defaults arm64
      ${SYSTEMD_BINFMT}; ls $table | grep -cx qemu-aarch64; ls $table | grep -cx qemu-arm
      binfmt disable-defaults >/dev/null; ${SYSTEMD_BINFMT}
      binfmt status --json | grep -c '"winner"'
      binfmt restore >/dev/null; ls /etc/binfmt.d; ${SYSTEMD_BINFMT}; ls -U $table | cmp - /var/lib/before; binfmt restore`);
    expect(stderr).toBe('');
    const steps = [
      'link /etc/binfmt.d/qemu-aarch64.conf to /dev/null',
      'take out qemu-aarch64 (/usr/libexec/qemu-binfmt/aarch64-binfmt-P)',
    ];
    const [dry, done] = ['would', 'done:'].map((word) => steps.map((step) => `${word} ${step}`));
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => line.replace(/\(\/\S+\)/, '(X)'))).toEqual(
      [...dry!, ...done!, 'nothing to do', '0', '1', '0', 'nothing to do'].map((line) =>
        line.replace(/\(\/\S+\)/, '(X)'),
      ),
    );
  });

  test('disable-defaults keeps binfmt-support from registering, until restore', async () => {
    const { stdout, stderr } = await machine(`
      mount_table; ${binfmtSupport(support())} update_binfmts --import qemu-aarch64
      binfmt disable-defaults arm64 | grep -v binfmt.d
      update_binfmts --display qemu-aarch64 | head -n 1; systemctl is-enabled binfmt-support.service
      binfmt restore | grep -v binfmt.d
      update_binfmts --display qemu-aarch64 | head -n 1; systemctl is-enabled binfmt-support.service`);
    expect(stderr.replaceAll(/^(Created|Removed).*\n/gm, '')).toBe('');
    expect(stdout.trim().split('\n')).toEqual([
      'done: systemctl disable binfmt-support.service',
      'done: take out qemu-aarch64 (/usr/bin/qemu-aarch64-static)',
      ...['qemu-aarch64 (disabled):', 'disabled'],
      'done: systemctl enable binfmt-support.service',
      'done: register qemu-aarch64 for /usr/bin/qemu-aarch64-static, flags POCF',
      ...['qemu-aarch64 (enabled):', 'enabled'],
    ]);
  });
}

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
