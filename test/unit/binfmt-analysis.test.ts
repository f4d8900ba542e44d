/** Tables as people meet them, and what the kernel makes of them. That it does is shown by test/system/handlers.test.ts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  analyseHandlers,
  analyseTable,
  type HandlerFinding,
  type ObservedEntry,
  type ObservedTable,
} from '../../src/core/binfmt-analysis.ts';
import { handlerFindingText } from '../../src/core/binfmt-findings.ts';
import { coverage, overlaps } from '../../src/core/binfmt-match.ts';
import { originOf, parseAdminFormat, parseBinfmtD, parseShippedFormat } from '../../src/core/binfmt-origin.ts';
import { binfmtRule } from '../../src/core/binfmt-rule.ts';
import { parseRegistration, registrationText, type BinfmtEntry } from '../../src/core/binfmt.ts';
import { HANDLER_ARCHS, handlerArch } from '../../src/core/arch.ts';

const ARM = handlerArch('arm');
const QEMU = '/usr/bin/qemu-arm-static';
const GBS = '/usr/bin/qemu-arm-binfmt';

function entry(name: string, interpreter: string, flags: string, more: Partial<ObservedEntry> = {}): ObservedEntry {
  const read = parseRegistration(registrationText(ARM, interpreter, { name, flags })!)!;
  return { ...read, interpreterKind: 'static', origin: { kind: 'unknown' }, ...more };
}

function table(...entries: readonly ObservedEntry[]): ObservedTable {
  return { state: 'enabled', entries };
}

function kinds(findings: readonly HandlerFinding[]): readonly string[] {
  return findings.map(({ kind, entry: name }) => (name === undefined ? kind : `${kind} ${name}`));
}

describe('what a table does with programs of an architecture', () => {
  test('the newest one that matches wins, whatever its name', () => {
    const older = entry('qemu-arm', QEMU, 'POF');
    const newer = entry('zebra', QEMU, 'POF');
    expect(analyseHandlers(table(newer, older), ARM)).toEqual({
      arch: 'armhf',
      winner: newer,
      partial: [],
      shadowed: [older],
      disabled: [],
      findings: [{ kind: 'shadowed', arch: 'armhf', entry: 'qemu-arm', interpreter: QEMU, winner: 'zebra' }],
    });
  });

  // The root cause of the two errors that users of gbs meet: the distribution's handler came after the dispatcher.
  test('a dispatcher behind an emulator is an error, and the other way round it is none', () => {
    const gbs = entry('arm', GBS, 'P', { interpreterKind: 'missing', origin: { kind: 'build service' } });
    const distribution = entry('qemu-arm', QEMU, 'POF');
    const { findings } = analyseHandlers(table(distribution, gbs), ARM);
    expect(kinds(findings)).toEqual(['dispatcher-shadowed arm']);
    expect(handlerFindingText(findings[0]!)).toMatchObject({
      severity: 'error',
      fix: ['qemu-accel binfmt clear qemu-arm'],
    });
    const healthy = analyseHandlers(table(gbs, distribution), ARM);
    expect(kinds(healthy.findings)).toEqual(['not-fixed arm', 'shadowed qemu-arm']);
  });

  test.each([
    ['no entry', [], ['none']],
    [
      'its interpreter is missing',
      [entry('a', QEMU, 'PO', { interpreterKind: 'missing' })],
      ['interpreter-missing a', 'not-fixed a'],
    ],
    ['a container’s interpreter', [entry('a', QEMU, 'POF', { interpreterKind: 'missing' })], ['interpreter-gone a']],
    ['a dynamic interpreter', [entry('a', QEMU, 'POF', { interpreterKind: 'dynamic' })], ['interpreter-dynamic a']],
    ['a script', [entry('a', QEMU, 'POF', { interpreterKind: 'script' })], ['interpreter-dynamic a']],
    ['no flags at all', [entry('a', QEMU, '')], ['not-fixed a', 'argv0-lost a']],
    ['credentials', [entry('a', QEMU, 'POCF')], ['credentials a']],
    ['disabled', [entry('a', QEMU, 'POF', { isEnabled: false })], ['none', 'entry-disabled a']],
  ] as const)('%s', (_, entries, expected) => {
    expect(kinds(analyseHandlers(table(...entries), ARM).findings)).toEqual(expected);
  });

  test('a table that is switched off has no winner', () => {
    const off = analyseHandlers({ state: 'disabled', entries: [entry('a', QEMU, 'POF')] }, ARM);
    expect(off).not.toHaveProperty('winner');
    expect(kinds(off.findings)).toEqual(['table-disabled']);
    expect(kinds(analyseHandlers({ state: 'not mounted', entries: [] }, ARM).findings)).toEqual(['none']);
  });

  test('an entry that asks for ET_DYN takes only some', () => {
    const { magic, mask } = binfmtRule(ARM);
    const pie = { kind: 'magic', offset: 0, magic: Buffer.from(magic), mask: Buffer.from(mask) } as const;
    pie.magic[16] = 3;
    pie.mask[16] = 0xff;
    const some = entry('pie', QEMU, 'POF', { match: pie });
    const all = entry('all', QEMU, 'POF');
    expect(analyseHandlers(table(some, all), ARM)).toMatchObject({ winner: all, partial: [some], shadowed: [] });
    expect(analyseHandlers(table(all, some), ARM)).toMatchObject({ winner: all, partial: [], shadowed: [some] });
    expect(analyseHandlers(table(some), ARM)).not.toHaveProperty('winner');
  });

  test('an entry for every ELF file takes the machine’s own programs', () => {
    const greedy = entry('elf', QEMU, 'POF', { ...parseRegistration(':elf:M::\\x7fELF::/bin/true:P')! });
    const { handlers, findings } = analyseTable(table(greedy));
    expect(kinds(findings)).toEqual(['takes-native elf']);
    expect(handlers).toHaveLength(HANDLER_ARCHS.length);
    expect(analyseTable(table(entry('a', QEMU, 'POF'))).findings).toEqual([]);
  });

  test('every finding has words', () => {
    const kind = 'dispatcher-shadowed';
    const own = { kind, arch: 'armhf', entry: 'a', winner: 'b', interpreter: '/var/lib/qemu-accel/x' } as const;
    expect(handlerFindingText(own).fix).toEqual(['qemu-accel binfmt register armhf']);
  });
});

describe('which programs an entry takes', () => {
  test.each(HANDLER_ARCHS.map((arch) => [arch.name, arch] as const))(
    'the rule of %s takes all of its own',
    (_, arch) => {
      const match = { kind: 'magic', offset: 0, ...binfmtRule(arch) } as const;
      const taken = HANDLER_ARCHS.filter((other) => coverage({ match }, other) !== 'none').map(({ qemu }) => qemu);
      expect(coverage({ match }, arch)).toBe('all');
      expect(new Set(taken)).toEqual(new Set([arch.qemu]));
    },
  );

  // The kernel's own loop, as the oracle: whatever program of both there is, each of the two takes it.
  test('two entries overlap where a file matches both', () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 3 });
    const match = fc
      .record({
        offset: fc.integer({ min: 0, max: 2 }),
        magic: bytes,
        mask: fc.uint8Array({ minLength: 3, maxLength: 3 }),
      })
      .map(({ offset, magic, mask }) => ({
        match: {
          kind: 'magic' as const,
          offset,
          magic: Buffer.from(magic.map((byte) => byte & 3)),
          mask: Buffer.from(mask.slice(0, magic.length).map((byte) => byte & 3)),
        },
      }));
    const files = Array.from({ length: 4 ** 5 }, (_, n) => [0, 1, 2, 3, 4].map((at) => (n >> (2 * at)) & 3));
    const takes = ({ match: { offset, magic, mask } }: { match: { offset: number; magic: Buffer; mask: Buffer } }) =>
      files.map((file) => magic.every((byte, at) => (((file[offset + at] ?? 0) ^ byte) & (mask[at] ?? 0)) === 0));
    fc.assert(
      fc.property(match, match, (one, other) => {
        const [a, b] = [takes(one), takes(other)];
        expect(overlaps(one, other)).toBe(a.some((taken, at) => taken && b[at] === true));
      }),
      { numRuns: 60 },
    );
  });

  test('extensions overlap with themselves, and with any magic', () => {
    const [jar, sh, elf] = [':a:E::jar::/x:', ':b:E::sh::/x:', ':c:M::ELF::/x:'].map((text) =>
      parseRegistration(text)!,
    );
    expect([overlaps(jar!, jar!), overlaps(jar!, sh!), overlaps(jar!, elf!), overlaps(elf!, sh!)]).toEqual([
      ...[true, false],
      ...[true, true],
    ]);
  });
});

describe('who has put an entry there', () => {
  const magic = String.raw`\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x28\x00`;
  const mask = String.raw`\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
  const place = '/usr/libexec/qemu-binfmt/arm-binfmt-P';
  const declarations = [
    ...parseBinfmtD('/usr/lib/binfmt.d/qemu-arm.conf', `# a comment\n\n:qemu-arm:M::${magic}:${mask}:${place}:OPF\n`),
    // As update-binfmts 2.2.2 writes it, and as a package ships it.
    ...parseAdminFormat('/var/lib/binfmts/qemu-arm', `pkg\nmagic\n0\n${magic}\n${mask}\n${place}\n\nno\nyes\nyes\n`),
    ...parseShippedFormat('/usr/share/binfmts/jar', 'package j\ninterpreter /usr/bin/jexec\nextension jar\n'),
  ];
  const of = (one: BinfmtEntry): string => {
    const { kind, file } = originOf(one, declarations);
    return `${kind} ${file ?? ''}`.trim();
  };

  test.each([
    [entry('qemu-arm', place, 'POF'), 'systemd-binfmt /usr/lib/binfmt.d/qemu-arm.conf'],
    [entry('qemu-arm', place, 'PF'), 'binfmt-support /var/lib/binfmts/qemu-arm'],
    // Declared with other flags: still more likely than anybody else.
    [entry('qemu-arm', place, 'P'), 'systemd-binfmt /usr/lib/binfmt.d/qemu-arm.conf'],
    [parseRegistration(':jar:E::jar::/usr/bin/jexec:')!, 'binfmt-support /usr/share/binfmts/jar'],
    [entry('qemu-arm', '/usr/bin/qemu-arm', 'POCF'), 'container'],
    [entry('qemu-arm', '/usr/bin/qemu-arm-static', 'F'), 'container'],
    [entry('arm', GBS, 'P'), 'build service'],
    [entry('qemu-accel-arm', '/var/lib/qemu-accel/qemu-arm-binfmt', 'POF'), 'qemu-accel'],
    [entry('mine', '/opt/qemu', 'POF'), 'unknown'],
  ])('case %#', (one, expected) => {
    expect(of(one)).toBe(expected);
  });

  test('what declares nothing is passed over', () => {
    expect(parseBinfmtD('/f', '; :a:M::X::/x:\n:broken\n')).toEqual([]);
    expect(parseAdminFormat('/f', '')).toEqual([]);
    expect(parseShippedFormat('/f', 'package x\n')).toEqual([]);
  });
});
