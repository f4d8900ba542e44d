/**
 * A lock that the kernel drops when its holder dies, however it dies. Node has no flock(2), so flock(1) of util-linux
 * holds it in a child that ends with our end of its stdin.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { promises as fsp } from 'node:fs';
import { dirname } from 'node:path';
import { EnvironmentError } from '../core/errors.ts';
import type { HostPath } from '../core/paths.ts';
import { cleanEnv } from './exec.ts';
import { withErrno } from './fs.ts';

/**
 * Runs `work` while holding an exclusive lock on `path`, which is created when missing and never removed: removing a lock
 * file lets two holders lock two files of one name.
 *
 * @throws EnvironmentError E_LOCKED when somebody else holds it longer than `waitSeconds`; E_PERMISSION, E_NO_SPACE, E_IO.
 */
export async function withLock<T>(path: HostPath, waitSeconds: number, work: () => Promise<T>): Promise<T> {
  await withErrno(`make ${dirname(path)}`, () => fsp.mkdir(dirname(path), { recursive: true }));
  // flock(1) would say of a file that it cannot open only that it could not.
  await withErrno(`lock ${path}`, async () => (await fsp.open(path, 'a')).close());
  const wait = waitSeconds === 0 ? ['--nonblock'] : ['--timeout', String(waitSeconds)];
  const holder = spawn('flock', [...wait, '--conflict-exit-code', '75', path, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: cleanEnv(),
    // A ^C at the terminal reaches the whole foreground group; the lock must outlive it until we have cleaned up.
    detached: true,
  });
  const ended = once(holder, 'close') as Promise<[number | null]>;
  const locked = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!locked) {
    throw new EnvironmentError({
      code: 'E_LOCKED',
      what: 'another qemu-accel is at work here',
      why: `${path} is locked`,
      fix: ['Wait until it has ended, then run the same command again'],
    });
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
