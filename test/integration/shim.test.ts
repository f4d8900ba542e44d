/**
 * libemul.so with real programs: compiled here, relocated, and run where /emul is the tree (a chroot in a mount namespace,
 * with the machine's own /usr bound in).
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHIM_CONFIG, SHIM_SONAME, WRAPPED_SYMBOLS } from '../../src/adapters/twin/shim.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { guestProgram } from '../support/guest-program.ts';
import { describeNeeding } from '../support/needs.ts';
import { buildShim, BUILT_SHIM, BUILT_SHIM_32, makeShimRoot, NATIVE, runInRoot } from '../support/shim-root.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

/** Functions that do what they did, and sooner (native/shim/memory.c). */
const IMPROVED = ['mmap'];
/** A shell's numbers (native/shim/long_double.c). Programs that only have these do without the shim. */
const NUMBERS = ['__printf_chk', '__vsnprintf_chk', 'strtold'];
/**
 * Where the sign of a char shows (native/shim/database.c, sort.c): in files of GDBM, and in make's order. The programs have the
 * shim for other reasons.
 */
const SIGNLESS = ['_gdbm_hash', 'qsort'];
/** Functions of libm that need all bits of x87 (native/shim/precise-32.c). */
const PRECISE = ['cosh', 'exp', 'exp10', 'exp2', 'expm1', 'pow', 'sinh', 'tanh'];

/** Maps pieces of memory, and prints which of them the kernel may give huge pages (`hg` in proc_pid_smaps(5), VmFlags). */
const PIECES = `#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#define LARGE (4 << 20)
#define SMALL (1 << 20)
static void show(const char *name, const void *piece) {
  char line[512];
  unsigned long start, end;
  int is_here = 0;
  FILE *maps = fopen("/proc/self/smaps", "r");
  while (fgets(line, sizeof line, maps)) {
    if (sscanf(line, "%lx-%lx ", &start, &end) == 2) is_here = start <= (unsigned long)piece && (unsigned long)piece < end;
    if (is_here && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg")) puts(name);
  }
  fclose(maps);
}
int main(void) {
  const int kind = MAP_PRIVATE | MAP_ANONYMOUS;
  void *large = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, kind, -1, 0);
  void *small = mmap(NULL, SMALL, PROT_READ | PROT_WRITE, kind, -1, 0);
  void *reserved = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, kind | MAP_NORESERVE, -1, 0);
  void *unread = mmap(NULL, LARGE, PROT_NONE, kind, -1, 0);
  void *shared = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  show("large", large);
  show("small", small);
  show("reserved", reserved);
  show("unread", unread);
  show("shared", shared);
  return mmap(NULL, 0, PROT_READ, kind, -1, 0) == MAP_FAILED ? 0 : 1;
}`;

beforeAll(buildShim);

