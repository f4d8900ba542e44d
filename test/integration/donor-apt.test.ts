import { promises as fsp } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDonor, type DonorAnswer, type DonorWant } from '../../src/adapters/donor/donor.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { startArchive } from '../support/apt-archive.ts';
import { aptRoot, type AptRoot } from '../support/apt-root.ts';
import { describeNeeding } from '../support/needs.ts';

describeNeeding(['dpkg', 'gpg'], 'the package archive as donor', () => {
  let apt: AptRoot;

  beforeEach(async () => {
    apt = await aptRoot();
    await apt.archive.publish([
      { name: 'alpha', version: '1.0-1+b2', files: { '/usr/bin/alpha': 'a'.repeat(100_000) } },
      { name: 'beta', version: '1:2.0-3', files: { '/bin/beta': 'b' } },
    ]);
  });
  afterEach(() => apt.dispose());

  const ALPHA = { name: 'alpha', version: '1.0-1' };
  const BETA = { name: 'beta', version: '1:2.0-3' };
  const provide = async (...wants: DonorWant[]): Promise<ReadonlyMap<string, DonorAnswer>> =>
    (await openDonor(undefined, { root: apt.root, arch: guestArch('arm64') })).provide(wants, () => undefined);
  const poolRequests = (): string[] => apt.archive.requests.filter((path) => path.includes('pool/'));
  const unpacked = async (): Promise<string[]> =>
    (await fsp.readdir(joinHost(apt.dir, 'cache/donor')).catch(() => [])).sort();
  /** As if the lists had been fetched that long ago. */
  const ageLists = async (ageMs: number): Promise<void> => {
    const [key = ''] = await fsp.readdir(joinHost(apt.dir, 'cache/apt'));
    const stamp = joinHost(apt.dir, 'cache/apt', key, 'updated.json');
    const old = JSON.parse(await fsp.readFile(stamp, 'utf8')) as object;
    await fsp.writeFile(stamp, JSON.stringify({ ...old, atMs: Date.now() - ageMs }));
  };
  const HOUR_MS = 3600 * 1000;

  test('packages are fetched, checked and unpacked; the second time nothing is fetched', async () => {
    const answers = await provide(ALPHA, BETA, { name: 'gamma', version: '1' });
    const alpha = answers.get('alpha');
    const beta = answers.get('beta');
    if (alpha?.kind !== 'found' || beta?.kind !== 'found') throw new Error(JSON.stringify([...answers]));
    expect(await fsp.readFile(joinHost(alpha.package.dir, 'usr/bin/alpha'), 'utf8')).toHaveLength(100_000);
    expect(await fsp.readFile(joinHost(beta.package.dir, 'usr/bin/beta'), 'utf8')).toBe('b');
    expect(answers.get('gamma')).toEqual({ kind: 'missing', why: 'the package archive has no package gamma' });
    apt.archive.requests.length = 0;
    expect(await provide(ALPHA, BETA, { name: 'gamma', version: '1' })).toEqual(answers);
    expect(apt.archive.requests).toEqual([]);
  });

  test('the host’s own apt is not touched', async () => {
    // Some of it is root's alone to read, and so to change.
    const readable = ['!', '-readable', '-prune', '-o', '-printf', '%p %T@ %s\\n'];
    const state = async (): Promise<string> =>
      (await exec(['find', '/var/lib/apt', '/var/cache/apt', '/etc/apt', ...readable])).stdout;
    const before = await state();
    await provide(ALPHA);
    expect(await state()).toBe(before);
  });

  test('a file that the archive does not serve is missing, with the reason; the others come', async () => {
    apt.archive.faults.set('pool/alpha_', 'gone');
    const answers = await provide(ALPHA, BETA);
    expect(answers.get('alpha')).toMatchObject({
      kind: 'missing',
      why: 'alpha 1.0-1+b2: the package archive does not serve this file: 404 Not Found',
    });
    expect(answers.get('beta')?.kind).toBe('found');
  });

  test('a file with another content is never used', async () => {
    apt.archive.faults.set('pool/alpha_', 'other');
    expect((await provide(ALPHA)).get('alpha')).toMatchObject({ kind: 'missing' });
    expect(await unpacked()).toEqual([]);
    apt.archive.faults.clear();
    expect((await provide(ALPHA)).get('alpha')?.kind).toBe('found');
  });

  test('a download that breaks off leaves nothing half, and the next one goes on', async () => {
    apt.archive.faults.set('pool/alpha_', 'hang-up');
    await expect(provide(ALPHA, BETA)).rejects.toMatchObject({ code: 'E_DOWNLOAD' });
    expect((await unpacked()).filter((name) => name.includes('alpha'))).toEqual([]);
    apt.archive.faults.clear();
    apt.archive.requests.length = 0;
    expect((await provide(ALPHA, BETA)).get('alpha')?.kind).toBe('found');
    expect(poolRequests().filter((path) => path.includes('beta'))).toEqual([]);
  });

  test('an archive that cannot be reached at all is an error', async () => {
    await apt.archive.stop();
    await expect(provide(ALPHA)).rejects.toMatchObject({ code: 'E_DOWNLOAD' });
  });

  test('with everything in the cache, an archive that cannot be reached is no trouble', async () => {
    await provide(ALPHA);
    await ageLists(24 * HOUR_MS);
    await apt.archive.stop();
    expect((await provide(ALPHA)).get('alpha')?.kind).toBe('found');
  });

  test('a suite that the archive does not have is an error that says so', async () => {
    await apt.writeSources(`deb [signed-by=/usr/share/keyrings/test.gpg] ${apt.archive.url} nonesuch main`);
    await expect(provide(ALPHA)).rejects.toMatchObject({
      code: 'E_DOWNLOAD',
      fix: expect.arrayContaining([expect.stringContaining('suite')]) as string[],
    });
  });

  test('signatures are always checked, whatever the sources say', async () => {
    const other = joinHost(apt.dir, 'other');
    await fsp.mkdir(other);
    const stranger = await startArchive(other);
    await stranger.stop();
    await fsp.copyFile(stranger.keyring, joinHost(apt.root, 'usr/share/keyrings/test.gpg'));
    await apt.writeSources(`deb [trusted=yes signed-by=/usr/share/keyrings/test.gpg] ${apt.archive.url} test main`);
    await expect(provide(ALPHA)).rejects.toMatchObject({ code: 'E_DOWNLOAD' });
    await apt.writeSources(`deb [trusted=yes signed-by=/usr/share/keyrings/none.gpg] ${apt.archive.url} test main`);
    await expect(provide(ALPHA)).rejects.toMatchObject({ code: 'E_DONOR' });
  });

  test('a source of the root that does not work spoils the others as little as apt itself lets it', async () => {
    const signed = 'deb [signed-by=/usr/share/keyrings/test.gpg]';
    await apt.writeSources(`${signed} ${apt.archive.url} test main\n${signed} ${apt.archive.url} nonesuch main`);
    expect((await provide(ALPHA)).get('alpha')?.kind).toBe('found');
  });

  test('lists are fetched again when they lack a version, not for one that they were known to lack', async () => {
    await provide(ALPHA, { name: 'gamma', version: '1' });
    await ageLists(HOUR_MS);
    await apt.archive.publish([{ name: 'alpha', version: '1.0-2' }]);
    apt.archive.requests.length = 0;
    await provide(ALPHA, { name: 'gamma', version: '1' });
    expect(apt.archive.requests).toEqual([]);
    const answer = (await provide({ name: 'alpha', version: '1.0-2' })).get('alpha');
    expect(answer).toMatchObject({ kind: 'found', package: { version: '1.0-2' } });
    expect(answer).not.toHaveProperty('note');
  });

  test('lists that name a file that is gone are fetched again', async () => {
    await provide(BETA);
    await ageLists(HOUR_MS);
    await apt.archive.publish([{ name: 'alpha', version: '1.0-1+b3' }]);
    apt.archive.faults.set('pool/alpha_1.0-1+b2', 'gone');
    expect((await provide(ALPHA)).get('alpha')).toMatchObject({ kind: 'found', package: { version: '1.0-1+b3' } });
  });
});
