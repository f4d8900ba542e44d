/** Whole source packages, fetched by the real apt from an archive that can misbehave. */
import { promises as fsp } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchSourcePackages, type SourceAnswer } from '../../src/adapters/donor/source-package.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost } from '../../src/core/paths.ts';
import { aptRoot, type AptRoot } from '../support/apt-root.ts';
import { describeNeeding } from '../support/needs.ts';

describeNeeding(['dpkg', 'gpg'], 'source packages', () => {
  let apt: AptRoot;

  beforeEach(async () => {
    apt = await aptRoot();
    await apt.archive.publish(
      [],
      [
        { name: 'alpha', version: '1.9' },
        { name: 'beta', version: '2' },
      ],
    );
  });
  afterEach(() => apt.dispose());

  const fetch = (...names: string[]): Promise<ReadonlyMap<string, SourceAnswer>> =>
    fetchSourcePackages({ root: apt.root, arch: guestArch('arm64') }, names, new AbortController().signal);

  test('come with all of their files, and the second time from the cache', async () => {
    const answer = (await fetch('alpha')).get('alpha');
    expect(answer).toMatchObject({
      kind: 'found',
      source: { name: 'alpha', version: '1.9', files: ['alpha_1.9.dsc', 'alpha_1.9.tar.xz'] },
    });
    const { length } = apt.archive.requests;
    expect((await fetch('alpha')).get('alpha')).toEqual(answer);
    expect(apt.archive.requests).toHaveLength(length);
  });

  test('of which the mirror lacks a file, or that it does not know, are missing with the reason; others come', async () => {
    apt.archive.faults.set('alpha_1.9.tar', 'gone');
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
    await apt.archive.publish([], [{ name: 'alpha', version: '1.10' }]);
    const [key = ''] = await fsp.readdir(joinHost(apt.dir, 'cache/apt'));
    const dir = joinHost(apt.dir, 'cache/apt', key, 'source/alpha');
    for (const file of ['alpha_1.10.dsc', 'alpha_1.10.tar.xz']) {
      await fsp.copyFile(joinHost(apt.dir, 'www/pool', file), joinHost(dir, file));
    }
    expect((await fetch('alpha')).get('alpha')).toMatchObject({ source: { version: '1.10' } });
    await fsp.rm(joinHost(dir, 'alpha_1.10.tar.xz'));
    expect((await fetch('alpha')).get('alpha')).toMatchObject({ source: { version: '1.9' } });
  });
});
