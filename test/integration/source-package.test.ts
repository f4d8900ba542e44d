/** Whole source packages, fetched by the real apt from an archive that can misbehave. */
import { promises as fsp } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchSourcePackages, type SourceAnswer } from '../../src/adapters/donor/source-package.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { startArchive, type AptArchive } from '../support/apt-archive.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

describeNeeding(['dpkg', 'gpg'], 'source packages', () => {
  let temp: TempDir;
  let root: HostPath;
  let archive: AptArchive;

  beforeEach(async () => {
    temp = await tempDir();
    process.env['QEMU_ACCEL_CACHE'] = joinHost(temp.dir, 'cache');
    process.env['no_proxy'] = '127.0.0.1';
    archive = await startArchive(temp.dir);
    await archive.publish(
      [],
      [
        { name: 'alpha', version: '1.9' },
        { name: 'beta', version: '2' },
      ],
    );
    root = joinHost(temp.dir, 'root');
    await fsp.mkdir(joinHost(root, 'etc/apt/sources.list.d'), { recursive: true });
    const source = `deb [signed-by=${archive.keyring}] ${archive.url} test main\n`;
    await fsp.writeFile(joinHost(root, 'etc/apt/sources.list.d/test.list'), source);
  });
  afterEach(async () => {
    delete process.env['QEMU_ACCEL_CACHE'];
    await archive.stop();
    await temp.dispose();
  });

  const fetch = (...names: string[]): Promise<ReadonlyMap<string, SourceAnswer>> =>
    fetchSourcePackages({ root, arch: guestArch('arm64') }, names, new AbortController().signal);

  test('come with all of their files, and the second time from the cache', async () => {
    const answer = (await fetch('alpha')).get('alpha');
    expect(answer).toMatchObject({
      kind: 'found',
      source: { name: 'alpha', version: '1.9', files: ['alpha_1.9.dsc', 'alpha_1.9.tar.xz'] },
    });
    const { length } = archive.requests;
    expect((await fetch('alpha')).get('alpha')).toEqual(answer);
    expect(archive.requests).toHaveLength(length);
  });

  test('of which the mirror lacks a file, or that it does not know, are missing with the reason; others come', async () => {
    archive.faults.set('alpha_1.9.tar', 'gone');
    const answers = await fetch('alpha', 'beta', 'gamma');
    expect(answers.get('alpha')).toMatchObject({
      kind: 'missing',
      why: expect.stringMatching(/alpha_1\.9\.tar.*404/) as string,
    });
    expect(answers.get('beta')).toMatchObject({ kind: 'found' });
    expect(answers.get('gamma')).toMatchObject({ kind: 'missing', why: expect.stringContaining('gamma') as string });
  });

  test('the newest whole one is taken', async () => {
    await fetch('alpha');
    await archive.publish([], [{ name: 'alpha', version: '1.10' }]);
    const [key = ''] = await fsp.readdir(joinHost(temp.dir, 'cache/apt'));
    const dir = joinHost(temp.dir, 'cache/apt', key, 'source/alpha');
    for (const file of ['alpha_1.10.dsc', 'alpha_1.10.tar.xz']) {
      await fsp.copyFile(joinHost(temp.dir, 'www/pool', file), joinHost(dir, file));
    }
    expect((await fetch('alpha')).get('alpha')).toMatchObject({ source: { version: '1.10' } });
    await fsp.rm(joinHost(dir, 'alpha_1.10.tar.xz'));
    expect((await fetch('alpha')).get('alpha')).toMatchObject({ source: { version: '1.9' } });
  });
});
