/** Roots that lack something: an index, a tree, /proc, an emulator. */
import { promises as fsp } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { embedQemu } from '../../src/core/embed-qemu.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import {
  addTwin,
  DISPATCHER,
  hostEmulator,
  makeSmallRoot,
  runGuest,
  writeTreeFor,
  type GuestRun,
} from '../support/guest-root.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const NEEDED = ['userns', 'binfmt', 'qemu-aarch64', 'gcc', 'readelf'] as const;

let temp: TempDir;
let root: HostPath;

async function prepare(): Promise<void> {
  temp = await tempDir();
  root = joinHost(temp.dir, 'root');
  await makeSmallRoot(root);
}

/** The first line that a command prints. */
async function firstLine(argv: readonly string[], options: GuestRun = {}): Promise<string> {
  const { stdout, stderr } = await runGuest(root, argv, options);
  return stdout.split('\n')[0] ?? stderr;
}

/** An interpreter outside of the root that carries its emulator. */
async function writeInterpreter(): Promise<HostPath> {
  const interpreter = joinHost(temp.dir, 'qemu-aarch64-binfmt');
  const whole = embedQemu(await fsp.readFile(DISPATCHER), await fsp.readFile(await hostEmulator()));
  await fsp.writeFile(interpreter, whole, { mode: 0o755 });
  return interpreter;
}

describeNeeding(NEEDED, 'a tree made by hand', () => {
  beforeAll(prepare);
  afterAll(() => temp.dispose());
  beforeEach(() => fsp.rm(joinHost(root, 'emul'), { recursive: true, force: true }));

  test('the workflow of the original: a tool of /emul, a conftest under qemu, and all under qemu without /emul', async () => {
    await addTwin(root, '/emul/usr/bin/echo');
    await fsp.copyFile(joinHost(root, 'usr/bin/uname'), joinHost(root, 'tmp/conftest'));
    expect(await firstLine(['/usr/bin/echo', 'hi'])).toBe('twin of /usr/bin/echo, 1 arguments: hi');
    expect(await firstLine(['/bin/sh', '-c', 'cd /tmp && ./conftest -m'])).toBe('aarch64');
    await fsp.rm(joinHost(root, 'emul'), { recursive: true });
    expect(await firstLine(['/usr/bin/echo', 'hi'])).toBe('hi');
  });

  test('holds real paths, or paths as they are executed', async () => {
    await addTwin(root, '/emul/usr/bin/dash');
    expect(await firstLine(['/bin/sh', 'x'])).toBe('twin of /bin/sh, 1 arguments: x');
    expect(await firstLine(['/launch', 'as', 'sh', '../bin/sh', 'x'])).toBe('twin of sh, 1 arguments: x');
    await fsp.rename(joinHost(root, 'emul/usr/bin/dash'), joinHost(root, 'emul/usr/bin/sh'));
    expect(await firstLine(['/usr/bin/sh', 'x'])).toBe('twin of /usr/bin/sh, 1 arguments: x');
  });

  test('only what is executable counts, and a damaged tree is none', async () => {
    await addTwin(root, '/emul/usr/bin/echo');
    await fsp.chmod(joinHost(root, 'emul/usr/bin/echo'), 0o644);
    expect(await firstLine(['/usr/bin/echo', 'hi'])).toBe('hi');
    await fsp.chmod(joinHost(root, 'emul/usr/bin/echo'), 0o755);
    await fsp.writeFile(joinHost(root, 'emul/manifest.json'), '{}');
    expect(await firstLine(['/usr/bin/echo', 'hi'])).toBe('hi');
  });

  test('works without /proc, by the path that was executed', async () => {
    await addTwin(root, '/emul/usr/bin/echo');
    expect(await firstLine(['/usr/bin/echo', 'hi'], { withoutProc: true })).toMatch(/^twin/);
    expect(await firstLine(['/emul/../usr/bin/echo', 'hi'], { withoutProc: true })).toBe('hi');
  });
});

