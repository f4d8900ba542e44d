/** The twins' loader, made of the machine's own: where it cannot load a library, it starts the dispatcher instead. */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nativeFile } from '../../src/adapters/emul/emulator.ts';
import { equipLoader } from '../../src/adapters/twin/loader.ts';
import { readElf } from '../../src/core/elf/read.ts';
import { bufferSource } from '../../src/core/elf/source.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const LIBRARY = 'int answer(void) { return 42; }';
const SHARED = ['-shared', '-fPIC', '-Wl,-soname,libanswer.so'];
const PROGRAM = `#include <stdio.h>
int answer(void);
int main(int argc, char **argv) {
  printf("%s %d\\n", argv[0], argc);
  fflush(stdout);
  return answer() - 42;
}`;
/** Stands for the dispatcher: says how it was called. */
const DISPATCHER = `#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++) printf("%s|", argv[i]);
  printf("%s|%s", (const char *)getauxval(AT_EXECFN), getenv("VARIABLE"));
  return 3;
}`;

describeNeeding(['gcc'], 'the loader of the twins', () => {
  let temp: TempDir;
  let dispatcher: HostPath;
  const at = (name: string): HostPath => joinHost(temp.dir, name);

  beforeAll(async () => {
    temp = await tempDir();
    dispatcher = at('qemu-test-binfmt');
    await gcc(dispatcher, DISPATCHER);
    await gcc(at('libanswer.so'), LIBRARY, SHARED);
    const options = [`-Wl,--dynamic-linker=${at('loader')}`, `-Wl,-rpath,${temp.dir}`, '-Wl,-z,lazy'];
    await gcc(at('program'), PROGRAM, [at('libanswer.so'), ...options]);
  });
  afterAll(() => temp.dispose());

  async function gcc(output: HostPath, source: string, options: readonly string[] = []): Promise<void> {
    await exec(['gcc', '-x', 'c', '-', '-x', 'none', ...options, '-o', output], { input: source });
  }

  async function machineLoader(): Promise<Buffer> {
    const { interpreter } = readElf(bufferSource(await fsp.readFile('/usr/bin/env')));
    return fsp.readFile(interpreter ?? '');
  }

  async function equip(path: string): Promise<void> {
    const equipped = equipLoader(await machineLoader(), await fsp.readFile(nativeFile('loader-rescue.bin')), path);
    if (equipped === undefined) throw new Error('the loader of this machine could not be equipped');
    await fsp.writeFile(at('loader'), equipped, { mode: 0o755 });
  }

  async function run(): Promise<{ readonly status: number; readonly stdout: string; readonly stderr: string }> {
    const script = 'exec -a name "$0" one "two three"';
    const { status, stdout, stderr } = await exec(['bash', '-c', script, at('program')], {
      env: { VARIABLE: 'value' },
      okStatuses: [0, 3, 127],
    });
    return { status, stdout, stderr };
  }

  async function without<T>(library: string, act: () => Promise<T>): Promise<T> {
    await fsp.rename(at(library), at(`${library}.away`));
    try {
      return await act();
    } finally {
      await fsp.rename(at(`${library}.away`), at(library));
    }
  }

  test('loads what is there, as ever', async () => {
    await equip(dispatcher);
    expect(await run()).toEqual({ status: 0, stdout: 'name 3\n', stderr: '' });
  });

  test('starts the dispatcher as the kernel does where a library is missing, cut or no library', async () => {
    await equip(dispatcher);
    const called = [dispatcher, at('program'), 'name', 'one', 'two three', dispatcher, 'value'].join('|');
    const returned = { status: 3, stdout: called, stderr: '' };
    expect(await without('libanswer.so', run)).toEqual(returned);
    await without('libanswer.so', async () => {
      await fsp.writeFile(at('libanswer.so'), (await fsp.readFile(at('libanswer.so.away'))).subarray(0, 100));
      expect(await run()).toEqual(returned);
      await fsp.writeFile(at('libanswer.so'), 'no library');
      expect(await run()).toEqual(returned);
    });
  });

  test('says what it says where there is no dispatcher', async () => {
    await equip('/tmp/no-such-binfmt');
    const stderr =
      'name: error while loading shared libraries: libanswer.so: cannot open shared object file: No such file or directory\n';
    expect(await without('libanswer.so', run)).toEqual({ status: 127, stdout: '', stderr });
  });

  test('does not start anew what has begun to run', async () => {
    await equip(dispatcher);
    const outcome = await without('libanswer.so', async () => {
      await gcc(at('libanswer.so'), 'int other;', SHARED);
      return run();
    });
    const stderr = 'name: symbol lookup error: name: undefined symbol: answer\n';
    expect(outcome).toEqual({ status: 127, stdout: 'name 3\n', stderr });
  });

  test('is left alone where it is not made like this', async () => {
    const rescue = await fsp.readFile(nativeFile('loader-rescue.bin'));
    expect(equipLoader(await fsp.readFile(at('libanswer.so')), rescue, dispatcher)).toBeUndefined();
    expect(equipLoader(await machineLoader(), rescue, `/${'x'.repeat(600)}`)).toBeUndefined();
  });
});