describeNeeding(['readelf', 'gcc'], 'the built shim', () => {
  test('exports what the table of wrapped symbols says, and what it watches', async () => {
    const defined = (await symbols()).filter(({ section }) => section !== 'UND').map(({ name }) => name);
    const watched = await watchedSymbols();
    expect(watched.length).toBeGreaterThan(150);
    expect(defined.toSorted()).toEqual(
      [...WRAPPED_SYMBOLS, ...watched, ...IMPROVED, ...NUMBERS, ...SIGNLESS].toSorted(),
    );
  });

  test('watches functions that the C library has', async () => {
    const { stdout } = await exec(['gcc', '-print-file-name=libc.so.6']);
    const { stdout: table } = await exec(['readelf', '--wide', '--dyn-syms', stdout.trim()]);
    const known = new Set([...table.matchAll(/ (\w+)@/g)].map(([, name]) => name));
    // Of other versions: glibc 2.33 turned __xmknod into mknod, and not all of them have lchmod as a call of the kernel.
    expect((await watchedSymbols()).filter((name) => !known.has(name))).toEqual([]);
  });

  test('asks for few functions, which every glibc since 2.16 has, and for no version of them', async () => {
    const wanted = (await symbols()).filter(({ section }) => section === 'UND');
    const names = ['__chk_fail', '__errno_location', '_r_debug', 'fstatfs64', 'getauxval', 'getpid'];
    const weak = ['__fbufsize', 'stderr', 'stdin', 'stdout'];
    expect(wanted.map(({ name }) => name).toSorted()).toEqual([...names, ...weak].toSorted());
    const optional = wanted.filter(({ binding }) => binding === 'WEAK').map(({ name }) => name);
    expect(optional.toSorted()).toEqual(weak);
    const { stdout } = await exec(['readelf', '--wide', '--dynamic', '--version-info', BUILT_SHIM]);
    expect(stdout).not.toMatch(/NEEDED|VERNEED|GLIBC_/);
  });

  test('watches the same in 32-bit programs, and what only those have', async () => {
    const found = await symbols(BUILT_SHIM_32);
    const defined = found.filter(({ section }) => section !== 'UND').map(({ name }) => name);
    const watched = [...WRAPPED_SYMBOLS, ...SIGNLESS, ...(await watchedSymbols())];
    expect(watched.filter((name) => !defined.includes(name))).toEqual([]);
    const more = defined.filter((name) => !watched.includes(name));
    expect(more.filter((name) => !/^__\w+64$/.test(name)).toSorted()).toEqual(PRECISE.toSorted());
    const asked = (file: { section: string; name: string }[]): string[] =>
      file.filter(({ section }) => section === 'UND').map(({ name }) => name);
    expect(asked(found).toSorted()).toEqual(asked(await symbols()).toSorted());
    expect((await exec(['readelf', '--wide', '--dynamic', BUILT_SHIM_32])).stdout).not.toMatch(/NEEDED/);
  });

  test('is mapped in two pieces: that is most of what it costs a twin', async () => {
    const { stdout } = await exec(['readelf', '--wide', '--segments', BUILT_SHIM]);
    expect(stdout.match(/^ +LOAD /gm)).toHaveLength(2);
    expect((await fsp.stat(BUILT_SHIM)).size).toBeLessThan(45056);
  });

  test('offers large pieces of fresh memory for huge pages, and no others', async () => {
    const { dir, dispose } = await tempDir();
    await fsp.writeFile(joinHost(dir, 'pieces.c'), PIECES);
    await exec(['gcc', '-o', joinHost(dir, 'pieces'), joinHost(dir, 'pieces.c')]);
    const env = { LD_PRELOAD: BUILT_SHIM };
    const advised = ['large'];
    expect((await exec([joinHost(dir, 'pieces')])).stdout).toBe('');
    expect((await exec([joinHost(dir, 'pieces')], { env })).stdout.trim().split('\n')).toEqual(advised);
    await dispose();
  });

  test('has the configuration block where the TypeScript side thinks it is', async () => {
    const { dir, dispose } = await tempDir();
    const fields = Object.keys(SHIM_CONFIG.fields);
    const offsets = ['version', ...fields].map((name) => `offsetof(struct shim_config, ${name})`);
    const sizes = ['shim_config', ...fields.map((name) => `shim_config.${name}`)].map((what) => `sizeof(${what})`);
    const print = [...offsets, ...sizes].map((value) => `printf("%zu\\n", ${value});`).join('');
    const includes = '#include <stddef.h>\n#include <stdio.h>\n#include "config.h"\n';
    const source = `${includes}int main(void) { ${print} return 0; }\n`;
    await fsp.writeFile(joinHost(dir, 'layout.c'), source);
    await exec(['gcc', `-I${NATIVE}/shim`, '-o', joinHost(dir, 'layout'), joinHost(dir, 'layout.c')]);
    const { stdout } = await exec([joinHost(dir, 'layout')]);
    await dispose();
    const ours = Object.values(SHIM_CONFIG.fields);
    expect(stdout.trim().split('\n').map(Number)).toEqual([
      SHIM_CONFIG.versionAt,
      ...ours.map(({ at }) => at),
      SHIM_CONFIG.sizeBytes,
      ...ours.map(({ maxBytes }) => maxBytes),
    ]);
  });
});

