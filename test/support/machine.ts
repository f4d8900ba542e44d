/**
 * A machine of its own for tests that change a machine's handlers: namespaces with a binfmt_misc that is private, not mounted
 * yet, and gone with the test, and empty directories over /var/lib, /etc/binfmt.d and systemd's own settings.
 */
import { promises as fsp } from 'node:fs';
import { runInSandbox } from '../../src/adapters/sandbox/launch.ts';
import { guestPath, hostPath } from '../../src/core/paths.ts';
import { cleanEnv } from '../../src/os/exec.ts';
import { cacheDir } from '../../src/os/fs.ts';
import { testDir } from './temp.ts';

const BIN = hostPath(`${import.meta.dirname}/../../bin/qemu-accel`);
export const TABLE = '/proc/sys/fs/binfmt_misc';
const COVERED = ['/var/lib', '/etc/binfmt.d', '/etc/systemd/system'];

const PRELUDE = `
table=${TABLE}
accel() { "$NODE" "$BIN" "$@"; }
binfmt() { accel binfmt "$@"; }
mount_table() { mount -t binfmt_misc binfmt_misc $table; }
`;

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script where it is root of a machine of its own; `accel`, `binfmt` and `mount_table` are functions of it. */
export async function machine(script: string): Promise<Said> {
  const binds = COVERED.map(async (path) => {
    const source = await testDir();
    await fsp.chmod(source, 0o755);
    return { source, target: guestPath(path), isReadOnly: false };
  });
  return runInSandbox(
    {
      command: ['sh', '-c', PRELUDE + script],
      env: cleanEnv({ NODE: process.execPath, BIN, QEMU_ACCEL_CACHE: cacheDir() }),
      cwd: '/',
      network: 'host',
      binds: await Promise.all(binds),
      files: [],
    },
    { stdio: 'capture' },
  );
}
