/**
 * libemul.so with real programs: compiled here, relocated, and run where /emul is the tree (a chroot in a mount namespace,
 * with the machine's own /usr bound in).
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { relocate } from '../../src/adapters/twin/relocate.ts';
import { configureShim, SHIM_CONFIG, SHIM_SONAME, WRAPPED_SYMBOLS } from '../../src/adapters/twin/shim.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const NATIVE = hostPath(`${import.meta.dirname}/../../native`);
const BUILT = joinHost(NATIVE, 'build', SHIM_SONAME);
const LAYOUT = {
  interpreter: '/emul/lib64/ld-linux-x86-64.so.2',
  rpath: '/emul/usr/lib',
  shim: SHIM_SONAME,
} as const;

beforeAll(async () => {
  await exec(['make', '-s', '-C', NATIVE, `build/${SHIM_SONAME}`]);
});

describeNeeding(['readelf', 'gcc'], 'the built shim', () => {
  test('exports what the table of wrapped symbols says, and nothing else', async () => {
    const defined = (await symbols()).filter(({ section }) => section !== 'UND').map(({ name }) => name);
    expect(defined.toSorted()).toEqual([...WRAPPED_SYMBOLS].toSorted());
  });

  test('asks for few functions, which every glibc since 2.16 has, and for no version of them', async () => {
    const wanted = (await symbols()).filter(({ section }) => section === 'UND');
    const names = ['__chk_fail', '__errno_location', 'access', 'close', 'dlsym', 'fstatfs64', 'getauxval', 'getpid'];
    expect(wanted.map(({ name }) => name).toSorted()).toEqual([...names, 'openat64', 'syscall']);
    expect(wanted.find(({ name }) => name === 'dlsym')?.binding).toBe('WEAK');
    const { stdout } = await exec(['readelf', '--wide', '--dynamic', '--version-info', BUILT]);
    expect(stdout).not.toMatch(/NEEDED|VERNEED|GLIBC_/);
  });

  test('is mapped in two pieces: that is most of what it costs a twin', async () => {
    const { stdout } = await exec(['readelf', '--wide', '--segments', BUILT]);
    expect(stdout.match(/^ +LOAD /gm)).toHaveLength(2);
    expect((await fsp.stat(BUILT)).size).toBeLessThan(8192);
  });

  test('has the configuration block where the TypeScript side thinks it is', async () => {
    const { dir, dispose } = await tempDir();
    const fields = ['version', 'machine'].map((name) => `offsetof(struct shim_config, ${name})`);
    const sizes = ['struct shim_config', '((struct shim_config *)0)->machine'].map((what) => `sizeof(${what})`);
    const print = [...fields, ...sizes].map((value) => `printf("%zu\\n", ${value});`).join('');
    const source = `#include <stddef.h>\n#include <stdio.h>\n#include "config.h"\nint main(void) { ${print} return 0; }\n`;
    await fsp.writeFile(joinHost(dir, 'layout.c'), source);
    await exec(['gcc', `-I${NATIVE}/shim`, '-o', joinHost(dir, 'layout'), joinHost(dir, 'layout.c')]);
    const { stdout } = await exec([joinHost(dir, 'layout')]);
    await dispose();
    const { versionAt, machineAt, sizeBytes, machineMaxBytes } = SHIM_CONFIG;
    expect(stdout.trim().split('\n').map(Number)).toEqual([versionAt, machineAt, sizeBytes, machineMaxBytes]);
  });
});

async function symbols(): Promise<{ binding: string; section: string; name: string }[]> {
  const { stdout } = await exec(['readelf', '--wide', '--dyn-syms', BUILT]);
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
    await fsp.copyFile(BUILT, joinHost(temp.dir, 'emul/plain', SHIM_SONAME));
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

/** The machine's own /usr, and an emul tree with the probe, its libraries and the twin of one plugin. */
async function makeRoot(dir: HostPath): Promise<void> {
  for (const name of [
    'usr',
    'proc',
    'dev',
    'emul/usr/bin',
    'emul/usr/lib',
    'emul/plain',
    'emul/opt/guest',
    'opt/guest',
  ]) {
    await fsp.mkdir(joinHost(dir, name), { recursive: true });
  }
  for (const name of ['bin', 'lib', 'lib64', 'sbin']) await fsp.symlink(`usr/${name}`, joinHost(dir, name));
  await fsp.symlink('usr/lib', joinHost(dir, 'emul/lib64'));
  await fsp.symlink('guest', joinHost(dir, 'opt/alias'));
  const library = (path: string, who: string): Promise<unknown> =>
    exec(['gcc', '-shared', '-fPIC', `-DWHO="${who}"`, '-o', joinHost(dir, path), `${NATIVE}/test/shim_library.c`]);
  await library('emul/opt/guest/plugin.so', 'the twin');
  await library('opt/guest/own.so', 'no twin');
  await library('opt/guest/beside.so', 'beside');
  await library('emul/usr/lib/libbare.so', 'by soname');
  await fsp.writeFile(joinHost(dir, 'opt/guest/plugin.so'), 'a library of another machine');

  const probe = joinHost(dir, 'emul/usr/bin/probe');
  await exec([
    'gcc',
    '-O2',
    '-D_FORTIFY_SOURCE=2',
    '-Wno-stringop-overflow',
    '-o',
    probe,
    `${NATIVE}/test/shim_probe.c`,
  ]);
  const listed = (await exec(['ldd', probe])).stdout.match(/\/\S+/g) ?? [];
  for (const file of listed) await fsp.copyFile(file, joinHost(dir, 'emul/usr/lib', file.split('/').at(-1) ?? ''));
  await relocate(probe, LAYOUT);
  const shim = configureShim(await fsp.readFile(BUILT), { machine: 'aarch64' });
  await fsp.writeFile(joinHost(dir, 'emul/usr/lib', SHIM_SONAME), shim);
}

/** Runs `argv` with `dir` as root; `first` is shell text that runs before, with the directory as $1. Gives stdout. */
async function inRoot(dir: HostPath, argv: readonly string[], first = ':'): Promise<string> {
  const mounts = 'for each in usr proc dev; do mount --rbind "/$each" "$1/$each"; done';
  const script = `set -e; ${mounts}; ${first}; root=$1; shift; exec chroot "$root" "$@"`;
  const namespace = ['--user', '--map-root-user', '--mount'];
  const { stdout } = await exec(['unshare', ...namespace, 'sh', '-c', script, 'sh', dir, ...argv]);
  return stdout;
}
