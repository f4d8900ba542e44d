/**
 * What happens over time: a compiler and the program that it makes, a package that is upgraded, a tree that is removed. The
 * trace tells what ran as a twin; and where plain qemu itself is wrong, what Linux does is the oracle.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findEmulator } from '../../src/adapters/emul/emulator.ts';
import type { SandboxResult } from '../../src/adapters/sandbox/launch.ts';
import { refresh } from '../../src/app/refresh.ts';
import { runCaptured } from '../../src/app/run.ts';
import { guestArch } from '../../src/core/arch.ts';
import { hasSlowPauth } from '../../src/core/emulators.ts';
import { guestPath, inRoot, joinHost, type HostPath } from '../../src/core/paths.ts';
import type { TraceRecord } from '../../src/core/trace.ts';
import { exec } from '../../src/os/exec.ts';
import { acceleratedRoot, compileInRoot } from '../support/accelerated-root.ts';
import { buildIdOf } from '../support/guest-root.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { readTraceFile } from '../support/two-sides.ts';

const ARM64 = guestArch('arm64');
const CONFIGURE = `#!/bin/sh
echo 'int main(void) { return 42; }' >conftest.c
gcc conftest.c -o conftest && ./conftest
echo "conftest: $?"
`;
/** Which program the kernel really runs, once the child is more than a copy of the shell. */
const WHO = 'sleep 5 & while [ "$(cat /proc/$!/comm)" = bash ]; do :; done; readlink /proc/$!/exe; kill $!';

let temp: TempDir;
let copy: RootCopy;

