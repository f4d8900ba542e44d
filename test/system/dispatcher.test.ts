/** The dispatcher's decisions, made by the real file under the real binfmt_misc, with qemu as what it falls back to. */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { INDEX } from '../../src/core/index-layout.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import {
  addTwin,
  buildIdOf,
  makeSmallRoot,
  readTrace,
  runGuest,
  writeTree,
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
  root = temp.dir;
  await makeSmallRoot(root);
}

/** Runs `echo hi` in the root: `hi` from the guest binary, `twin of ...` from the twin. */
async function echo(options: GuestRun = {}, argv: readonly string[] = ['/usr/bin/echo', 'hi']): Promise<string> {
  const { stdout, stderr, status } = await runGuest(root, argv, options);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.split('\n')[0] ?? '';
}

async function lastReason(): Promise<string | undefined> {
  return (await readTrace(root)).at(-1)?.reason;
}

const TWIN = 'twin of /usr/bin/echo, 1 arguments: hi';

describeNeeding(NEEDED, 'a tree with an index', () => {
  beforeAll(prepare);
  afterAll(() => temp.dispose());

  test('runs the twin, and says so', async () => {
    await writeTreeFor(root, 'echo');
    expect(await echo()).toBe(TWIN);
    expect(await readTrace(root)).toMatchObject([{ how: 'accelerated', reason: 'twin', path: '/usr/bin/echo' }]);
  });

  test.each(['POF', 'POCF', 'P', 'PF'])('runs it with flags %s', async (flags) => {
    await writeTreeFor(root, 'echo');
    const interpreter = joinHost(root, 'usr/bin/qemu-aarch64-binfmt');
    expect(await echo(flags.includes('F') ? { interpreter, flags } : { flags })).toBe(TWIN);
  });

  test('without flag P, argv[0] is the path, and nothing is lost', async () => {
    await writeTreeFor(root, 'echo');
    expect(await echo({ flags: 'O' })).toBe(TWIN);
    expect(await echo({ flags: 'O' }, ['/usr/bin/cat', '/proc/self/comm'])).not.toBe('');
  });

  test('leaves every other program to qemu', async () => {
    await writeTreeFor(root, 'echo');
    expect(await echo({}, ['/usr/bin/uname', '-m'])).toBe('aarch64');
    expect(await readTrace(root)).toMatchObject([{ how: 'emulated', reason: 'no-twin', path: '/usr/bin/uname' }]);
  });

  test('knows a binary without build-id by its path and size', async () => {
    const bare = joinHost(root, 'usr/bin/bare');
    const elf = withoutBuildId(
      await fsp.readFile(joinHost(root, 'usr/bin/echo')),
      await buildIdOf(joinHost(root, 'usr/bin/echo')),
    );
    await fsp.writeFile(bare, elf, { mode: 0o755 });
    const key = { kind: 'path', path: '/usr/bin/bare', sizeBytes: elf.length } as const;
    await writeTree(root, [{ key, twin: '/emul/usr/bin/bare', guestSizeBytes: elf.length }]);
    expect(await echo({}, ['/bin/bare', 'hi'])).toBe('twin of /bin/bare, 1 arguments: hi');
    await fsp.appendFile(bare, 'x');
    expect(await echo({}, ['/bin/bare', 'hi'])).toBe('hi');
  });

  test('emulates a file that has the build-id but not the size: cut, patched or appended to', async () => {
    await writeTreeFor(root, 'echo');
    const file = joinHost(root, 'usr/bin/echo');
    const whole = await fsp.readFile(file);
    await fsp.appendFile(file, 'x');
    expect(await echo()).toBe('hi');
    expect(await lastReason()).toBe('no-twin');
    await fsp.writeFile(file, whole);
  });

  test('emulates while somebody changes the libraries', async () => {
    await writeTreeFor(root, 'echo');
    expect(await echo()).toMatch(/^twin/);
    await fsp.writeFile(joinHost(root, 'emul/usr/lib/libx.so'), '');
    await fsp.rm(joinHost(root, 'emul/usr/lib/libx.so'));
    expect(await echo()).toBe('hi');
    expect(await lastReason()).toBe('no-tree');
  });

  test('emulates with an index that is gone, cut or changed', async () => {
    await writeTreeFor(root, 'echo');
    const index = joinHost(root, 'emul/index');
    const good = await fsp.readFile(index);
    const { headerSizeBytes, recordSizeBytes } = INDEX;
    // One record has two slots, and the key says which it is in.
    const badTwin = flipBit(flipBit(good, headerSizeBytes + 45), headerSizeBytes + recordSizeBytes + 45);
    for (const bad of [good.subarray(0, 40), good.subarray(0, headerSizeBytes), flipBit(good, 9), badTwin]) {
      await fsp.writeFile(index, bad);
      expect(await echo()).toBe('hi');
    }
    await fsp.rm(index);
    expect(await echo()).toBe('hi');
  });

  test.each([
    ['missing', (twin: HostPath) => fsp.rm(twin)],
    ['not executable', (twin: HostPath) => fsp.chmod(twin, 0o644)],
    ['empty', (twin: HostPath) => fsp.truncate(twin, 0)],
    ['without its interpreter', (twin: HostPath) => fsp.writeFile(twin, '#!/emul/none\n')],
    ['for another machine', (twin: HostPath) => patchMachine(twin)],
  ])('emulates when the twin is %s', async (_, damage) => {
    await writeTreeFor(root, 'echo');
    await damage(joinHost(root, 'emul/usr/bin/echo'));
    expect(await echo()).toBe('hi');
    const trace = await readTrace(root);
    expect(trace.map(({ reason }) => reason)).toEqual(['twin', 'twin-failed']);
    expect(trace[0]?.pid).toBe(trace[1]?.pid);
  });

  test('does not call itself for ever when the twin is the guest binary', async () => {
    await writeTreeFor(root, 'echo');
    await fsp.copyFile(joinHost(root, 'usr/bin/echo'), joinHost(root, 'emul/usr/bin/echo'));
    expect(await echo()).toBe('hi');
  });

  test('emulates setuid and setgid programs', async () => {
    await writeTreeFor(root, 'echo');
    for (const mode of [0o4755, 0o2755]) {
      await fsp.chmod(joinHost(root, 'usr/bin/echo'), mode);
      expect(await echo()).toBe('hi');
      expect(await lastReason()).toBe('secure');
    }
    await fsp.chmod(joinHost(root, 'usr/bin/echo'), 0o755);
  });

  test('emulates a compiler that is asked for its own CPU, and the like', async () => {
    await writeTreeFor(root, 'echo', { emulateFor: ['cpu-native'] });
    for (const option of ['-march=native', '-mcpu=native', '-mtune=native']) {
      expect(await echo({}, ['/usr/bin/echo', 'x', option])).toBe(`x ${option}`);
      expect(await lastReason()).toBe('arguments');
    }
    expect(await echo({}, ['/usr/bin/echo', '-march=natives'])).toMatch(/^twin/);
    await writeTreeFor(root, 'echo', { emulateFor: ['links'] });
    expect(await echo({}, ['/usr/bin/echo', '-g', 'x.cc'])).toBe('-g x.cc');
    expect(await echo({}, ['/usr/bin/echo', 'x.cc', '-c'])).toMatch(/^twin/);
    await writeTreeFor(root, 'echo', { emulateFor: ['libraries'] });
    expect(await echo({}, ['/usr/bin/echo', 'x.c', '-lm'])).toBe('x.c -lm');
    expect(await echo({}, ['/usr/bin/echo', 'x.c', '-lz'])).toMatch(/^twin/);
    await writeTreeFor(root, 'echo', { emulateFor: ['sanitize'] });
    expect(await echo({}, ['/usr/bin/echo', '-fsanitize=address,bounds'])).toBe('-fsanitize=address,bounds');
    expect(await echo({}, ['/usr/bin/echo', '-fsanitize=address'])).toMatch(/^twin/);
    await writeTreeFor(root, 'echo', { emulateFor: ['own-build'] });
    expect(await echo({}, ['/usr/bin/echo', 'version', '-a'])).toBe('version -a');
    expect(await echo({}, ['/usr/bin/echo', 'versions', 'x'])).toMatch(/^twin/);
    await writeTreeFor(root, 'echo', { emulateFor: ['general-numeric'] });
    for (const words of ['-rg', '-k 2g', '+1g', '--sort=gen', '--sort general-numeric', '--key=1,1g', '--general']) {
      expect(await echo({}, ['/usr/bin/echo', 'x', ...words.split(' ')])).toBe(`x ${words}`);
      expect(await lastReason()).toBe('arguments');
    }
    for (const words of ['-rn', '-k 2n', '--sort=version', '--merge', 'gg', '--key=1']) {
      expect(await echo({}, ['/usr/bin/echo', 'x', ...words.split(' ')])).toMatch(/^twin/);
    }
    await writeTreeFor(root, 'echo', { emulateFor: ['unsigned-format'] });
    expect(await echo({}, ['/usr/bin/echo', '{ printf "%d %-08.3x", $1 }'])).toBe('{ printf "%d %-08.3x", $1 }');
    expect(await echo({}, ['/usr/bin/echo', '{ printf "%d %s %% x", $1 % 7, "u%" }'])).toMatch(/^twin/);
    await writeTreeFor(root, 'echo');
    expect(await echo({}, ['/usr/bin/echo', '-march=native'])).toMatch(/^twin/);
  });
});

