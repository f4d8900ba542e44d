/**
 * The ways to execute a program. Each runs with a twin and without, and what the program is told (argv, descriptors) must
 * be the same.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import type { ExecResult } from '../../src/os/exec.ts';
import { makeSmallRoot, readTrace, runGuest, writeTree, writeTreeFor, type GuestRun } from '../support/guest-root.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const NEEDED = ['userns', 'binfmt', 'qemu-aarch64', 'gcc', 'readelf'] as const;

describeNeeding(NEEDED, 'exec', () => {
  let temp: TempDir;
  let root: HostPath;

  beforeAll(async () => {
    temp = await tempDir();
    root = temp.dir;
    await makeSmallRoot(root);
    await fsp.symlink('../usr/bin/echo', joinHost(root, 'tmp/link'));
    await fsp.link(joinHost(root, 'usr/bin/echo'), joinHost(root, 'tmp/hard'));
    await fsp.copyFile(joinHost(root, 'usr/bin/echo'), joinHost(root, 'tmp/copy'));
    await fsp.link(joinHost(root, 'usr/bin/echo'), joinHost(root, '-dash'));
    await fsp.writeFile(joinHost(root, 'tmp/script'), '#!/usr/bin/echo from\n', { mode: 0o755 });
    await fsp.writeFile(joinHost(root, 'tmp/chained'), '#!/tmp/script again\n', { mode: 0o755 });
  });
  afterAll(() => temp.dispose());

  const withTwin = async (argv: readonly string[], options: GuestRun = {}): Promise<ExecResult> => {
    await writeTreeFor(root, 'echo');
    return runGuest(root, argv, options);
  };
  const emulated = async (argv: readonly string[], options: GuestRun = {}): Promise<ExecResult> => {
    await writeTree(root, []);
    return runGuest(root, argv, options);
  };

  test.each([
    ['a symbolic link', ['/tmp/link', 'hi']],
    ['a hard link', ['/tmp/hard', 'hi']],
    ['a copy', ['/tmp/copy', 'hi']],
    ['another name in argv[0]', ['/launch', 'as', 'name', '/usr/bin/echo', 'hi']],
    ['a relative path', ['/bin/sh', '-c', 'cd /usr/bin && ./echo hi']],
    ['a relative path from a directory that is gone', ['/launch', 'gone', '../../usr/bin/echo', 'hi']],
    ['a path like an option', ['/launch', 'as', 'name', '-dash', 'hi']],
    ['PATH', ['/bin/sh', '-c', 'env echo hi']],
    ['a descriptor', ['/launch', 'fd', '/usr/bin/echo', 'hi']],
    ['a script', ['/tmp/script', 'hi']],
    ['a script whose interpreter is a script', ['/tmp/chained', 'hi']],
    ['no argv at all', ['/launch', 'empty', '/usr/bin/echo']],
    ['an empty argument', ['/usr/bin/echo', '', 'hi', '']],
    ['an argument like an option', ['/usr/bin/echo', '-0', '--help-me']],
  ])('by %s', async (_, argv) => {
    const accelerated = await withTwin(argv);
    expect((await readTrace(root)).filter(({ how }) => how === 'accelerated')).toHaveLength(1);
    const slow = await emulated(argv);
    const words = /arguments:(?: (.*))?\n/.exec(accelerated.stdout)?.[1] ?? '';
    expect(`${words}\n`).toBe(slow.stdout);
    expect(accelerated).toMatchObject({ status: slow.status, stderr: slow.stderr });
  });

  test('argv[0] is what the caller said', async () => {
    const { stdout } = await withTwin(['/launch', 'as', 'other name', '/usr/bin/echo']);
    expect(stdout).toMatch(/^twin of other name, 0 arguments/);
    const slow = await emulated(['/launch', 'as', 'other name', '/usr/bin/env', '--nonsense']);
    expect(slow.stderr).toMatch(/^other name: /);
  });

  test('100,000 arguments', async () => {
    const many = ['/launch', 'many', '100000', '/usr/bin/echo'];
    expect((await withTwin(many)).stdout).toMatch(/^twin of \/usr\/bin\/echo, 100000 arguments/);
    expect((await emulated(many)).stdout).toBe(`${'x '.repeat(100_000).trim()}\n`);
  });

  test('a chain of 1,000 execs', async () => {
    const { stdout } = await withTwin(['/usr/bin/echo', 'chain', '1000', '/usr/bin/echo']);
    expect(stdout).toMatch(/^twin of .*: chain 0 \/usr\/bin\/echo$/m);
    expect(await readTrace(root)).toHaveLength(1001);
  });

  test.each(['PO', 'P'])(
    'with flags %s a program inherits the descriptors of its caller and no other',
    async (flags) => {
      expect((await withTwin(['/usr/bin/echo'], { flags })).stdout).toMatch(/^open: 0 1 2$/m);
      expect((await withTwin(['/launch', 'closed', '/usr/bin/echo'], { flags })).stdout).toMatch(/^open: 1$/m);
      // qemu has descriptors of its own, so the oracle is qemu called by the kernel; by path, because it leaks an AT_EXECFD
      // of 0.
      for (const how of [[], ['/launch', 'closed']]) {
        const list = [...how, '/usr/bin/ls', '/proc/self/fd'];
        const plain = await runGuest(root, list, { interpreter: '/usr/bin/qemu-aarch64', flags: 'P' });
        expect(plain.stdout).toMatch(/^0?\n?1\n/);
        expect(await emulated(list, { flags })).toEqual(plain);
      }
    },
  );

  test('exit status and signals pass through', async () => {
    for (const run of [withTwin, emulated]) {
      expect((await run(['/bin/sh', '-c', 'exit 42'])).status).toBe(42);
      expect((await run(['/bin/sh', '-c', '/bin/sh -c "kill -TERM \\$\\$"; echo $?'])).stdout).toBe('143\n');
    }
  });
});