describeNeeding(['binfmt', 'qemu-aarch64', 'gcc', 'readelf'], 'an accelerated root', () => {
  beforeAll(async () => {
    [temp, copy] = [await tempDir(), await acceleratedRoot()];
    await fsp.chmod(temp.dir, 0o755);
    await compileInRoot(copy.root, temp.dir, { 'guest-probe': ['-O1', 'guest-probe.c'] });
  });
  afterAll(async () => {
    await temp.dispose();
    await copy.dispose();
  });

  test('the compiler is a twin, and what it makes is emulated', async () => {
    await fsp.writeFile(
      joinHost(temp.dir, 'test.c'),
      '#include <stdio.h>\nint main(void) { return !puts("made here"); }\n',
    );
    const compiled = await traced('/usr/bin/gcc test.c && ./a.out');
    expect(compiled.result).toMatchObject({ stdout: 'made here\n', stderr: '', status: 0 });
    expect(how(compiled.trace, '/usr/bin/gcc')).toBe('accelerated by twin');
    expect(how(compiled.trace, './a.out')).toBe('emulated by no-twin');

    await fsp.writeFile(joinHost(temp.dir, 'configure'), CONFIGURE, { mode: 0o755 });
    const configured = await traced('./configure');
    expect(configured.result.stdout).toBe('conftest: 42\n');
    expect(how(configured.trace, '/bin/sh')).toBe('accelerated by twin');
    expect(how(configured.trace, '/usr/bin/gcc')).toBe('accelerated by twin');
    expect(how(configured.trace, './conftest')).toBe('emulated by no-twin');
  });

  test('the kernel agrees with the trace', async () => {
    expect((await shell(WHO)).stdout).toBe('/usr/bin/sleep\n');
    expect((await shell('cat /proc/self/maps')).stdout).toContain('/emul/usr/bin/cat');
    expect((await shell(WHO, true)).stdout).toMatch(/qemu-aarch64/);
  });

  test('an emulator that signs pointers slowly is told of the quick way, unless the caller has chosen a processor', async () => {
    await fsp.writeFile(joinHost(temp.dir, 'pause.c'), '#include <unistd.h>\nint main(void) { return pause(); }\n');
    const { stdout } = await shell(`gcc /tmp/pause.c -o /tmp/pause
      show() { while [ "$(cat /proc/$1/comm)" != qemu-aarch64 ]; do :; done; tr '\\0' ' ' </proc/$1/cmdline; echo; kill $1; }
      /tmp/pause & show $!
      QEMU_CPU=max /tmp/pause & show $!`);
    const version = (await exec([findEmulator(ARM64), '--version'])).stdout;
    const told = hasSlowPauth(ARM64, version) ? '-cpu max,pauth-impdef=on ' : '';
    expect(stdout.split('\n').map((line) => line.trim())).toEqual([
      `qemu-aarch64 ${told}-0 /tmp/pause /tmp/pause`,
      'qemu-aarch64 -0 /tmp/pause /tmp/pause',
      '',
    ]);
  });

  test('setuid makes a tool emulated', async () => {
    const { trace } = await traced(
      'cp /usr/bin/id plain; cp plain privileged; chmod u+s privileged; ./plain; ./privileged',
    );
    expect([how(trace, './plain'), how(trace, './privileged')]).toEqual(['accelerated by twin', 'emulated by secure']);
  });

  test('closed and ignored things are inherited, also where qemu forgets them', async () => {
    const probe = '/tmp/guest-probe';
    const { stdout, stderr } = await shell(
      `for digits in 0 01 02 012; do ${probe} closing $digits /usr/bin/cat 2>/dev/null; echo cat $?; done
      ${probe} closing 0 /usr/bin/dash -c 'test -e /proc/self/fd/0; echo dash $?'
      env --ignore-signal=INT,USR2 --block-signal=USR1 env ${probe} state | grep -e ignored -e blocked`,
    );
    expect(stderr).toBe('');
    expect(stdout).toBe(
      'cat 1\ncat 1\ncat 1\ncat 1\ndash 1\nsignal 2 ignored\nsignal 10 default blocked\nsignal 12 ignored\n',
    );
  });

  test('an upgraded program is emulated, and right, until refresh', async () => {
    const sed = inRoot(copy.root, guestPath('/usr/bin/sed'));
    await upgrade(sed);
    const script = 'echo before | sed s/before/after/';
    const upgraded = await traced(script);
    expect(upgraded.result.stdout).toBe('after\n');
    expect(how(upgraded.trace, '/usr/bin/sed')).toBe('emulated by no-twin');
    await refresh({ root: copy.root });
    const refreshed = await traced(script);
    expect(refreshed.result.stdout).toBe('after\n');
    expect(how(refreshed.trace, '/usr/bin/sed')).toBe('accelerated by twin');
  });

  test('after rm -rf /emul, everything goes on emulated', async () => {
    const script = `${WHO}; rm -rf /emul; ls -d /emul; ${WHO}; cd /tmp; gcc test.c -o removed && ./removed; uname -m`;
    const { stdout, stderr } = await shell(script);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('/usr/bin/sleep');
    expect(lines[1]).toMatch(/qemu-aarch64/);
    expect(lines.slice(2)).toEqual(['made here', 'aarch64', '']);
    expect(stderr).toBe("ls: cannot access '/emul': No such file or directory\n");
  });
});

async function shell(script: string, isEmulated = false): Promise<SandboxResult> {
  return runCaptured({ root: copy.root, command: ['bash', '-c', script], binds: [`${temp.dir}:/tmp`], isEmulated });
}

async function traced(script: string): Promise<{ result: SandboxResult; trace: readonly TraceRecord[] }> {
  const trace = joinHost(temp.dir, 'trace');
  const command = ['sh', '-c', script];
  const result = await runCaptured({ root: copy.root, command, binds: [`${temp.dir}:/tmp`], chdir: '/tmp', trace });
  return { result, trace: await readTraceFile(trace) };
}

function how(trace: readonly TraceRecord[], path: string): string | undefined {
  const record = trace.find((candidate) => candidate.path === path);
  return record && `${record.how} by ${record.reason}`;
}

/** Another build of the same program: other build-id, new file under the old name, as dpkg does it. */
async function upgrade(path: HostPath): Promise<void> {
  const content = await fsp.readFile(path);
  const at = content.indexOf(Buffer.from(await buildIdOf(path), 'hex'));
  content.writeUInt8(content.readUInt8(at) ^ 0xff, at);
  await fsp.writeFile(`${path}.new`, content, { mode: 0o755 });
  await fsp.rename(`${path}.new`, path);
}
