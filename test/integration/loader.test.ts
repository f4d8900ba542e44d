/** The twins' loader, made of the machine's own: where it cannot load a library, it starts the dispatcher instead. */
import { promises as fsp, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nativeFile } from '../../src/adapters/emul/emulator.ts';
import { withoutCpuid } from '../../src/adapters/twin/loader-cpu.ts';
import { withRescue } from '../../src/adapters/twin/loader-rescue.ts';
import { makeLoader } from '../../src/adapters/twin/loader.ts';
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

/** Runs a program instruction by instruction, and prints how many were CPUID. */
const COUNT_CPUID = `#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
  int status, count = 0;
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(argv[1], argv + 1);
    _exit(1);
  }
  while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, child, 0, &registers);
    long word = ptrace(PTRACE_PEEKTEXT, child, registers.rip, 0);
    if ((word & 0xffff) == 0xa20f) count++;
    ptrace(PTRACE_SINGLESTEP, child, 0, 0);
  }
  printf("%d\\n", count);
}`;
/** Of this processor; every x86-64 has the first. */
const VECTOR_UNITS = ['sse2', 'avx', 'avx512f'].filter((unit) =>
  new RegExp(`^flags\\s*:.* ${unit} `, 'm').test(readFileSync('/proc/cpuinfo', 'utf8')),
);
/** A function that gets vectors in registers, as wide as they are. */
const VECTOR = `#ifdef __AVX512F__
typedef double vector __attribute__((vector_size(64)));
#elif defined __AVX__
typedef double vector __attribute__((vector_size(32)));
#else
typedef double vector __attribute__((vector_size(16)));
#endif
vector sum(vector a, vector b, vector c, vector d, vector e, vector f, vector g, vector h);`;
const SUM = `${VECTOR}
vector sum(vector a, vector b, vector c, vector d, vector e, vector f, vector g, vector h) {
  return a + b + c + d + e + f + g + h;
}`;
const SUMS = `#include <stdio.h>
${VECTOR}
int main(int argc, char **argv) {
  vector v[8];
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < sizeof(vector) / 8; j++) v[i][j] = (i + 1) * (j == 0 ? 1 : j == sizeof(vector) / 8 - 1 ? 2 : 0);
  vector all = sum(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]);
  printf("%.0f %.0f\\n", all[0], all[sizeof(vector) / 8 - 1]);
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

  function code(name: 'rescue' | 'cpu'): Promise<Buffer> {
    return fsp.readFile(nativeFile(`loader-${name}.bin`));
  }

  async function equip(path: string): Promise<void> {
    const [rescue, cpu] = await Promise.all([code('rescue'), code('cpu')]);
    const loader = await makeLoader(await machineLoader(), { rescue, cpu, dispatcher: path });
    await fsp.writeFile(at('loader'), loader, { mode: 0o755 });
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

  test('looks for libraries in the directories that it is told, and in none for better processors', async () => {
    await equip(dispatcher);
    const { stdout, stderr } = await exec([at('program')], { env: { LD_DEBUG: 'libs' } });
    expect(stdout).toContain('program 1');
    expect(stderr).toContain(`${temp.dir}/libanswer.so`);
    expect(stderr).not.toContain('glibc-hwcaps');
  });

  test('starts a program with a few CPUIDs, and knows what the processor can do', async () => {
    await gcc(at('count'), COUNT_CPUID);
    await fsp.writeFile(at('original'), await machineLoader(), { mode: 0o755 });
    await equip(dispatcher);
    const count = async (loader: string): Promise<number> => {
      const { stdout } = await exec([at('count'), at(loader), at('program')], { okStatuses: [0, 127] });
      return Number(stdout.trim().split('\n').at(-1));
    };
    // Four leaves; glibc 2.36 asks for one of them twice.
    expect(await count('loader')).toBeLessThanOrEqual(5);
    expect(await count('original')).toBeGreaterThan(5);

    const [ours, original] = await Promise.all(['loader', 'original'].map((name) => diagnostics(at(name))));
    const names = [...(original?.keys() ?? [])];
    const active = names.filter((name) => /features\[.*active/.test(name));
    expect(active.length).toBeGreaterThan(8);
    for (const name of active) {
      expect([name, (ours?.get(name) ?? 0n) & ~(original?.get(name) ?? 0n)]).toEqual([name, 0n]);
    }
    // The features that choose functions are all there; of the rest, only how XSAVE may be called is kept from it.
    const chosenBy = active.filter((name) => /\[0x[012]\]\.active/.test(name));
    for (const name of [...chosenBy, 'x86.cpu_features.isa_1']) {
      expect([name, ours?.get(name)]).toEqual([name, original?.get(name)]);
    }
    for (const size of ['data_cache_size', 'shared_cache_size', 'non_temporal_threshold']) {
      expect(Number(ours?.get(`x86.cpu_features.${size}`))).toBeGreaterThan(4096);
      expect(Number(ours?.get(`x86.cpu_features.${size}`))).toBeLessThan(2 ** 30);
    }
    expect(Number(ours?.get('x86.cpu_features.xsave_state_size'))).toBeGreaterThanOrEqual(2696);
  });

  test.each(VECTOR_UNITS)('keeps what registers hold when it binds a function late (%s)', async (target) => {
    await equip(dispatcher);
    await gcc(at('libsum.so'), SUM, ['-shared', '-fPIC', `-m${target}`, '-Wl,-soname,libsum.so']);
    const options = [`-Wl,--dynamic-linker=${at('loader')}`, `-Wl,-rpath,${temp.dir}`, '-Wl,-z,lazy', '-fplt'];
    await gcc(at('sums'), SUMS, [at('libsum.so'), `-m${target}`, '-O2', ...options]);
    expect((await exec([at('sums')])).stdout).toBe('36 72\n');
  });

  test('is left alone where it is not made like this', async () => {
    const [rescue, cpu] = await Promise.all([code('rescue'), code('cpu')]);
    const library = await fsp.readFile(at('libanswer.so'));
    expect(withRescue(library, rescue, dispatcher)).toBeUndefined();
    expect(withRescue(await machineLoader(), rescue, `/${'x'.repeat(600)}`)).toBeUndefined();
    expect(await withoutCpuid(library, cpu)).toBeUndefined();
    expect(await withoutCpuid(await machineLoader(), Buffer.alloc(4096))).toBeUndefined();
    expect(await makeLoader(library, { rescue, cpu, dispatcher })).toEqual(library);
  });

  /** What a loader believes of the processor: names and numbers. */
  async function diagnostics(loader: HostPath): Promise<Map<string, bigint>> {
    const { stdout } = await exec([loader, '--list-diagnostics']);
    const numbers = [...stdout.matchAll(/^(x86\.cpu_features\.\S+)=(0x[0-9a-f]+)$/gm)];
    return new Map(numbers.map(([, name, value]) => [name ?? '', BigInt(value ?? 0)]));
  }
});