describeNeeding(NEEDED, 'a root that lacks something', () => {
  beforeAll(async () => {
    await prepare();
    await writeTreeFor(root, 'echo');
  });
  afterAll(() => temp.dispose());

  test('without /proc, build-ids still name twins, and the rest is emulated', async () => {
    const withoutProc = true;
    expect(await firstLine(['/bin/sh', '-c', 'cd /usr/bin; ./echo hi'], { withoutProc })).toMatch(/^twin of \.\/echo,/);
    expect(await firstLine(['/usr/bin/uname', '-m'], { withoutProc })).toBe('aarch64');
  });

  test('/emul may vanish while programs run', async () => {
    await writeTreeFor(root, 'echo');
    await fsp.rename(joinHost(root, 'emul'), joinHost(root, 'tmp/emul'));
    expect(await firstLine(['/usr/bin/echo', 'hi'])).toBe('hi');
    await fsp.rename(joinHost(root, 'tmp/emul'), joinHost(root, 'emul'));
    expect(await firstLine(['/usr/bin/echo', 'hi'])).toMatch(/^twin/);
  });
});

describeNeeding(NEEDED, 'emulators', () => {
  beforeEach(prepare);
  afterEach(() => temp.dispose());

  test.each(['usr/bin/qemu-aarch64-static', 'usr/local/bin/qemu-aarch64', 'usr/libexec/qemu-binfmt/qemu-aarch64'])(
    '%s is found',
    async (place) => {
      await fsp.mkdir(joinHost(root, place, '..'), { recursive: true });
      await fsp.rename(joinHost(root, 'usr/bin/qemu-aarch64'), joinHost(root, place));
      expect(await firstLine(['/usr/bin/uname', '-m'])).toBe('aarch64');
    },
  );

  test("the guest's own build of qemu is passed over", async () => {
    await fsp.rename(joinHost(root, 'usr/bin/qemu-aarch64'), joinHost(root, 'usr/bin/qemu-aarch64-static'));
    await fsp.copyFile(joinHost(root, 'usr/bin/echo'), joinHost(root, 'usr/bin/qemu-aarch64'));
    expect(await firstLine(['/usr/bin/uname', '-m'])).toBe('aarch64');
  });

  test('none: one line that says where it looked, and 126', async () => {
    await fsp.rm(joinHost(root, 'usr/bin/qemu-aarch64'));
    const { status, stdout, stderr } = await runGuest(root, ['/usr/bin/uname']);
    expect({ status, stdout }).toEqual({ status: 126, stdout: '' });
    expect(stderr).toMatch(
      /^\S+-binfmt: no emulator runs \/usr\/bin\/uname; looked for \/usr\/bin\/qemu-aarch64, .+\n$/,
    );
  });

  test('an embedded one serves a root in the root that has neither /emul nor qemu nor /proc', async () => {
    await fsp.rm(joinHost(root, 'usr/bin/qemu-aarch64'));
    const interpreter = await writeInterpreter();
    const run = { interpreter, flags: 'POF', withoutProc: true };
    expect(await firstLine(['/usr/bin/uname', '-m'], run)).toBe('aarch64');
    expect(await firstLine(['/bin/sh', '-c', 'uname -m; exit 3'], run)).toBe('aarch64');
    const [list, flags] = [['/usr/bin/ls', '/proc/self/fd'], 'POF'] as const;
    const plain = await runGuest(root, list, { interpreter: await hostEmulator(), flags });
    expect(await runGuest(root, list, { interpreter, flags })).toEqual(plain);
  });

  test('a nested root goes its own way: its tree, its emulator, else the embedded one', async () => {
    await makeSmallRoot(joinHost(root, 'inner'));
    await writeTreeFor(root, 'echo');
    await fsp.rm(joinHost(root, 'inner/usr/bin/qemu-aarch64'));
    const interpreter = await writeInterpreter();
    const inner = ['/launch', 'chroot', '/inner', '/usr/bin/echo', 'hi'];
    expect(await firstLine(inner, { interpreter, flags: 'POF' })).toBe('hi');
    await writeTreeFor(joinHost(root, 'inner'), 'echo');
    expect(await firstLine(inner, { interpreter, flags: 'POF' })).toMatch(/^twin/);
  });

  test('what is not a static emulator of the host is not embedded', async () => {
    const dispatcher = await fsp.readFile(DISPATCHER);
    const guest = await fsp.readFile(joinHost(root, 'usr/bin/echo'));
    const dynamic = await fsp.readFile(process.execPath);
    expect(() => embedQemu(dispatcher, guest)).toThrow(/x86_64/);
    expect(() => embedQemu(dispatcher, dynamic)).toThrow(/dynamically linked/);
    const whole = embedQemu(dispatcher, dispatcher);
    expect(() => embedQemu(whole, dispatcher)).toThrow(/spare/);
  });
});
