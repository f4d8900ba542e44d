/** relocate with the real patchelf: programs built here, checked with readelf and by running them. */
import { promises as fsp } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { relocate, relocateLibrary } from '../../src/adapters/twin/relocate.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { testDir } from '../support/temp.ts';

const PROGRAM = '#include <stdio.h>\n#include <stdlib.h>\nint main(void) { puts(getenv("TOLD") ? "told" : "ran"); }\n';
const LIBRARY = '#include <stdlib.h>\nvoid *make(void);\nvoid *make(void) { return calloc(1, 8); }\n';
/** Other than any path on the machine: a twin that ran with the machine's own loader would not show in a test. */
const INTERPRETER = '/emul/lib64/ld-linux-x86-64.so.2';
const RPATH = '/emul/usr/lib';

describeNeeding(['patchelf', 'readelf', 'gcc'], 'relocate', () => {
  let dir: HostPath;

  beforeEach(async () => {
    dir = await testDir();
    await fsp.writeFile(joinHost(dir, 'program.c'), PROGRAM);
    await fsp.writeFile(joinHost(dir, 'library.c'), LIBRARY);
  });

  const build = async (source: string, ...flags: string[]): Promise<HostPath> => {
    const output = joinHost(dir, source.replace('.c', '.out'));
    await exec(['gcc', '-o', output, joinHost(dir, source), ...flags]);
    return output;
  };
  const library = (...flags: string[]): Promise<HostPath> =>
    build('library.c', '-shared', '-fPIC', '-Wl,-soname,libmade.so.1', ...flags);

  test.each(['-pie', '-no-pie'])(
    'a program (%s) gets interpreter, DT_RPATH and the shim as first library',
    async (pie) => {
      const program = await build('program.c', pie);
      const before = await dynamic(program);
      await relocate(program, { interpreter: INTERPRETER, rpath: RPATH, shim: 'libemul.so' });
      expect(await interpreterOf(program)).toBe(INTERPRETER);
      const after = await dynamic(program);
      expect(after.needed).toEqual(['libemul.so', ...before.needed]);
      expect(after).toMatchObject({ rpath: RPATH, runpath: undefined });
    },
  );

  test.each(['-pie', '-no-pie'])('a program (%s) runs with the loader and the libraries of its layout', async (pie) => {
    const program = await build('program.c', pie);
    const loader = (await interpreterOf(program)) ?? '';
    const layout = { interpreter: joinHost(dir, 'ld.so'), rpath: joinHost(dir, 'lib'), shim: 'libmade.so.1' };
    await relocate(program, layout);
    await expect(exec([program])).rejects.toThrow();
    await fsp.copyFile(loader, layout.interpreter);
    await fsp.mkdir(layout.rpath);
    await fsp.rename(await library(), joinHost(dir, 'lib', 'libmade.so.1'));
    expect((await exec([program])).stdout).toBe('ran\n');
    const { stdout } = await exec([layout.interpreter, '--list', program]);
    expect(stdout).toContain(joinHost(dir, 'lib', 'libmade.so.1'));
  });

  test('a library without a run path stays as it is', async () => {
    const file = await library();
    const before = await fsp.readFile(file);
    await relocateLibrary(file);
    expect(before.equals(await fsp.readFile(file))).toBe(true);
  });

  test.each(['--enable-new-dtags', '--disable-new-dtags'])('the run path of a library (%s) goes away', async (kind) => {
    const file = await library(`-Wl,${kind},-rpath,/old/path`);
    await relocateLibrary(file);
    expect(await dynamic(file)).toMatchObject({ soname: 'libmade.so.1', rpath: undefined, runpath: undefined });
  });

  test('a library finds its own libraries by the run path of the program, also when it is loaded later', async () => {
    await fsp.mkdir(joinHost(dir, 'lib'));
    const flags = ['-shared', '-fPIC', `-L${dir}/lib`];
    await fsp.writeFile(joinHost(dir, 'inner.c'), 'int inner(void) { return 42; }');
    await fsp.writeFile(joinHost(dir, 'outer.c'), 'int inner(void);\nint outer(void) { return inner(); }');
    await build('inner.c', ...flags, '-Wl,-soname,libinner.so', '-o', `${dir}/lib/libinner.so`);
    const outer = joinHost(dir, 'lib', 'libouter.so');
    await build('outer.c', ...flags, '-linner', '-Wl,--enable-new-dtags,-rpath,/old/path', '-o', outer);
    await relocateLibrary(outer);
    const source =
      '#include <dlfcn.h>\nint main(void) { int (*f)(void) = dlsym(dlopen("libouter.so", RTLD_NOW), "outer"); return f() - 42; }';
    await fsp.writeFile(joinHost(dir, 'later.c'), source);
    const program = await build('later.c');
    const interpreter = (await interpreterOf(program)) ?? '';
    await relocate(program, { interpreter, rpath: joinHost(dir, 'lib') });
    await exec([program]);
  });

  test('a symbol name that shares its bytes with an old run path stays whole', async () => {
    // The linker keeps one copy of `calloc`: the tail of this path. patchelf 0.14 overwrites the path with X.
    const file = await library('-Wl,--enable-new-dtags,-rpath,/usr/lib/somewhere/else/with/calloc');
    const bytes = await fsp.readFile(file);
    expect(bytes.indexOf('\0calloc\0')).toBe(-1);
    await relocateLibrary(file);
    expect(await symbolNames(file)).toContain('calloc');
  });

  test('relocating twice changes nothing the second time', async () => {
    const program = await build('program.c');
    const layout = { interpreter: INTERPRETER, rpath: RPATH, shim: 'libemul.so' };
    await relocate(program, layout);
    const once = await fsp.readFile(program);
    await relocate(program, layout);
    expect(once.equals(await fsp.readFile(program))).toBe(true);
  });

  test('the same input gives the same bytes', async () => {
    const layout = { interpreter: INTERPRETER, rpath: RPATH, shim: 'libemul.so' };
    const program = await build('program.c');
    const copy = joinHost(dir, 'copy');
    await fsp.copyFile(program, copy);
    await relocate(program, layout);
    await relocate(copy, layout);
    expect((await fsp.readFile(copy)).equals(await fsp.readFile(program))).toBe(true);
  });

  test('what is no dynamic program of this machine is refused, and left as it was', async () => {
    const refused = async (file: HostPath): Promise<void> => {
      const before = await fsp.readFile(file);
      await expect(relocate(file, { interpreter: INTERPRETER, rpath: RPATH })).rejects.toMatchObject({ code: 'E_ELF' });
      expect(before.equals(await fsp.readFile(file))).toBe(true);
    };
    await refused(joinHost(dir, 'program.c'));
    await refused(await build('program.c', '-c'));
    await refused(await build('program.c', '-static'));
    const foreign = await build('program.c');
    const bytes = await fsp.readFile(foreign);
    bytes.writeUInt16LE(183, 18);
    await fsp.writeFile(foreign, bytes);
    await refused(foreign);
  });
});

