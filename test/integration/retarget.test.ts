/**
 * Retargeting, with the compiler as oracle: one source is built twice, once with the host's names and once with a guest's.
 * The first, retargeted with the strings of the second, must print what the second prints, byte for byte.
 */
import { promises as fsp } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { guestArch } from '../../src/core/arch.ts';
import { readElf } from '../../src/core/elf/read.ts';
import { bufferSource } from '../../src/core/elf/source.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { findReferences } from '../../src/core/retarget/references.ts';
import { retarget, type Retargeted } from '../../src/core/retarget/retarget.ts';
import { NO_RULES, type RetargetRules } from '../../src/core/retarget/rules.ts';
import { dataSections } from '../../src/core/retarget/strings.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir } from '../support/temp.ts';

const ARM64 = guestArch('arm64');
const HOST = ['-DTRIPLET="x86_64-linux-gnu"', '-DVENDOR="x86_64-pc-linux-gnu"', '-DCPU="x86_64"', '-DDIST="amd64"'];
const GUEST = [
  '-DTRIPLET="aarch64-linux-gnu"',
  '-DVENDOR="aarch64-unknown-linux-gnu"',
  '-DCPU="aarch64"',
  '-DDIST="arm64"',
];

/** Every way in which C code holds a string that we have met: see facts in docs/retargeting.md. */
const SOURCES = {
  'literals in code': `int main(void) { puts(VENDOR); printf("%s %s\\n", CPU, DIST); return 0; }`,
  'a tail shared by two strings': `int main(void) { puts("lib/" TRIPLET); puts(TRIPLET); puts("linux-gnu"); return 0; }`,
  'a table of pointers': `const char *const table[] = { "a", TRIPLET, "b", "/usr/lib/" TRIPLET "/x", CPU };
    int main(int argc, char **argv) { for (int i = 0; i < 5; i++) puts(table[(i + argc - 1) % 5]); return argv == 0; }`,
  'a pointer that is changed': `const char *machine = VENDOR;
    int main(int argc, char **argv) { if (argc > 5) machine = argv[1]; puts(machine); return 0; }`,
  'a string of a structure': `struct { int n; const char *name; long l; } s[2] = {{1, DIST, 2}, {3, CPU, 4}};
    int main(int argc, char **argv) { puts(s[argc - 1].name); puts(s[argc % 2].name); return argv == 0; }`,
  'a comparison at run time': `int main(int argc, char **argv) {
    const char *given = argc > 1 ? argv[1] : VENDOR; puts(strcmp(given, VENDOR) ? "other" : given); return 0; }`,
  'an array that is copied with room to spare': `int main(int argc, char **argv) {
    char b[60] = "/usr/local/lib/" TRIPLET "/perl/5.40"; b[0] += argc > 9; puts(b); return argv == 0; }`,
  'several uses of one string': `static void __attribute__((noinline)) f(const char *s) { puts(s); }
    int main(void) { f(VENDOR); f("x"); f(VENDOR); f(VENDOR "/y"); return 0; }`,
} as const;

/** What clang makes of `std::string("x86_64-pc-linux-gnu")`, which gcc would do in another way. */
const EVERY_MACHINE = `
  #include <stdlib.h>
  const char *const volatile machines[] = {"x86_64-pc-linux-gnu", "amd64", "i686", "/usr/lib/x86_64"};
  static void __attribute__((noipa)) show(const char *s, int n) { printf("%.*s\\n", n, s); }
  __attribute__((used)) char *create(size_t *capacity) { return malloc(*capacity + 1); }
  __asm__(".section .rodata\\n own_text: .asciz \\"x86_64-pc-linux-gnu\\"\\n .text\\n own_string:\\n"
    "push %rbx\\n sub $32, %rsp\\n movq $19, (%rsp)\\n mov %rsp, %rdi\\n xor %edx, %edx\\n call create\\n mov %rax, 8(%rsp)\\n"
    "mov (%rsp), %rcx\\n movups own_text(%rip), %xmm0\\n movups %xmm0, (%rax)\\n movl $0x756e672d, 15(%rax)\\n"
    "mov %rcx, 16(%rsp)\\n mov 8(%rsp), %rax\\n movb $0, (%rax,%rcx)\\n add $32, %rsp\\n pop %rbx\\n ret\\n");
  extern char *own_string(void);
  static void __attribute__((noipa)) show_own(void) { show(VENDOR, sizeof VENDOR - 1); }
  int main(void) {
    for (int i = 0; i < 4; i++) puts(machines[i]);
    puts(sizeof VENDOR == 20 ? own_string() : VENDOR);
    puts(VENDOR);
    show_own();
    return 0;
  }`;