/** The functions of native/shim/effects.h, guards.c and perl.c. */
async function watchedSymbols(): Promise<string[]> {
  const [effects, ...others] = await Promise.all(
    ['effects.h', 'guards.c', 'perl.c'].map((name) => fsp.readFile(`${NATIVE}/shim/${name}`, 'utf8')),
  );
  const plain = [...(effects ?? '').matchAll(/ X\((\w+)\)/g)];
  const guarded = [...others.join('').matchAll(/^(?:GUARD_\w+\(|REMEMBER\(|WRAPPER long )(\w+)/gm)];
  return [...plain, ...guarded].map(([, name]) => name ?? '');
}

async function symbols(shim: HostPath = BUILT_SHIM): Promise<{ binding: string; section: string; name: string }[]> {
  const { stdout } = await exec(['readelf', '--wide', '--dyn-syms', shim]);
  return stdout.split('\n').flatMap((line) => {
    const [, , , , binding = '', , section = '', name = ''] = line.trim().split(/\s+/);
    return /^\d+:/.test(line.trim()) && name !== '' ? [{ binding, section, name }] : [];
  });
}

describeNeeding(['patchelf', 'gcc', 'userns'], 'a twin with the shim', () => {
  let temp: TempDir;

  beforeAll(async () => {
    temp = await tempDir();
    await makeRoot(temp.dir);
  });
  afterAll(() => temp.dispose());

  const run = (...argv: string[]): Promise<string> => inRoot(temp.dir, ['/emul/usr/bin/probe', ...argv]);

  test('uname: the guest machine, and everything else as the kernel says', async () => {
    const [machine, ...others] = (await run('uname')).split('\n');
    const { stdout } = await exec(['sh', '-c', 'uname -s; uname -r; uname -v']);
    expect(machine).toBe('aarch64');
    expect(others.join('\n')).toBe(stdout);
  });

  test('uname: the host machine, when nothing was configured', async () => {
    await fsp.copyFile(BUILT_SHIM, joinHost(temp.dir, 'emul/plain', SHIM_SONAME));
    const env = ['env', 'LD_PRELOAD=/emul/plain/libemul.so'];
    expect(await inRoot(temp.dir, [...env, '/usr/bin/uname', '-m'])).toBe('x86_64\n');
  });

  test.each(['/proc/self/exe', 'pid', '/proc/thread-self/exe', '//proc/self//exe', '/proc/./self/exe'])(
    'readlink %s: the guest path',
    async (path) => {
      expect(await run('link', path, '4096')).toBe('/usr/bin/probe\n');
    },
  );

  test('readlink into a buffer of any size: the first bytes of the guest path', async () => {
    for (const size of [1, 2, 5, 6, 7, 13, 14, 15, 19, 20]) {
      expect(await run('link', '/proc/self/exe', String(size))).toBe(`${'/usr/bin/probe'.slice(0, size)}\n`);
    }
  });

  test('readlinkat below /proc/self', async () => {
    expect(await run('link-at', '/proc/self', 'exe')).toBe('/usr/bin/probe\n');
  });

  test('readlink with a checked buffer', async () => {
    expect(await run('checked', '64')).toBe('/usr/bin/probe\n');
    await expect(run('checked', '65')).rejects.toThrow(/SIGABRT|134/);
  });

  test('readlink after the tree was removed', async () => {
    await fsp.copyFile(joinHost(temp.dir, 'emul/usr/bin/probe'), joinHost(temp.dir, 'emul/usr/bin/doomed'));
    const doomed = '/emul/usr/bin/doomed';
    expect(await inRoot(temp.dir, [doomed, 'deleted', doomed])).toBe('/usr/bin/doomed\n');
  });

  test('readlink without /proc: as qemu-user does, by two names', async () => {
    const answers = await inRoot(
      temp.dir,
      [
        'sh',
        '-c',
        'for path in /proc/self/exe pid /proc/1/exe /proc/self/exe/; do /emul/usr/bin/probe link $path 99; done',
      ],
      'umount -l "$1/proc"',
    );
    expect(answers).toBe('/usr/bin/probe\n/usr/bin/probe\nerror 2\nerror 2\n');
  });

  test('readlink of other links: their text, that of the tree included', async () => {
    await fsp.symlink('/emul/usr/bin/probe', joinHost(temp.dir, 'emul/usr/bin/alias'));
    expect(await run('link', '/emul/usr/bin/alias', '99')).toBe('/emul/usr/bin/probe\n');
    expect(await run('link', '/lib', '99')).toBe('usr/lib\n');
    expect(await run('link', '/usr', '99')).toBe('error 22\n');
    expect(await run('link', '/no/such', '99')).toBe('error 2\n');
  });

  test.each([
    ['load', '/opt/guest/plugin.so', 'the twin'],
    ['load-ns', '/opt/guest/plugin.so', 'the twin'],
    ['load', '/opt/alias/plugin.so', 'the twin'],
    ['load', '/opt/guest/../guest/plugin.so', 'the twin'],
    ['load', '/opt/guest/own.so', 'no twin'],
    ['load', 'libbare.so', 'by soname'],
  ])('%s %s: %s', async (how, path, who) => {
    expect(await run(how, path)).toBe(`${who} errno 0\n`);
  });

  test('dlopen of a relative path: the twin of what it leads to', async () => {
    const command = 'cd /opt/guest && exec /emul/usr/bin/probe load ./plugin.so';
    expect(await inRoot(temp.dir, ['sh', '-c', command])).toBe('the twin errno 0\n');
  });

  test('dlopen of nothing: the error names the guest path', async () => {
    expect(await run('load', '/opt/guest/missing.so')).toMatch(/^\/opt\/guest\/missing\.so: cannot open shared object/);
  });

  test('dlopen by a library: its own $ORIGIN counts, not that of the shim', async () => {
    expect(await run('load-by', '/opt/guest/own.so', '$ORIGIN/beside.so')).toBe('beside errno 0\n');
  });

  test('LD_PRELOAD: the guest reads, and hands on, what it had set', async () => {
    const preload = 'LD_PRELOAD=/emul/usr/lib/libemul.so:libbare.so:/emul/opt/guest/plugin.so';
    const shown = await inRoot(temp.dir, ['env', '-i', preload, '/emul/usr/bin/probe', 'environ']);
    const guests = 'libbare.so:/opt/guest/plugin.so';
    // /usr/bin/env is started with it, and is a host program here: its loader complains on stderr and goes on.
    expect(shown).toBe(`${guests}\nclean\nLD_PRELOAD=${guests}\n`);
  });

  test('LD_PRELOAD: other libraries see the guest value from their first initialiser on', async () => {
    const preload = 'LD_PRELOAD=/emul/usr/lib/libemul.so:libbare.so:/emul/opt/guest/plugin.so';
    const shown = await inRoot(temp.dir, ['env', '-i', 'SHOW_EARLY=1', preload, '/emul/usr/bin/probe', 'uname']);
    const early = 'early: libbare.so:/opt/guest/plugin.so\n';
    expect(shown.startsWith(early + early)).toBe(true);
  });

  test('LD_PRELOAD that the dispatcher did not write stays as it is', async () => {
    const shown = await inRoot(temp.dir, ['env', '-i', 'LD_PRELOAD=libbare.so', '/emul/usr/bin/probe', 'environ']);
    expect(shown).toBe('libbare.so\nclean\nLD_PRELOAD=libbare.so\n');
  });
});

/** The root, with libraries beside the probe: of the host, of the guest, and twins of these. */
async function makeRoot(dir: HostPath): Promise<void> {
  await makeShimRoot(dir, 'shim_probe.c', '/usr/bin/probe');
  for (const name of ['emul/plain', 'emul/opt/guest', 'opt/guest']) {
    await fsp.mkdir(joinHost(dir, name), { recursive: true });
  }
  await fsp.symlink('guest', joinHost(dir, 'opt/alias'));
  const library = (path: string, who: string): Promise<unknown> =>
    exec(['gcc', '-shared', '-fPIC', `-DWHO="${who}"`, '-o', joinHost(dir, path), `${NATIVE}/test/shim_library.c`]);
  await library('emul/opt/guest/plugin.so', 'the twin');
  await library('opt/guest/own.so', 'no twin');
  await library('opt/guest/beside.so', 'beside');
  await library('emul/usr/lib/libbare.so', 'by soname');
  await guestProgram(joinHost(dir, 'opt/guest/plugin.so'), { flags: ['-shared', '-fPIC'] });
}

async function inRoot(dir: HostPath, argv: readonly string[], first?: string): Promise<string> {
  const { stdout } = await runInRoot({ dir, ...(first === undefined ? {} : { first }) }, argv);
  return stdout;
}