describeNeeding(NEEDED, 'LD_PRELOAD', () => {
  beforeAll(async () => {
    await prepare();
    await writeTreeFor(root, 'echo');
    await addTwin(root, '/emul/usr/lib/libemul.so');
    await addTwin(root, '/emul/usr/lib/libbare.so');
    await addTwin(root, '/emul/opt/libpath.so');
  });
  afterAll(() => temp.dispose());

  async function preloadSeen(value: string): Promise<string> {
    const { stdout } = await runGuest(root, ['/launch', 'preload', value, '/usr/bin/echo', 'hi']);
    return stdout.split('\n').at(-2) ?? '';
  }

  test.each([
    ['', 'preload: '],
    ['libbare.so', 'preload: libbare.so'],
    ['/opt/libpath.so', 'preload: /emul/usr/lib/libemul.so:/emul/opt/libpath.so'],
    ['libbare.so:/opt/libpath.so', 'preload: /emul/usr/lib/libemul.so:libbare.so:/emul/opt/libpath.so'],
    ['libbare.so /opt/libpath.so', 'preload: /emul/usr/lib/libemul.so:libbare.so:/emul/opt/libpath.so'],
    ['/emul/usr/lib/libemul.so:libbare.so', 'preload: libbare.so'],
  ])('%s: the twin runs and has %s', async (value, seen) => {
    expect(await preloadSeen(value)).toBe(seen);
  });

  test.each(['libnone.so', '/opt/libnone.so', 'libbare.so:/opt/libnone.so', '/emul/../twin', './x.so'])(
    '%s: emulated',
    async (value) => {
      expect(await preloadSeen(value)).toBe('hi');
      expect(await lastReason()).toBe('preload');
    },
  );

  test('an emulated child sees what the guest asked for, not what a twin got', async () => {
    const mapped = '/emul/usr/lib/libemul.so:/emul/opt/libpath.so';
    const { stdout } = await runGuest(root, ['/launch', 'preload', mapped, '/usr/bin/env']);
    expect(stdout).toMatch(/^LD_PRELOAD=\/opt\/libpath\.so$/m);
  });
});