async function readelf(file: HostPath, ...what: string[]): Promise<string> {
  return (await exec(['readelf', '--wide', ...what, file])).stdout;
}

async function interpreterOf(file: HostPath): Promise<HostPath | undefined> {
  return /program interpreter: (.*)\]/.exec(await readelf(file, '--segments'))?.[1] as HostPath | undefined;
}

interface Dynamic {
  readonly needed: readonly string[];
  readonly rpath: string | undefined;
  readonly runpath: string | undefined;
  readonly soname: string | undefined;
}

async function dynamic(file: HostPath): Promise<Dynamic> {
  const text = await readelf(file, '--dynamic');
  const all = (tag: string): string[] =>
    [...text.matchAll(new RegExp(`\\(${tag}\\).*\\[(.*)\\]`, 'g'))].map((m) => m[1] ?? '');
  return { needed: all('NEEDED'), rpath: all('RPATH')[0], runpath: all('RUNPATH')[0], soname: all('SONAME')[0] };
}

async function symbolNames(file: HostPath): Promise<string[]> {
  const lines = (await readelf(file, '--dyn-syms')).split('\n').filter((line) => /^ *\d+:/.test(line));
  return lines.map((line) => (line.trim().split(/\s+/)[7] ?? '').replace(/@.*/, ''));
}
