/**
 * Retargeting of i386 programs, the donors of 32-bit guests. Freestanding: a machine without gcc-multilib has no 32-bit C
 * library. As in retarget.test.ts, the same source built with the guest's names says what the twin must print.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { retarget } from '../../src/core/retarget/retarget.ts';
import { NO_RULES } from '../../src/core/retarget/rules.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir } from '../support/temp.ts';

const HOST = ['-DTRIPLET="i386-linux-gnu"', '-DVENDOR="i686-pc-linux-gnu"', '-DCPU="i686"', '-DPERL="i686-linux-gnu"'];
const GUEST = [
  '-DTRIPLET="arm-linux-gnueabihf"',
  '-DVENDOR="arm-unknown-linux-gnueabihf"',
  '-DCPU="armv7l"',
  '-DPERL="arm-linux-gnueabihf"',
];

const PRELUDE = `
#define NOIPA __attribute__((noipa))
static int call(int number, int a, const char *b, int c) {
  __asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c) : "memory");
  return number;
}
NOIPA static void show(const char *text, int size) { call(4, 1, text, size); call(4, 1, "\\n", 1); }
NOIPA static void say(const char *text) { int size = 0; while (text[size] != 0) size++; show(text, size); }
#define WITH_LENGTH(text) text, sizeof text - 1
`;
const START = '__attribute__((force_align_arg_pointer)) void _start(void) { body(); call(1, 0, 0, 0); }';

const SOURCES = {
  'literals in code': 'static void body(void) { say(VENDOR); say(CPU); say("x"); }',
  'a tail shared by two strings': 'static void body(void) { say("lib/" TRIPLET); say(TRIPLET); say("linux-gnu"); }',
  'perl’s name of the machine':
    'static void body(void) { say("5.40/" PERL "-thread-multi"); say("/usr/lib/" TRIPLET); }',
  'a choice between two': `static volatile int n; static void body(void) { say(n ? CPU : VENDOR); say(n ? "x" : CPU); }`,
  'a length beside the pointer':
    'static void body(void) { show(WITH_LENGTH("/usr/lib/" TRIPLET "/perl-base")); show(WITH_LENGTH(CPU)); }',
} as const;

const FLAGS = [
  ['-O2', '-static-pie', '-fPIE'],
  ['-Os', '-static-pie', '-fPIE'],
  ['-O0', '-static-pie', '-fPIE'],
  ['-O2', '-static', '-no-pie', '-fno-pie'],
];

describeNeeding(['gcc', '32-bit'], 'retarget for 32-bit guests', () => {
  let dir: HostPath;
  let dispose: () => Promise<void>;
  beforeAll(async () => ({ dir, dispose } = await tempDir()));
  afterAll(() => dispose());

  const build = async (name: string, source: string, flags: readonly string[]): Promise<Buffer> => {
    const input = joinHost(dir, `${name}.c`);
    await fsp.writeFile(input, `${PRELUDE}\n${source}\n${START}\n`);
    const plain = ['-m32', '-nostdlib', '-ffreestanding', '-fno-stack-protector', '-Wl,--build-id'];
    await exec(['gcc', '-w', ...plain, '-o', joinHost(dir, name), input, ...flags]);
    return fsp.readFile(joinHost(dir, name));
  };
  const outputOf = async (program: Buffer): Promise<string> => {
    const file = joinHost(dir, 'run');
    await fsp.writeFile(file, program, { mode: 0o755 });
    return (await exec([file])).stdout;
  };

  for (const flags of FLAGS) {
    test.each(Object.entries(SOURCES))(`${flags.join(' ')}: %s`, async (_, source) => {
      const donor = await build('donor', source, [...flags, ...HOST]);
      const guest = await build('guest', source, [...flags, ...GUEST]);
      const result = retarget({ donor, guest, arch: guestArch('armhf'), rules: { ...NO_RULES, lengths: true } });
      if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
      expect(await outputOf(result.bytes)).toBe(await outputOf(guest));
      expect(await outputOf(donor)).not.toBe(await outputOf(guest));
    });
  }

  test('pointers in the data of a program at a fixed address', async () => {
    const source = `static const char *volatile table[] = { "a", TRIPLET, VENDOR };
      static void body(void) { for (int i = 0; i < 3; i++) say(table[i]); }`;
    const flags = ['-O2', '-static', '-no-pie', '-fno-pie'];
    const donor = await build('donor', source, [...flags, ...HOST]);
    const guest = await build('guest', source, [...flags, ...GUEST]);
    const result = retarget({ donor, guest, arch: guestArch('armhf') });
    if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
    expect(await outputOf(result.bytes)).toBe(await outputOf(guest));
  });

  test('python’s table of how C aligns numbers gets the guest’s alignment', async () => {
    const source = `struct entry { char format; int size, alignment; void (*pack)(void), (*unpack)(void); };
      static const struct entry native[] = {{'b', 1, 0}, {'q', 8, LONG}, {'Q', 8, LONG}, {'d', 8, LONG}, {0}};
      static const struct entry portable[] = {{'b', 1, 0}, {'q', 8, 0}, {'Q', 8, 0}, {'d', 8, 0}, {0}};
      static void tell(const struct entry *e) { for (; e->format; e++) { char c = '0' + e->alignment; show(&c, 1); } }
      static void body(void) { const struct entry *volatile e = native; tell(e); e = portable; tell(e); }`;
    const rules = { ...NO_RULES, 'struct-table': true };
    const flags = FLAGS[0] ?? [];
    const donor = await build('donor', source, [...flags, '-DLONG=4']);
    const guest = await build('guest', source, [...flags, '-DLONG=8']);
    const result = retarget({ donor, guest, arch: guestArch('armhf'), rules });
    if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
    expect(await outputOf(result.bytes)).toBe(await outputOf(guest));
    expect(await outputOf(donor)).not.toBe(await outputOf(guest));
    const none = await build('guest', 'static void body(void) { say("x"); }', flags);
    expect(retarget({ donor, guest: none, arch: guestArch('armhf'), rules })).toMatchObject({ kind: 'refused' });
  });
});
