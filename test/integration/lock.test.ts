/** Locks that flock(1) holds. */
import { promises as fsp } from 'node:fs';
import { expect, test } from 'vitest';
import { joinHost } from '../../src/core/paths.ts';
import { withLock } from '../../src/os/lock.ts';
import { testDir } from '../support/temp.ts';

const nothing = (): Promise<void> => Promise.resolve();

test('one at a time, and again after it', async () => {
  const lock = joinHost(await testDir(), 'below', 'lock');
  const inner = withLock(lock, 0, () => expect(withLock(lock, 0, nothing)).rejects.toMatchObject({ code: 'E_LOCKED' }));
  await inner;
  await expect(withLock(lock, 0, () => Promise.resolve('done'))).resolves.toBe('done');
});

test('a place where no file can be is an error with a code, and nobody is said to be at work', async () => {
  const dir = await testDir();
  await fsp.writeFile(joinHost(dir, 'file'), '');
  await expect(withLock(joinHost(dir, 'file', 'lock'), 0, nothing)).rejects.toMatchObject({ code: 'E_IO' });
  await expect(withLock(dir, 0, nothing)).rejects.toMatchObject({ code: 'E_IO' });
});
