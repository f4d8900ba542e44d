/**
 * Handlers of others, as the tools of distributions, containers and build services register them: each conflict is made, seen,
 * repaired and undone, in a private table.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BinfmtStatus } from '../../src/app/binfmt.ts';
import { binfmtRule } from '../../src/core/binfmt-rule.ts';
import { guestArch, HANDLER_ARCHS } from '../../src/core/arch.ts';
import { registrationText } from '../../src/core/binfmt.ts';
import {
  binfmtSupport,
  BUILD_SERVICE_DISPATCHER,
  FOREIGN_HANDLERS,
  foreignPlaces,
  installsFormat,
  QEMU,
  registered,
  SYSTEMD_BINFMT,
  SYSTEMD_LAYOUTS,
  type Places,
} from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';

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

  test('is its own for every architecture, when all of them are registered', async () => {
    const emulated = HANDLER_ARCHS.filter(({ name }) => name !== 'armel');
    const register = emulated.map((arch) => {
      const text = registrationText(arch, '/bin/true', { name: `of-${arch.name}`, flags: 'P' });
      return `printf %s '${String(text)}' >$table/register`;
    });
    const [status] = await seen(`mount_table; ${register.join('; ')}; see`);
    const winners = status!.guests.map(({ arch, winner, partial }) => [arch, winner, partial]);
    expect(winners).toEqual(HANDLER_ARCHS.map(({ name }) => [name, name === 'armel' ? 'of-armhf' : `of-${name}`, []]));
  });
});

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64', 'systemd-binfmt', 'mirror'], 'a conflict with', () => {
  let places: Places;
  beforeAll(async () => {
    places = await foreignPlaces();
  });
  afterAll(() => places.dispose());

  test.each(FOREIGN_HANDLERS)('$who is made, seen, repaired and undone', async ({ name, origin, register }) => {
    const [before, made, repaired, undone] = await seen(`
      mount_table; binfmt register arm64; see
      ${register(places)}; see
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
  test.each(SYSTEMD_LAYOUTS)('systemd-binfmt $where, which wipes what is not persistent', async ({ arrange }) => {
    const [wiped, persistent, undone, disabled, restored] = await seen(`
      ${arrange(places)}
      mount_table; binfmt register arm64; ${SYSTEMD_BINFMT}; see
      binfmt register arm64 --persistent; ${SYSTEMD_BINFMT}; see
      binfmt unregister arm64; ls /etc/binfmt.d; ${SYSTEMD_BINFMT}; see
      binfmt disable-defaults arm64; ${SYSTEMD_BINFMT}; see
      binfmt restore; ${SYSTEMD_BINFMT}; see`);
    expect(arm64(wiped!)).toEqual({ winner: 'qemu-aarch64', shadowed: [], kinds: [] });
    expect(originOf(wiped, 'qemu-aarch64')).toBe(`systemd-binfmt ${DEFAULTS}`);
    expect(arm64(persistent!)).toEqual({
      winner: 'qemu-accel-aarch64',
      shadowed: ['qemu-aarch64'],
      kinds: ['shadowed'],
    });
    expect(originOf(persistent, 'qemu-accel-aarch64')).toBe('qemu-accel /etc/binfmt.d/zz-qemu-accel-aarch64.conf');
    expect([undone, disabled, restored].map((status) => arm64(status!).winner)).toEqual([
      ...['qemu-aarch64', undefined, 'qemu-aarch64'],
    ]);
  });

  test('a build service’s dispatcher, behind the distribution’s handler: clear brings it to the front', async () => {
    const [made, repaired, undone] = await seen(`
      mount_table; ${BUILD_SERVICE_DISPATCHER}
      ${registered('qemu-aarch64', QEMU, 'POF')}; see
      binfmt clear --only-qemu; see
      binfmt restore; see`);
    expect(arm64(made!)).toEqual({ winner: 'qemu-aarch64', shadowed: ['aarch64'], kinds: ['dispatcher-shadowed'] });
    expect(made!.guests[0]!.findings[0]!.fix).toEqual(['qemu-accel binfmt clear qemu-aarch64']);
    expect(arm64(repaired!)).toMatchObject({ winner: 'aarch64', shadowed: [] });
    expect(undone).toEqual(made);
  });

  test('a container’s handler that could not be registered again is switched off, and on again', async () => {
    const { register } = FOREIGN_HANDLERS.find(({ who }) => who.startsWith('tonistiigi'))!;
    const [made, cleared, undone] = await seen(`
      mount_table; ${register(places)}; see; binfmt clear --all; see; binfmt restore; see`);
    expect(arm64(made!).kinds).toEqual(['interpreter-gone', 'argv0-lost', 'credentials']);
    expect(cleared!.guests[0]).toMatchObject({ disabled: ['qemu-aarch64'] });
    expect(undone).toEqual(made);
  });

  describeDefaults(() => places);
});

function describeDefaults(places: () => Places): void {
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
      mount_table; ${binfmtSupport(places())} ${installsFormat(QEMU, '--credential yes --preserve yes')}
      binfmt disable-defaults arm64 | grep -v binfmt.d
      update_binfmts --display qemu-aarch64 | head -n 1; systemctl is-enabled binfmt-support.service
      binfmt restore | grep -v binfmt.d
      update_binfmts --display qemu-aarch64 | head -n 1; systemctl is-enabled binfmt-support.service`);
    expect(stderr.replaceAll(/^(Created|Removed).*\n/gm, '')).toBe('');
    expect(stdout.trim().split('\n')).toEqual([
      'done: systemctl disable binfmt-support.service',
      `done: take out qemu-aarch64 (${QEMU})`,
      ...['qemu-aarch64 (disabled):', 'disabled'],
      'done: systemctl enable binfmt-support.service',
      `done: register qemu-aarch64 for ${QEMU}, flags POCF`,
      ...['qemu-aarch64 (enabled):', 'enabled'],
    ]);
  });
}