describeNeeding([...NEEDED, 'root'], 'privilege', () => {
  beforeAll(prepare);
  afterAll(() => temp.dispose());

  test('emulates programs with file capabilities', async () => {
    await writeTreeFor(root, 'echo');
    await capable(joinHost(root, 'usr/bin/echo'));
    expect(await echo()).toBe('hi');
    expect(await lastReason()).toBe('secure');
  });

  test('emulates what the kernel runs with raised privilege (flag C)', async () => {
    await writeTreeFor(root, 'echo');
    await fsp.chmod(joinHost(root, 'usr/bin/echo'), 0o4755);
    await fsp.chmod(root, 0o755);
    await fsp.chmod(joinHost(root, 'emul/trace'), 0o666);
    expect(await echo({ flags: 'POC' }, ['/launch', 'user', '/usr/bin/echo', 'hi'])).toBe('hi');
    expect(await lastReason()).toBe('secure');
  });
});

async function capable(file: HostPath): Promise<void> {
  await exec([joinHost(root, 'launch'), 'capability', file]);
}

/** Gives the note another owner: what is not GNU's is not a build-id. */
function withoutBuildId(elf: Buffer, buildId: string): Buffer {
  elf.write('XNU', elf.indexOf(buildId, 0, 'hex') - 4, 'latin1');
  return elf;
}

function flipBit(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}

async function patchMachine(file: HostPath): Promise<void> {
  const elf = await fsp.readFile(file);
  elf.writeUInt16LE(243, 18);
  await fsp.writeFile(file, elf);
}
