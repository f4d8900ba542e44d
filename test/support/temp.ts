/** Temporary directories that go away with the test that made them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { hostPath, type HostPath } from '../../src/core/paths.ts';

export interface TempDir {
  readonly dir: HostPath;
  readonly dispose: () => Promise<void>;
}

/** For beforeAll/afterAll; a single test uses `testDir`. */
export async function tempDir(): Promise<TempDir> {
  const dir = hostPath(await mkdtemp(join(tmpdir(), 'qemu-accel-test-')));
  return { dir, dispose: () => rm(dir, { recursive: true, force: true }) };
}

/** A directory that is removed when the running test ends. */
export async function testDir(): Promise<HostPath> {
  const { dir, dispose } = await tempDir();
  onTestFinished(dispose);
  return dir;
}
