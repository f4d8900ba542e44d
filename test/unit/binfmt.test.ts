/**
 * The oracle is QEMU's own packaging: /usr/lib/binfmt.d/qemu-<arch>.conf as Debian's qemu-user-static ships it, where it
 * is installed. The same lines are kept here for machines without it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { GUEST_ARCHS, guestArch, HANDLER_ARCHS, handlerArch } from '../../src/core/arch.ts';
import { tableServes } from '../../src/core/binfmt-analysis.ts';
import { coverage } from '../../src/core/binfmt-match.ts';
import { binfmtRule } from '../../src/core/binfmt-rule.ts';
import {
  entryText,
  isSameEntry,
  parseBinfmtEntry,
  parseRegistration,
  registrationText,
  REGISTER_MAX_BYTES,
} from '../../src/core/binfmt.ts';

const IDENT_32 = '7f454c46010101000000000000000000';
const IDENT_64 = '7f454c46020101000000000000000000';
/** Magic and mask as in qemu-user-static 7.2 and 10.0. */
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

  const installed = HANDLER_ARCHS.filter((arch) => existsSync(`/usr/lib/binfmt.d/qemu-${arch.qemu}.conf`));
  test.each(installed.map((arch) => [arch.name, arch] as const))('%s, as installed here', (_, arch) => {
    const text = readFileSync(`/usr/lib/binfmt.d/qemu-${arch.qemu}.conf`, 'utf8').trim();
    const declared = parseRegistration(text)!;
    const { interpreter, flags } = declared;
    const ours = parseRegistration(registrationText(arch, interpreter, { flags })!);
    // QEMU has changed what it asks of MIPS programs, see below.
    if (arch.qemu.startsWith('mips')) expect(coverage(declared, arch)).toBe('all');
    else expect(ours).toEqual(declared);
  });

  // QEMU 10.0 takes any version of the ABI, and asks 32-bit programs for e_version.
  test.each([
    ['mips64el', `${IDENT_64}02000800`, 'ffffffffffffff0000fffffffffffffffeffffff'],
    [
      'mipsel',
      `${IDENT_32}0200080001000000${'00'.repeat(16)}`,
      `ffffffffffffff0000fffffffffffffffeffffffffffffff${'00'.repeat(12)}20000000`,
    ],
    [
      'mipsn32el',
      `${IDENT_32}0200080001000000${'00'.repeat(12)}20000000`,
      `ffffffffffffff0000fffffffffffffffeffffffffffffff${'00'.repeat(12)}20000000`,
    ],
  ])('%s of QEMU 10.0 takes the same programs', (name, magic, mask) => {
    const entry = parseBinfmtEntry('a', `enabled\ninterpreter /a\nflags: P\noffset 0\nmagic ${magic}\nmask ${mask}\n`)!;
    const taken = HANDLER_ARCHS.filter((arch) => coverage(entry, arch) !== 'none');
    expect(taken.map((arch) => [arch.name, coverage(entry, arch)])).toEqual([[name, 'all']]);
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

test('an architecture without twins has a handler, too', () => {
  expect(handlerArch('ARMEB')).toMatchObject({ qemu: 'armeb', endian: 'big', elfMachine: 40 });
  expect(handlerArch('aarch64')).toBe(guestArch('arm64'));
  expect(() => guestArch('armeb')).toThrow();
  expect(() => handlerArch('vax')).toThrow(/'vax' is not an architecture/);
  const names = HANDLER_ARCHS.flatMap(({ name, aliases }) => [name, ...aliases]);
  expect(new Set(names).size).toBe(names.length);
});

describe('the text of an entry', () => {
  test.each([
    ':a:M::HELLO::/bin/echo:P',
    ':a:M:200:\\x00HE:\\xff\\x0f\\xff:/bin/echo:POCF',
    ':java:E::jar::/opt/my interpreter:',
  ])('%s is what it was read from', (text) => {
    const entry = parseRegistration(text)!;
    expect(parseRegistration(entryText(entry)!)).toEqual(entry);
  });

  test.each(['', ':', ':a', ':a:M::::/bin/echo:', ':a:X::HELLO::/bin/echo:', '::M::HELLO::/bin/echo:'])(
    '%j is none',
    (text) => {
      expect(parseRegistration(text)).toBeUndefined();
    },
  );

  test('what the kernel shows alike is the same', () => {
    const entry = parseRegistration(':a:M::HELLO::/bin/echo:FC')!;
    const same = parseRegistration(',a,M,0,\\x48\\x45LLO,\\xff\\xff\\xff\\xff\\xff,/bin/echo,OCF')!;
    expect(isSameEntry(entry, same)).toBe(true);
    expect(isSameEntry(entry, { ...same, flags: 'PCF' })).toBe(false);
    expect(isSameEntry(entry, { ...same, name: 'b' })).toBe(false);
    expect(isSameEntry(entry, parseRegistration(':a:M::HELLO:\\xff\\xff\\xff\\xff\\x7f:/bin/echo:FC')!)).toBe(false);
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

  describe('whose entries serve any build root', () => {
    const qemu = parseBinfmtEntry('qemu-aarch64', shown)!;
    const dispatcher = { ...qemu, name: 'ours', interpreter: '/x/qemu-aarch64-binfmt' };
    const withoutF = { ...qemu, flags: 'PO' };

    test.each([
      [[], 'neither'],
      [[qemu], 'emulated'],
      [[dispatcher], 'accelerated'],
      [[dispatcher, qemu], 'accelerated'],
      [[qemu, dispatcher], 'emulated'],
      [[dispatcher, withoutF], 'accelerated'],
      [[withoutF, dispatcher], 'neither'],
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
