/**
 * The oracle is QEMU's own packaging: /usr/lib/binfmt.d/qemu-<arch>.conf as Debian's qemu-user-static ships it, where it
 * is installed. The same lines are kept here for machines without it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GUEST_ARCHS, guestArch } from '../../src/core/arch.ts';
import {
  binfmtRule,
  matchesEntry,
  parseBinfmtEntry,
  registrationText,
  REGISTER_MAX_BYTES,
  tableServes,
} from '../../src/core/binfmt.ts';

const IDENT_32 = '7f454c46010101000000000000000000';
const IDENT_64 = '7f454c46020101000000000000000000';
/** Magic and mask as in qemu-user-static 7.2. */
const QEMU_RULES: Readonly<Record<string, readonly [string, string]>> = {
  arm64: [`${IDENT_64}0200b700`, 'ffffffffffffff00fffffffffffffffffeffffff'],
  armhf: [`${IDENT_32}02002800`, 'ffffffffffffff00fffffffffffffffffeffffff'],
  armel: [`${IDENT_32}02002800`, 'ffffffffffffff00fffffffffffffffffeffffff'],
  riscv64: [`${IDENT_64}0200f300`, 'ffffffffffffff00fffffffffffffffffeffffff'],
  ppc64el: [`${IDENT_64}02001500`, 'fffffffffffffffcfffffffffffffffffeffff00'],
  s390x: ['7f454c4602020100000000000000000000020016', 'fffffffffffffffcfffffffffffffffffffeffff'],
};

describe('the rule of an architecture is the one of QEMU', () => {
  test.each(GUEST_ARCHS.map((arch) => [arch.name, arch] as const))('%s', (name, arch) => {
    const { magic, mask } = binfmtRule(arch);
    expect([magic.toString('hex'), mask.toString('hex')]).toEqual(QEMU_RULES[name]);
  });

  const installed = GUEST_ARCHS.filter((arch) => existsSync(`/usr/lib/binfmt.d/qemu-${arch.qemu}.conf`));
  test.each(installed.map((arch) => [arch.name, arch] as const))('%s, as installed here', (_, arch) => {
    const conf = readFileSync(`/usr/lib/binfmt.d/qemu-${arch.qemu}.conf`, 'utf8').trim().split(':');
    const ours = registrationText(arch, conf[6]!, { flags: conf[7]! })!.split(':');
    expect(ours).toEqual(conf);
  });
});

describe('the registration text', () => {
  const arm64 = guestArch('arm64');

  test('chooses a separator that the path does not hold', () => {
    expect(registrationText(arm64, '/odd:place/qemu')).toMatch(/^,qemu-aarch64,M,,.*,\/odd:place\/qemu,POF$/);
  });

  test('is refused where the kernel would refuse it', () => {
    expect(registrationText(arm64, `/${'x'.repeat(REGISTER_MAX_BYTES)}`)).toBeUndefined();
    expect(registrationText(arm64, '/a\nb')).toBeUndefined();
    expect(registrationText(arm64, '/:,|%=')).toBeUndefined();
  });
});

describe('reading the table', () => {
  // As Linux 6.18 prints it.
  const shown = [
    'enabled',
    'interpreter /usr/bin/qemu-aarch64-static',
    'flags: POF',
    'offset 0',
    'magic 7f454c460201010000000000000000000200b700',
    'mask ffffffffffffff00fffffffffffffffffeffffff',
    '',
  ].join('\n');

  test('an entry of magic bytes', () => {
    expect(parseBinfmtEntry('qemu-aarch64', shown)).toEqual({
      name: 'qemu-aarch64',
      isEnabled: true,
      interpreter: '/usr/bin/qemu-aarch64-static',
      flags: 'POF',
      match: { kind: 'magic', offset: 0, ...binfmtRule(guestArch('arm64')) },
    });
  });

  test('an entry of an extension, disabled, without flags', () => {
    const text = 'disabled\ninterpreter /opt/my interpreter\nflags: \nextension .jar\n';
    expect(parseBinfmtEntry('java', text)).toEqual({
      name: 'java',
      isEnabled: false,
      interpreter: '/opt/my interpreter',
      flags: '',
      match: { kind: 'extension', extension: 'jar' },
    });
  });

  test.each(['', 'enabled\n', 'enabled\ninterpreter /x\n', '\0\0'])('%j is no entry', (text) => {
    expect(parseBinfmtEntry('x', text)).toBeUndefined();
  });

  test('says which files it takes', () => {
    const entry = parseBinfmtEntry('qemu-aarch64', shown)!;
    const head = Buffer.from(`${IDENT_64}0300b700`, 'hex');
    expect(matchesEntry(entry, head)).toBe(true);
    expect(matchesEntry(entry, head.subarray(0, 19))).toBe(false);
    expect(matchesEntry(entry, Buffer.from(`${IDENT_64}03003e00`, 'hex'))).toBe(false);
    expect(matchesEntry({ ...entry, isEnabled: false }, head)).toBe(false);
  });

  describe('whose entries serve any build root', () => {
    const qemu = parseBinfmtEntry('qemu-aarch64', shown)!;
    const dispatcher = { ...qemu, name: 'ours', interpreter: '/x/qemu-aarch64-binfmt' };
    const withoutF = { ...qemu, flags: 'PO' };

    test.each([
      [[], 'neither'],
      [[qemu], 'emulated'],
      [[dispatcher], 'accelerated'],
      [[dispatcher, qemu], 'accelerated'],
      [[dispatcher, withoutF], 'neither'],
      [[withoutF], 'neither'],
      [[{ ...dispatcher, isEnabled: false }, qemu], 'emulated'],
    ])('case %#', (entries, expected) => {
      const served = (['accelerated', 'emulated'] as const).filter((how) =>
        tableServes(entries, guestArch('arm64'), how),
      );
      expect(served).toEqual(expected === 'neither' ? [] : [expected]);
      expect(tableServes(entries, guestArch('riscv64'), 'emulated')).toBe(false);
    });
  });
});
