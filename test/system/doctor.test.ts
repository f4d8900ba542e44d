/** `doctor`: conditions that are made for real are found, and mended where `--fix` says so. */
import { existsSync, promises as fsp, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doctor, type Checkup } from '../../src/app/doctor.ts';
import type { Diagnosis } from '../../src/core/build-log/diagnose.ts';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec, type ExecResult } from '../../src/os/exec.ts';
import { acceleratedRoot } from '../support/accelerated-root.ts';
import { LOGGED_FAILURES } from '../support/build-logs.ts';
import { BUILD_SERVICE_DISPATCHER, QEMU, registered } from '../support/foreign-handlers.ts';
import { machine } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import type { RootCopy } from '../support/roots.ts';
import { testDir } from '../support/temp.ts';
import { asOrdinaryUser } from '../support/user.ts';

const BIN = hostPath(`${import.meta.dirname}/../../bin/qemu-accel`);

/** The command line without a terminal. */
function cli(args: readonly string[], input = ''): Promise<ExecResult> {
  return exec([process.execPath, BIN, 'doctor', ...args], { input, okStatuses: [0, 1, 2, 3] });
}

function check(checkup: Checkup, id: string): Checkup['checks'][number] {
  const found = checkup.checks.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no check ${id}`);
  return found;
}

function statuses(checkup: Checkup, ids: readonly string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id) => [id, check(checkup, id).status]));
}

const OF_ROOT = ['root', 'emul-tree', 'versions', 'twins-start', 'lto-plugin', 'mounts', 'unfinished'];
const all = (status: string): Record<string, string> => Object.fromEntries(OF_ROOT.map((id) => [id, status]));

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64', 'patchelf'], 'doctor of a build root', () => {
  let copy: RootCopy;
  let root: HostPath;
  let plugin: HostPath;
  beforeAll(async () => {
    copy = await acceleratedRoot();
    root = copy.root;
    const { stdout } = await exec(['sh', '-c', 'echo "$1"/usr/libexec/gcc/*/*/liblto_plugin.so', 'sh', root]);
    plugin = hostPath(stdout.trim());
  });
  afterAll(async () => {
    await exec(['umount', joinHost(root, 'mnt')], { okStatuses: [0, 1, 32] });
    await copy.dispose();
  });

  test('finds nothing in one that is as it was made', async () => {
    expect(statuses(await doctor({ root }), OF_ROOT)).toEqual(all('ok'));
  });

  test('finds each damage', async () => {
    await damage(root);
    const original = await fsp.readFile(plugin);
    await fsp.copyFile(plugin.replace(root, `${root}/emul`), plugin);
    const checkup = await doctor({ root });
    await fsp.writeFile(plugin, original);
    expect(statuses(checkup, OF_ROOT)).toEqual({ ...all('finding'), root: 'ok' });
    const details = (id: string): string => check(checkup, id).details.join('\n');
    expect(details('emul-tree')).toMatch(/^\/emul\/index: .*everything is emulated/m);
    expect(details('emul-tree')).toMatch(/^\/emul\/usr\/bin\/bison: /m);
    expect(details('emul-tree')).toMatch(/^\/emul\/usr\/lib\/libmagic\.so\.1: /m);
    expect(details('versions')).toMatch(/^bc=\S+ is now 99$/m);
    expect(details('versions')).toMatch(/^\/usr\/bin\/newcomer came later$/m);
    expect(check(checkup, 'versions').fix).toEqual([`qemu-accel refresh ${root}`]);
    expect(details('twins-start')).toMatch(/^\/emul\/usr\/bin\/file: .*libmagic\.so\.1: cannot open/m);
    expect(details('lto-plugin')).toMatch(/liblto_plugin\.so is a program of this machine$/);
    expect(check(checkup, 'mounts').details[0]).toBe(`${root}/mnt`);
    expect(details('unfinished')).toBe(`${root}/.emul.0123456789ab.new`);
    // Looking changes nothing.
    expect(existsSync(`${root}/.emul.0123456789ab.new`)).toBe(true);
  });

  test('--fix without a terminal mends what is ours, and nothing else', async () => {
    const { status, stdout, stderr } = await cli([root, '--fix', '--json']);
    expect([status, stderr.includes('[y/N]')]).toEqual([1, false]);
    const checkup = JSON.parse(stdout) as Checkup;
    expect(statuses(checkup, OF_ROOT)).toEqual({ ...all('ok'), mounts: 'finding' });
    const outcomes = checkup.repairs.map(({ id, outcome }) => [id, outcome]).filter(([id]) => OF_ROOT.includes(id!));
    expect(outcomes).toEqual([
      ['emul-tree', 'done'],
      ['mounts', 'declined'],
      ['unfinished', 'done'],
    ]);
    expect(checkup.repairs.filter(({ id }) => !OF_ROOT.includes(id)).map(({ outcome }) => outcome)).not.toContain(
      'failed',
    );
    await exec(['mountpoint', '-q', joinHost(root, 'mnt')]);
  });

  test('a mount is undone after a yes, and a tree made', async () => {
    await exec(['rm', '-rf', joinHost(root, 'emul')]);
    const questions: string[] = [];
    const approve = (question: string): Promise<boolean> => {
      questions.push(question);
      return Promise.resolve(/^unmount |emul tree/.test(question));
    };
    const checkup = await doctor({ root, isFixing: true, approve });
    expect(questions).toEqual(expect.arrayContaining([`unmount ${root}/mnt`, 'make an emul tree in the build root']));
    expect(statuses(checkup, OF_ROOT)).toEqual(all('ok'));
  });
});

async function damage(root: HostPath): Promise<void> {
  const emul = joinHost(root, 'emul');
  await fsp.truncate(joinHost(emul, 'index'), 100);
  await fsp.rm(joinHost(emul, 'usr/bin/bison'));
  await fsp.rm(joinHost(emul, 'usr/lib/libmagic.so.1'));
  await fsp.copyFile(joinHost(root, 'usr/bin/true'), joinHost(root, 'usr/bin/newcomer'));
  await fsp.writeFile(joinHost(root, '.emul.0123456789ab.new'), '');
  await exec(['mount', '-t', 'tmpfs', 'none', joinHost(root, 'mnt')]);
  upgrade(root);
}

/** As dpkg leaves it: another program, so another build-id, and another version in the database. */
function upgrade(root: HostPath): void {
  const program = joinHost(root, 'usr/bin/bc');
  const bytes = readFileSync(program);
  const note = bytes.indexOf(Buffer.from('GNU\0'));
  bytes.writeUInt32LE(0x12345678, note + 4);
  writeFileSync(program, bytes);
  const status = joinHost(root, 'var/lib/dpkg/status');
  const text = readFileSync(status, 'utf8');
  writeFileSync(status, text.replace(/^(Package: bc\n(?:.+\n)*?Version: ).*$/m, '$199'));
}

describeNeeding(['root'], 'doctor of the machine', () => {
  test('as an ordinary user, with a full disk, says what is wrong and what it could not see', async () => {
    const [dir, root] = [await testDir(), await testDir()];
    await fsp.chmod(root, 0o755);
    await fsp.mkdir(joinHost(root, 'mnt'));
    const prepare = `mount -t tmpfs -o size=1m none ${root}/mnt; head -c 2m /dev/zero >${root}/mnt/full 2>/dev/null
      chmod 1777 ${root}/mnt; exec "$@"`;
    const command = ['env', `QEMU_ACCEL_CACHE=${root}/mnt/cache`, process.execPath, BIN, 'doctor', root, '--json'];
    const argv = ['unshare', '--mount', 'sh', '-c', prepare, 'sh', ...(await asOrdinaryUser(dir, command))] as const;
    const { status, stdout } = await exec(argv, { okStatuses: [0, 1] });
    const checkup = JSON.parse(stdout) as Checkup;
    expect(status).toBe(1);
    expect(check(checkup, 'space').details.join('\n')).toContain(`for the cache (${root}/mnt`);
    expect(check(checkup, 'mounts').details.at(-1)).toMatch(/could not be seen without root$/);
    expect(check(checkup, 'root').status).toBe('finding');
  });
});

describeNeeding(['root', 'userns', 'binfmt', 'qemu-aarch64'], 'doctor --fix of handlers', () => {
  test('registers and takes out, after a yes, and is undone', async () => {
    const { stdout } = await machine(`
      doctor() {
        accel doctor "$@" >/var/lib/said 2>&1
        grep '^repair handlers' /var/lib/said; grep '^. handlers' /var/lib/said
      }
      mount_table; binfmt register arm64 >/dev/null
      ${registered('zzz', QEMU, 'POF')}
      doctor; doctor --fix </dev/null; ls $table/zzz
      doctor --fix --yes; binfmt status --json | grep -m1 winner
      binfmt unregister arm64 >/dev/null; ${BUILD_SERVICE_DISPATCHER}
      echo -1 >$table/zzz; ${registered('one', '/bin/true', 'POF')}; ${registered('two', '/bin/true', 'POF')}
      doctor --fix --yes; ls $table; binfmt restore >/dev/null; ls $table`);
    const out = (names: string): string =>
      `repair handlers: take ${names} out of binfmt_misc (undo: qemu-accel binfmt restore)`;
    const register = 'repair handlers: register the dispatcher for arm64 (undo: qemu-accel binfmt unregister arm64)';
    expect(
      stdout
        .replaceAll(/^(. handlers) .*$/gm, '$1')
        .trim()
        .split('\n'),
    ).toEqual([
      ...['✗ handlers', `${register}: not done: it was not agreed to`, '✗ handlers', '/proc/sys/fs/binfmt_misc/zzz'],
      ...[`${register}: done`, '✓ handlers', '      "winner": "qemu-accel-aarch64",'],
      ...[`${out('two and one')}: done`, '✓ handlers'],
      ...['aarch64', 'register', 'status'],
      ...['aarch64', 'one', 'register', 'status', 'two'],
    ]);
  });

  test('switches a table on that is off as a whole, after a yes', async () => {
    const { stdout } = await machine(`
      doctor() { accel doctor "$@" >/var/lib/said 2>&1; grep -e '^repair handlers' -e '^. handlers' /var/lib/said; }
      mount_table; echo 0 >$table/status; binfmt register arm64; binfmt status | tail -n 4
      doctor; doctor --fix </dev/null; cat $table/status
      doctor --fix --yes; cat $table/status`);
    const off = [
      'binfmt_misc is switched off as a whole',
      '  why: somebody has written 0 to its file status; no entry is asked until it is switched on',
      '  fix: echo 1 | sudo tee /proc/sys/fs/binfmt_misc/status',
      '  fix: sudo qemu-accel doctor --fix',
    ];
    const repair = 'repair handlers: switch binfmt_misc on (undo: echo 0 >/proc/sys/fs/binfmt_misc/status)';
    expect(
      stdout
        .replaceAll(/^(. handlers) .*$/gm, '$1')
        .trim()
        .split('\n'),
    ).toEqual([
      ...['arm64: qemu-accel-aarch64 registered', ...off, ...off],
      ...['✗ handlers', '✗ handlers', `${repair}: not done: it was not agreed to`, 'disabled'],
      ...['✓ handlers', `${repair}: done`, 'enabled'],
    ]);
  });
});

describe('doctor --log', () => {
  const failure = LOGGED_FAILURES[0]!;

  test('reads a file, a packed file and stdin alike', async () => {
    const dir = await testDir();
    const [plain, packed] = [joinHost(dir, 'build.log'), joinHost(dir, 'build.log.gz')];
    await fsp.writeFile(plain, failure.log);
    await fsp.writeFile(packed, gzipSync(failure.log));
    const answers = [await cli(['--log', plain]), await cli(['--log', packed]), await cli(['--log', '-'], failure.log)];
    for (const answer of answers) expect(answer).toEqual({ ...answers[0], status: 1, stderr: '' });
    expect(answers[0]?.stdout).toContain(`✗ ${String(failure.cause)}: `);
    const { status, stdout } = await cli(['./root', '--log', plain, '--json']);
    const { log } = JSON.parse(stdout) as { log: Diagnosis };
    expect([status, log.causes.map(({ id }) => id)]).toEqual([1, [failure.cause]]);
    expect(log.causes.flatMap(({ fix }) => fix)).toContain(
      'See whether the build root’s plug-in is its own: qemu-accel doctor ./root',
    );
  });

  test('exits with 0 when it knows no cause, and with 3 when it cannot read', async () => {
    const dir = await testDir();
    expect(await cli(['--log', '-'], 'make: nothing to be done\n')).toMatchObject({ status: 0, stderr: '' });
    expect(await cli(['--log', joinHost(dir, 'none')])).toMatchObject({ status: 3, stdout: '' });
    const cut = joinHost(dir, 'cut.gz');
    await fsp.writeFile(cut, gzipSync(failure.log).subarray(0, -20));
    expect((await cli(['--log', cut])).stderr).toMatch(/^error\[E_IO\]: the log .*cut\.gz is cut off or damaged$/m);
  });
});
