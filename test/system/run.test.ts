/** What surrounds a command that runs in the build root: status, signals, terminal, users, mounts, and the end of it all. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { promises as fsp, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { run, runCaptured } from '../../src/app/run.ts';
import { runInSandbox } from '../../src/adapters/sandbox/launch.ts';
import { findQemu } from '../../src/adapters/sandbox/interpreter.ts';
import { guestArch } from '../../src/core/arch.ts';
import { registrationText } from '../../src/core/binfmt.ts';
import { encodeIndex } from '../../src/core/index-layout.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { parseTraceLine } from '../../src/core/trace.ts';
import { exec } from '../../src/os/exec.ts';
import { describeNeeding } from '../support/needs.ts';
import { makeSandboxRoot } from '../support/sandbox-root.ts';
import { tempDir, testDir, type TempDir } from '../support/temp.ts';
import { asOrdinaryUser, USER } from '../support/user.ts';

const BIN = hostPath(`${import.meta.dirname}/../../bin/qemu-accel`);
const ANY_STATUS = Array.from({ length: 256 }, (_, status) => status);

let temp: TempDir;
let root: HostPath;

describeNeeding(['userns', 'binfmt', 'qemu-aarch64'], 'run', () => {
  beforeAll(async () => {
    temp = await tempDir();
    root = joinHost(temp.dir, 'root');
    await fsp.mkdir(root);
    await makeSandboxRoot(root);
  });
  afterAll(() => temp.dispose());

  test.each([true, false])('runs guest programs, emulated: %s', async (isEmulated) => {
    const result = await runCaptured(
      { root, command: ['sh', '-c', 'uname -m; exec cat'], isEmulated },
      { input: 'in' },
    );
    expect(result).toMatchObject({ status: 0, stdout: 'aarch64\nin', stderr: '' });
  });

  test('gives the status of the command', async () => {
    expect((await shell('exit 7')).status).toBe(7);
    expect((await shell('kill -TERM $$')).signal).toBe('SIGTERM');
    expect((await cli(['run', root, '--', 'sh', '-c', 'kill -KILL $$'])).status).toBe(128 + 9);
  });

  test('says what cannot be run, with the status that a shell gives', async () => {
    const missing = await cli(['run', root, '--', 'no-such-program']);
    expect(missing).toMatchObject({ status: 127, stdout: '' });
    expect(missing.stderr).toContain('cannot run no-such-program');
    expect((await cli(['run', root, '--', '/etc/passwd'])).status).toBe(126);
    await expect(run({ root: hostPath('/nowhere'), command: ['true'] })).rejects.toMatchObject({ code: 'E_ROOT' });
    await expect(shell('true', { chdir: '/nowhere' })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(shell('true', { user: 'nobody-here' })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(shell('true', { trace: joinHost(temp.dir, 'trace') })).rejects.toMatchObject({ code: 'E_TREE' });
  });

  test('shows devices, processes and the guest’s processor', async () => {
    const script = [
      'echo x >/dev/null; echo $(: </dev/zero; echo zero) $(readlink /dev/fd) $(echo /proc/[0-9]*)',
      'ls /dev /dev/pts; echo shm >/dev/shm/x; cat /dev/shm/x; cat /proc/cpuinfo',
    ].join('\n');
    const { stdout, stderr } = await shell(script);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^zero \/proc\/self\/fd \/proc\/1 /m);
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['null', 'ptmx', 'random', 'tty', 'urandom', 'shm']));
    expect(stdout).toContain('CPU implementer');
    expect(stdout).not.toContain('GenuineIntel');
    expect((await shell('echo x >/sys/x')).stderr).toContain('Read-only file system');
  });

  test('has the environment of a fresh login, and adds what is asked for', async () => {
    const { stdout } = await shell('exec env', { env: ['A=b=c'], user: 'nobody' });
    const names = stdout.trim().split('\n');
    expect(names).toEqual(expect.arrayContaining(['A=b=c', 'USER=nobody', 'LANG=C.UTF-8', 'HOME=/nonexistent']));
    expect(names.map((line) => line.split('=')[0])).not.toContain('VITEST');
  });

  test('has the limits and the umask of a fresh login', async () => {
    expect((await shell('ulimit -Sn; umask')).stdout).toBe('1024\n0022\n');
  });

  test('becomes a user of the root, in a directory of it', async () => {
    expect((await shell('id -u; id -gn; exec readlink /proc/self/cwd', { user: 'daemon', chdir: '/tmp' })).stdout).toBe(
      '1\ndaemon\n/tmp\n',
    );
    expect((await shell('id -u; id -g; id -G', { user: '7:8' })).stdout).toBe('7\n8\n8\n');
  });

  test('binds host directories and files, writable or not', async () => {
    const dir = await testDir();
    await fsp.writeFile(joinHost(dir, 'file'), 'content');
    const binds = [`${dir}:/mnt/dir`, `${dir}/file:/mnt/ro/file:ro`];
    const { stdout, stderr } = await shell('cat /mnt/ro/file; echo new >/mnt/dir/new; echo x >/mnt/ro/file', { binds });
    expect(stdout).toBe('content');
    expect(stderr).toContain('/mnt/ro/file: Read-only file system');
    expect(await fsp.readFile(joinHost(dir, 'new'), 'utf8')).toBe('new\n');
    for (const bind of ['x', `${dir}:relative`, `${dir}:/x:rw`, '/nowhere:/x']) {
      await expect(shell('true', { binds: [bind] })).rejects.toMatchObject({ code: 'E_USAGE' });
    }
  });

  test('a symbolic link of the root does not lead to the host', async () => {
    const dir = await testDir();
    const outside = await testDir();
    await fsp.symlink(outside, joinHost(root, 'link-out'));
    const { status } = await shell('exec touch /link-out/bound/x', { binds: [`${dir}:/link-out/bound`] });
    expect(status).toBe(0);
    expect(await fsp.readdir(dir)).toEqual(['x']);
    expect(await fsp.readdir(outside)).toEqual([]);
  });

  test('without a network there is a loopback device', async () => {
    const { stdout } = await shell('cat /proc/net/dev; ls /sys/class/net', { network: 'none' });
    expect(stdout.match(/^ *\w+:/gm)?.map((name) => name.trim())).toEqual(['lo:']);
    expect(stdout.trim().split('\n').at(-1)).toBe('lo');
  });

  test('changes nothing in the root, and registers nothing on the host', async () => {
    const before = await listing(root);
    await shell('true');
    expect(await listing(root)).toBe(before);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(root);
  });

  test('goes on without the mount points that a root lacks, and says so', async () => {
    const bare = await testDir();
    await exec(['cp', '-a', `${root}/.`, bare]);
    for (const name of ['proc', 'sys', 'dev']) await fsp.rmdir(joinHost(bare, name));
    const notes: string[] = [];
    const progress = (event: { readonly kind: string; readonly text?: string }): void => {
      notes.push(event.text ?? '');
    };
    const { stdout } = await runCaptured({ root: bare, command: ['uname', '-m'], progress });
    expect(stdout).toBe('aarch64\n');
    expect(notes.map((text) => /no (\/\w+)/.exec(text)?.[1])).toEqual(['/proc', '/sys', '/dev']);
    expect(await fsp.readdir(bare)).not.toContain('proc');
  });

  test('says what is missing when the kernel allows no user namespace', async () => {
    // A user namespace in which the limit is 0: what a hardened machine does to everybody.
    const script = 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"';
    const argv = [process.execPath, BIN, 'run', root, '--', 'true'];
    const result = await exec(['unshare', '-Ur', 'sh', '-c', script, 'sh', ...argv], { okStatuses: ANY_STATUS });
    expect(result.status).toBe(3);
    expect(result.stderr).toMatch(/E_NAMESPACE[\s\S]*max_user_namespaces/);
  });

  test('reaps orphans, and ends what the command leaves running', async () => {
    const marker = uniqueSleep();
    const { stdout } = await shell(`sh -c 'sleep 0.1 & :'; sleep ${marker} & sleep 0.3; ls -d /proc/[0-9]*`);
    // Process 1, the shell, its sleep: nothing is left of the orphan.
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(processesWith(marker)).toEqual([]);
  });

  test('user namespaces with a /proc of their own work inside', async () => {
    // qemu-user has threads and so cannot unshare; the host's program can, and the kernel asks the same of both.
    const libraries = '/host/usr/lib/x86_64-linux-gnu';
    const loader = `${libraries}/ld-linux-x86-64.so.2`;
    const unshare = ['/host/usr/bin/unshare', '-Urmpf', '--mount-proc', '/bin/sh', '-c', 'uname -m; echo $$'];
    const command = [loader, '--library-path', libraries, ...unshare];
    const { stdout, stderr } = await runCaptured({ root, command, binds: ['/usr:/host/usr'] });
    expect(stderr).toBe('');
    expect(stdout).toBe('aarch64\n1\n');
  });

  test('stops at the end of its time, with everything in it', async () => {
    const marker = uniqueSleep();
    const command = ['sh', '-c', `sleep ${marker} & exec sleep ${marker}`];
    const result = await runCaptured({ root, command }, { timeoutMs: 1500 });
    expect(result.isStopped).toBe(true);
    await gone(() => processesWith(marker));
  });

  test.each(['qemu-accel', 'the launcher'])('SIGKILL of %s leaves nothing behind', async (victim) => {
    const marker = uniqueSleep();
    const child = start(['run', root, '--', 'sh', '-c', `sleep ${marker} & exec sleep ${marker}`]);
    await eventually(() => processesWith(`sleep\0${marker}`).length >= 2);
    const launcher = childrenOf(child.pid!)[0]!;
    process.kill(victim === 'qemu-accel' ? child.pid! : launcher, 'SIGKILL');
    const [status] = (await once(child, 'close')) as [number | null];
    if (victim === 'the launcher') expect(status).toBe(128 + 9);
    await gone(() => processesWith(marker));
    expect(isRunning(launcher)).toBe(false);
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGINT'] as const)('%s reaches the command once', async (name) => {
    const child = start(['run', root, '--', 'bash', '-c', countSignals(name)]);
    await once(child.stdout!, 'data');
    child.kill(name);
    const [status] = (await once(child, 'close')) as [number | null];
    expect(status).toBe(41);
  });

  test('works with its own directory gone, and with closed descriptors', async () => {
    const script = 'mkdir "$1/gone" && cd "$1/gone" && rmdir "$1/gone" && shift && exec "$@" <&-';
    const argv = [process.execPath, BIN, 'run', root, '--', 'uname', '-m'];
    expect((await exec(['sh', '-c', script, 'sh', temp.dir, ...argv])).stdout).toBe('aarch64\n');
  });

  test('its terminal is the caller’s: size, name, changes of size', async () => {
    const term = terminal(
      `stty rows 41 cols 132; ${quoted(['run', root, '--', 'sh', '-c', 'stty size; tty; ls /dev'])}`,
    );
    await once(term.child, 'close');
    expect(term.output()).toMatch(/^41 132\r\n\/dev\/console\r\n/);
    const watcher = `trap 'stty size; exit 5' WINCH; echo ready; while :; do sleep 0.1; done`;
    const command = quoted(['run', root, '--', 'bash', '-c', watcher]);
    const resized = terminal(`(sleep 3; stty rows 33 cols 99 </dev/tty) & ${command}; echo status $?`);
    await once(resized.child, 'close');
    expect(resized.output()).toContain('33 99\r\nstatus 5');
  });

  test('^C reaches the command once, and it decides', async () => {
    const term = terminal(`${quoted(['run', root, '--', 'bash', '-c', countSignals('SIGINT')])}; echo status $?`);
    await eventually(() => term.output().includes('ready'));
    term.child.stdin!.write('\x03');
    await once(term.child, 'close');
    expect(term.output()).toContain('status 41');
  });

  test('^Z stops it, and fg goes on', async () => {
    const term = terminal('bash --norc -i');
    const command = quoted(['run', root, '--', 'sh', '-c', 'echo rea""dy; sleep 1; echo do""ne']);
    term.child.stdin!.write(`${command}\n`);
    await eventually(() => term.output().includes('ready'));
    term.child.stdin!.write('\x1a');
    await eventually(() => term.output().includes('Stopped'));
    term.child.stdin!.write('fg; echo stat""us $?; exit\n');
    await once(term.child, 'close');
    expect(term.output()).toMatch(/done\r\n[\s\S]*status 0/);
  });

  test('a job-control shell gives the terminal back', async () => {
    const inner = quoted(['run', root, '--', 'bash', '--norc', '-ic', 'sleep 0.1; kill -KILL $$']);
    const term = terminal(`${inner}; read answer; echo "answer $answer"`);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    term.child.stdin!.write('yes\n');
    await once(term.child, 'close');
    expect(term.output()).toContain('answer yes');
  });

  test('--trace writes what ran how, and leaves the root’s own files alone', async () => {
    const emul = joinHost(root, 'emul');
    const index = encodeIndex({ elfMachine: 183, elfClass: 64, endian: 'little' }, []);
    onTestFinished(() => fsp.rm(emul, { recursive: true }));
    await fsp.mkdir(emul);
    await fsp.writeFile(joinHost(emul, 'index'), index);
    await fsp.writeFile(joinHost(emul, 'trace'), '');
    const trace = joinHost(await testDir(), 'trace');
    await fsp.writeFile(trace, 'of an earlier run\n');
    // Nobody but root may write the file's directory, and yet every user there appends to the file.
    expect((await shell('uname -m', { trace, user: 'nobody' })).stdout).toBe('aarch64\n');
    const lines = (await fsp.readFile(trace, 'utf8')).trim().split('\n').map(parseTraceLine);
    expect(lines.map((line) => [line?.how, line?.reason, line?.path])).toEqual([
      ['emulated', 'no-twin', '/usr/bin/sh'],
      ['emulated', 'no-twin', '/usr/bin/uname'],
    ]);
    expect(await fsp.readFile(joinHost(emul, 'index'))).toEqual(index);
    expect((await fsp.stat(joinHost(emul, 'trace'))).size).toBe(0);
  });

  test('/proc/cpuinfo has no feature that the emulator lacks', async () => {
    const script = 'LD_SHOW_AUXV=1 /bin/true; cat /proc/cpuinfo';
    const { stdout } = await shell(script, { isEmulated: true });
    // Bits of asm/hwcap.h of the kernel, for the features that programs ask for most.
    const hwcap = BigInt(`0x${/^AT_HWCAP: +(?:0x)?([0-9a-f]+)$/m.exec(stdout)?.[1] ?? ''}`);
    const features = /^Features\t: (.*)$/m.exec(stdout)?.[1]?.split(' ') ?? [];
    const bits = { fp: 0, asimd: 1, evtstrm: 2, aes: 3, pmull: 4, sha2: 6, crc32: 7, atomics: 8, sve: 22, ssbs: 28 };
    for (const [name, bit] of Object.entries(bits)) {
      if (features.includes(name)) expect([name, (hwcap >> BigInt(bit)) & 1n]).toEqual([name, 1n]);
    }
    expect(features).toEqual(expect.arrayContaining(['fp', 'asimd', 'crc32', 'atomics']));
  });

  test('a nested call uses the entry of the namespace around it', async () => {
    const arch = guestArch('arm64');
    const registration = registrationText(arch, findQemu(arch))!;
    const command = ['chroot', root, 'uname', '-m'] as const;
    const spec = {
      command,
      env: { PATH: '/usr/sbin:/usr/bin' },
      cwd: '/',
      network: 'host',
      binds: [],
      files: [],
    } as const;
    const result = await runInSandbox({ ...spec, registration }, { stdio: 'capture' });
    expect(result).toMatchObject({ status: 0, stdout: 'aarch64\n' });
    expect((await runInSandbox(spec, { stdio: 'capture' })).status).toBe(126);
  });
});

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64', 'subuid'], 'run as an ordinary user', () => {
  let user: TempDir;
  let own: HostPath;

  beforeAll(async () => {
    user = await tempDir();
    own = joinHost(user.dir, 'root');
    await fsp.mkdir(own);
    await makeSandboxRoot(own);
    await exec(['chown', '-R', `${String(USER.uid)}:${String(USER.uid)}`, user.dir]);
  });
  afterAll(() => user.dispose());

  async function asUser(words: readonly string[], subordinate?: string): ReturnType<typeof exec> {
    const cache = `QEMU_ACCEL_CACHE=${user.dir}/cache`;
    const argv = ['env', cache, process.execPath, BIN, 'run', own, ...words];
    return exec(await asOrdinaryUser(await testDir(), argv, subordinate), { okStatuses: ANY_STATUS });
  }

  test.each([[], ['--emulated']])('is root there, and has the other ids too %s', async (...options) => {
    const result = await asUser([...options, '--', 'sh', '-c', 'id -u; touch /tmp/x; ls -ln /tmp/x; uname -m']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^0\n-rw-r--r-- 1 0 0 .*\naarch64\n$/);
    expect((await fsp.stat(joinHost(own, 'tmp/x'))).uid).toBe(USER.uid);
  });

  test('can become another user', async () => {
    expect((await asUser(['--user', 'nobody', '--', 'id', '-u'])).stdout).toBe('65534\n');
  });

  test('without subordinate ids is root alone, and is told', async () => {
    const alone = await asUser(['--', 'sh', '-c', 'id -u'], '');
    expect(alone).toMatchObject({ status: 0, stdout: '0\n' });
    expect(alone.stderr).toContain('/etc/subuid');
    const nobody = await asUser(['--user', 'nobody', '--', 'true'], '');
    expect(nobody.status).toBe(3);
    expect(nobody.stderr).toContain('usermod --add-subuids');
  });
});

/** Ends with status 40 + the number of signals that came within two seconds: busy, so that no two are taken for one. */
function countSignals(name: string): string {
  const loop = 'end=$((SECONDS+2)); while [ $SECONDS -lt $end ]; do :; done';
  return `n=0; trap 'n=$((n+1))' ${name.slice('SIG'.length)}; echo ready; ${loop}; exit $((40+n))`;
}