const FLAGS = [
  ['-O0', '-pie', '-fPIE'],
  ['-O2', '-pie', '-fPIE'],
  ['-O2', '-no-pie', '-fno-pie'],
  ['-Os', '-no-pie', '-fno-pie'],
  ['-O2', '-pie', '-fPIE', '-Wl,-z,pack-relative-relocs'],
];

describeNeeding(['gcc'], 'retarget', () => {
  let dir: HostPath;
  let dispose: () => Promise<void>;
  beforeAll(async () => ({ dir, dispose } = await tempDir()));
  afterAll(() => dispose());

  const build = async (name: string, source: string, flags: readonly string[]): Promise<Buffer> => {
    const input = joinHost(dir, `${name}.c`);
    const output = joinHost(dir, name);
    await fsp.writeFile(input, `#include <stdio.h>\n#include <string.h>\n${source}\n`);
    await exec(['gcc', '-w', '-o', output, input, ...flags]);
    return fsp.readFile(output);
  };

  const outputOf = async (name: string, program: Buffer): Promise<string> => {
    const file = joinHost(dir, name);
    await fsp.writeFile(file, program, { mode: 0o755 });
    return (await exec([file])).stdout;
  };

  const twin = async (source: string, flags: readonly string[], rules: RetargetRules = NO_RULES): Promise<Built> => {
    const donor = await build('donor', source, [...flags, ...HOST]);
    const guest = await build('guest', source, [...flags, ...GUEST]);
    return { donor, guest, result: retarget({ donor, guest, arch: ARM64, rules }) };
  };

  for (const flags of FLAGS) {
    test.each(Object.entries(SOURCES))(`${flags.join(' ')}: %s`, async (name, source) => {
      const { donor, guest, result } = await twin(source, flags);
      if (flags.includes('-O0') && name.startsWith('an array')) {
        // Unoptimised code builds the array from immediates.
        expect(result).toMatchObject({ kind: 'refused', why: expect.stringContaining('instructions') as string });
        return;
      }
      if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
      expect(await outputOf('twin', result.bytes)).toBe(await outputOf('guest', guest));
      expect(await outputOf('donor', donor)).not.toBe(await outputOf('guest', guest));
    });
  }

  test('a program that names no machine is used as it is', async () => {
    const { result } = await twin('int main(void) { puts("hello"); return 0; }', ['-O2']);
    expect(result.kind).toBe('unchanged');
  });

  test('the specs of a driver are those of the guest’s, also where its pointers have 32 bits', async () => {
    const source = `const char *cross = CROSS, *link = LINK;
      struct list { const char *name, *text, **variable; struct list *next; int n; _Bool a, b; const char *before; };
      struct list specs[] = {{0}, {"link", 0, &link, 0, 4}, {"cross_compile", 0, &cross, 0, 13, 0, 0, "x"}, {0}};
      int main(void) { for (int i = 1; i < 3; i++) puts(*specs[i].variable); return 0; }`;
    const guest = ['-DCROSS="0"', '-DLINK="%{m:-m} as the guest"'];
    const donor = await build('donor', source, ['-no-pie', '-DCROSS="1"', '-DLINK="as the donor"']);
    // Without headers: a machine without gcc-multilib has none for 32 bits.
    const bare = ['-m32', '-nostdlib', '-static', '-D_STDIO_H', '-D_STRING_H', '-Dputs(s)=(void)(s)', '-Wl,-emain'];
    for (const flags of [[], bare]) {
      const compiled = await build('guest', source, ['-no-pie', ...flags, ...guest]);
      const result = retarget({
        donor,
        guest: compiled,
        arch: guestArch('armhf'),
        rules: { ...NO_RULES, specs: true },
      });
      if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
      expect(await outputOf('twin', result.bytes)).toBe('%{m:-m} as the guest\n0\n');
    }
  });

  test('bytes of two instructions that only look like an address are none', async () => {
    const source = `const char table[288] __attribute__((section(".table"), used, aligned(16))) = "x86_64-linux-gnu";
      __attribute__((used)) extern int chance(int);
      __asm__(".text\\n chance: mov 16(%rsp), %r14\\n .globl chance\\n mov $0x1f8, %eax\\n ret\\n");
      int main(void) { puts(VENDOR); return 0; }`;
    const bytes = Buffer.from('4c8b742410b8f8010000c3', 'hex');
    const flags = ['-O2', '-no-pie', '-fno-pie', '-Wl,--section-start=.table=0x1f8b800'];
    const donor = await build('donor', source, [...flags, ...HOST]);
    expect(donor.includes(bytes)).toBe(true);
    const elf = readElf(bufferSource(donor));
    const table = { start: 0x1f8b800, end: 0x1f8b800 + 288 };
    expect(findReferences(elf, dataSections(elf), [table]).filter(({ form }) => form === 'absolute32')).toEqual([]);
  });

  test('a length that is passed beside the pointer changes with it', async () => {
    const source = `static void __attribute__((noipa)) show(const char *s, int n) { printf("%.*s\\n", n, s); }
      #define WITH_LENGTH(s) s, sizeof(s) - 1
      int main(void) { show(WITH_LENGTH("/usr/lib/" TRIPLET "/perl-base" ) ); show(WITH_LENGTH("x")); return 0; }`;
    for (const flags of FLAGS) {
      const { guest, result } = await twin(source, flags, { ...NO_RULES, lengths: true });
      if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
      expect(await outputOf('twin', result.bytes)).toBe(await outputOf('guest', guest));
    }
  });

  test('bytes that code copies are replaced only by as many', async () => {
    const source =
      'int main(int argc, char **argv) { char b[32] = "/" TRIPLET; b[0] += argc > 9; puts(b); return argv == 0; }';
    const { result } = await twin(source, ['-O2']);
    expect(result).toEqual({ kind: 'refused', why: expect.any(String) as string });
  });

  test('a machine that code names by an immediate gets the guest’s name, where that fits', async () => {
    const source = `struct { char other[8], name[12]; } m;
      int main(int argc, char **argv) { puts(m.name); memcpy(m.name, "x86_64_v", 8); m.name[8] = '2' + argc; m.name[9] = 0;
        puts(m.name); return argv == 0; }`;
    const donor = await build('donor', source, ['-O2']);
    const rules = { ...NO_RULES, 'machine-in-code': ['x86_64_v'] };
    const result = retarget({ donor, guest: donor, arch: ARM64, rules });
    if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
    expect(await outputOf('twin', result.bytes)).toBe('\naarch64\n');
    expect(await outputOf('donor', donor)).toBe('\nx86_64_v3\n');
    expect(retarget({ donor, guest: donor, arch: ARM64 }).kind).toBe('refused');
    const long = { ...ARM64, machine: 'loongarch64' };
    expect(retarget({ donor, guest: donor, arch: long, rules })).toMatchObject({ kind: 'refused' });
    const without = await build('donor', 'int main(void) { return 0; }', []);
    expect(retarget({ donor: without, guest: without, arch: ARM64, rules })).toEqual({ kind: 'unchanged' });
  });

  test('a short word that code writes letter by letter becomes the guest’s, of as many letters', async () => {
    const source = `static void __attribute__((noipa)) show(char *s) { puts(s); }
      int main(void) { char s[40]; __asm__ volatile("movl $0x36646d61, 8(%0)\\n movq $5, 24(%0)\\n movb $0x34, 12(%0)\\n"
        "movb $0, 13(%0)" : : "r"(s) : "memory"); show(s + 8); return 0; }`;
    const donor = await build('donor', source, ['-O2']);
    const rules = (guest: string): RetargetRules => ({ ...NO_RULES, 'word-in-code': [['amd64', guest]] });
    const result = retarget({ donor, guest: donor, arch: ARM64, rules: rules('arm64') });
    if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
    expect(await outputOf('donor', donor)).toBe('amd64\n');
    expect(await outputOf('twin', result.bytes)).toBe('arm64\n');
    expect(retarget({ donor, guest: donor, arch: ARM64 }).kind).toBe('refused');
    expect(retarget({ donor, guest: donor, arch: ARM64, rules: rules('ppc64el') }).kind).toBe('refused');
    const elsewhere = await build('donor', source.replace('12(%0)', '16(%0)'), ['-O2']);
    expect(retarget({ donor: elsewhere, guest: donor, arch: ARM64, rules: rules('arm64') })).toEqual({
      kind: 'refused',
      why: 'the "amd64" in its instructions is not understood',
    });
  });

  test('of a compiler for every machine its own triple changes where code uses it, and nothing else', async () => {
    const rules = { ...NO_RULES, 'every-machine': true };
    for (const flags of FLAGS) {
      const { donor, guest, result } = await twin(EVERY_MACHINE, flags, rules);
      if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
      expect(await outputOf('twin', result.bytes)).toBe(await outputOf('guest', guest));
      expect(await outputOf('donor', donor)).not.toBe(await outputOf('guest', guest));
    }
    const { donor, guest } = await twin(EVERY_MACHINE, ['-O2'], rules);
    const spoilt = Buffer.from(donor);
    // The store of the last four letters, to another place.
    spoilt[donor.indexOf(Buffer.from('c7400f2d676e75', 'hex')) + 2] = 0x10;
    const refused = retarget({ donor: spoilt, guest, arch: ARM64, rules });
    expect(refused).toEqual({ kind: 'refused', why: 'a copy of "x86_64-pc-linux-gnu" is not understood' });
  });

  test('a string without counterpart in the guest is a refusal that names it', async () => {
    const donor = await build('donor', 'int main(void) { puts("only on amd64"); return 0; }', []);
    const guest = await build('guest', 'int main(void) { puts("arm"); return 0; }', []);
    expect(retarget({ donor, guest, arch: ARM64 })).toEqual({
      kind: 'refused',
      why: 'the guest has no counterpart of "only on amd64"',
    });
  });

  test('two candidates are a refusal', async () => {
    const donor = await build('donor', 'int main(void) { puts("on x86_64"); return 0; }', []);
    const one = await build('guest', 'int main(void) { puts("on armv7l"); return 0; }', []);
    const two = await build('guest', 'int main(void) { puts("on arm"); puts("on armv7l"); return 0; }', []);
    expect(retarget({ donor, guest: one, arch: guestArch('armhf') }).kind).toBe('retargeted');
    expect(retarget({ donor, guest: two, arch: guestArch('armhf') })).toEqual({
      kind: 'refused',
      why: 'the guest has 2 counterparts of "on x86_64"',
    });
  });

  test('where the kernel and the distribution have one word for the machine, both of the donor’s mean it', async () => {
    const donor = await build('donor', 'int main(void) { puts("on x86_64"); puts("dist amd64"); return 0; }', []);
    const guest = await build('guest', 'int main(void) { puts("on riscv64"); puts("dist riscv64"); return 0; }', []);
    const result = retarget({ donor, guest, arch: guestArch('riscv64') });
    if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
    expect(await outputOf('twin', result.bytes)).toBe('on riscv64\ndist riscv64\n');
  });

  test('a pack may say that a string stays, or is another one in place', async () => {
    const source = 'int main(void) { puts("made on amd64"); puts("/etc/ld.so.cache"); return 0; }';
    const donor = await build('donor', source, []);
    const rules: RetargetRules = {
      ...NO_RULES,
      keep: { '^made on': 'told to nobody' },
      'in-place': [['/etc/ld.so.cache', '/emul/c']],
    };
    const result = retarget({ donor, guest: donor, arch: ARM64, rules });
    if (result.kind !== 'retargeted') throw new Error(JSON.stringify(result));
    expect(await outputOf('twin', result.bytes)).toBe('made on amd64\n/emul//////////c\n');
  });

  test('random tables of strings, with tails in common', async () => {
    const word = fc.constantFrom(
      'TRIPLET',
      'VENDOR',
      'CPU',
      'DIST',
      '"/usr/lib/" TRIPLET',
      '"a" CPU "b"',
      '"linux-gnu"',
      '"x"',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(...FLAGS),
        async (words, flags) => {
          const calls = words.map((text, at) => (at % 2 === 0 ? `puts(${text});` : `puts(table[${String(at)}]);`));
          const source = `const char *volatile table[] = {${words.join(', ')}};\nint main(void) { ${calls.join(' ')} return 0; }`;
          const { guest, result } = await twin(source, flags);
          const expected = await outputOf('guest', guest);
          if (result.kind === 'retargeted') expect(await outputOf('twin', result.bytes)).toBe(expected);
          else expect(result.kind).toBe('unchanged');
        },
      ),
      { numRuns: 15 },
    );
  });

  test('damaged files are refused or give a file, never an exception', async () => {
    const { donor, guest } = await twin(SOURCES['a table of pointers'], ['-O2']);
    const damage = (file: Buffer, at: number, value: number): Buffer => {
      const copy = Buffer.from(file);
      copy.writeUInt32LE(value, at);
      return copy;
    };
    fc.assert(
      fc.property(fc.nat(donor.length - 4), fc.nat(0xffffffff), fc.boolean(), (at, value, inGuest) => {
        const place = Math.min(at, guest.length - 4);
        const result = inGuest
          ? retarget({ donor, guest: damage(guest, place, value), arch: ARM64 })
          : retarget({ donor: damage(donor, at, value), guest, arch: ARM64 });
        expect(['retargeted', 'refused', 'unchanged']).toContain(result.kind);
      }),
      { numRuns: 300 },
    );
  });
});

interface Built {
  readonly donor: Buffer;
  readonly guest: Buffer;
  readonly result: Retargeted;
}