async function shell(script: string, options: object = {}): ReturnType<typeof runCaptured> {
  return runCaptured({ root, command: ['sh', '-c', script], ...options });
}

async function cli(words: readonly string[]): ReturnType<typeof exec> {
  return exec([process.execPath, BIN, ...words], { okStatuses: ANY_STATUS });
}

function start(words: readonly string[], options: SpawnOptions = {}): ChildProcess {
  return spawn(process.execPath, [BIN, ...words], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
}

function quoted(words: readonly string[]): string {
  return [process.execPath, BIN, ...words].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}

/** A shell with a terminal of its own, by script(1) of util-linux. */
function terminal(script: string): { child: ChildProcess; output: () => string } {
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', script, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, SHELL: '/bin/bash' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

async function listing(dir: HostPath): Promise<string> {
  return (await exec(['find', dir, '-printf', '%P %y %i %m %T@ %l\\n'])).stdout;
}

/** An argument of sleep that no other process has. */
function uniqueSleep(): string {
  return `${String(1000 + Math.floor(Math.random() * 1000))}.${String(process.hrtime.bigint() % 1_000_000n)}`;
}

function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
}

function isRunning(pid: number): boolean {
  return commandLine(String(pid)) !== '';
}

async function eventually(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come about within 10 seconds');
}

async function gone(find: () => readonly number[]): Promise<void> {
  await eventually(() => find().length === 0);
}
