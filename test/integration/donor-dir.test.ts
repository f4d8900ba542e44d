import { promises as fsp } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDonor, type Donor } from '../../src/adapters/donor/donor.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { makeDeb } from '../support/debs.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

describeNeeding(['dpkg'], 'a folder of packages as donor', () => {
  let temp: TempDir;
  let folder: HostPath;

  beforeEach(async () => {
    temp = await tempDir();
    folder = joinHost(temp.dir, 'debs');
    await fsp.mkdir(folder);
    process.env['QEMU_ACCEL_CACHE'] = joinHost(temp.dir, 'cache');
  });
  afterEach(async () => {
    delete process.env['QEMU_ACCEL_CACHE'];
    await temp.dispose();
  });

  const open = (): Promise<Donor> => openDonor(`dir:${folder}`, { root: temp.dir, arch: guestArch('arm64') });
  const silent = (): void => undefined;
  const provideOne = async (name: string, version: string) =>
    (await (await open()).provide([{ name, version }], silent)).get(name);

  test('the package at the guest version, unpacked, with everything below /usr', async () => {
    await makeDeb(folder, { name: 'tool', version: '1.0-2', files: { '/bin/tool': 'newer' } });
    await makeDeb(folder, { name: 'tool', version: '1.0-1+b3', files: { '/bin/tool': 'rebuilt' } });
    await makeDeb(folder, { name: 'tool', version: '1.0-1', arch: 'arm64', files: { '/bin/tool': 'foreign' } });
    const answer = await provideOne('tool', '1.0-1');
    if (answer?.kind !== 'found') throw new Error(JSON.stringify(answer));
    expect(answer.note).toBeUndefined();
    expect(answer.package).toMatchObject({ name: 'tool', version: '1.0-1+b3', arch: 'amd64' });
    expect(await fsp.readFile(joinHost(answer.package.dir, 'usr/bin/tool'), 'utf8')).toBe('rebuilt');
  });

  test('another revision comes with a note, another upstream version not at all', async () => {
    await makeDeb(folder, { name: 'tool', version: '12.2.0-14cross1' });
    const answer = await provideOne('tool', '12.2.0-14+deb12u1');
    expect(answer).toMatchObject({ kind: 'found', note: expect.stringContaining('12.2.0-14cross1') as string });
    expect(await provideOne('tool', '12.3.0-1')).toEqual({
      kind: 'missing',
      why: 'the folder has tool at 12.2.0-14cross1 only, the guest has 12.3.0-1',
    });
    expect(await provideOne('nothing', '1')).toEqual({ kind: 'missing', why: 'the folder has no package nothing' });
  });

  test('a renamed file is found, and an epoch is no trouble', async () => {
    const deb = await makeDeb(folder, { name: 'tool', version: '2:1.0-1', files: { '/usr/bin/tool': 'x' } });
    await fsp.rename(deb, joinHost(folder, 'renamed.deb'));
    const answer = await provideOne('tool', '2:1.0-1');
    if (answer?.kind !== 'found') throw new Error(JSON.stringify(answer));
    expect(answer.package.dir).not.toContain(':');
  });

  test('set-id bits do not come into the cache, and others cannot look into it', async () => {
    const path = '/usr/bin/tool';
    await makeDeb(folder, { name: 'tool', version: '1', files: { [path]: 'x' }, setuid: [path] });
    const answer = await provideOne('tool', '1');
    if (answer?.kind !== 'found') throw new Error(JSON.stringify(answer));
    expect((await fsp.stat(joinHost(answer.package.dir, path))).mode & 0o7777).toBe(0o755);
    expect((await fsp.stat(joinHost(temp.dir, 'cache/donor'))).mode & 0o077).toBe(0);
  });

  test('a damaged package is named, and nothing half is left', async () => {
    const deb = await makeDeb(folder, { name: 'tool', version: '1', files: { '/usr/bin/tool': 'x'.repeat(50_000) } });
    await fsp.truncate(deb, 20_000);
    await expect(provideOne('tool', '1')).rejects.toMatchObject({ name: 'CommandError' });
    expect(await fsp.readdir(joinHost(temp.dir, 'cache/donor'))).toEqual([]);
    await fsp.writeFile(deb, 'not a package');
    await expect(provideOne('tool', '1')).rejects.toMatchObject({
      code: 'E_DONOR',
      what: expect.stringContaining(deb) as string,
    });
  });

  test('a folder without packages, and no folder', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'E_DONOR' });
    await fsp.rmdir(folder);
    await expect(open()).rejects.toMatchObject({ code: 'E_IO' });
  });

  test('an unknown kind of donor is a usage error', async () => {
    const guest = { root: temp.dir, arch: guestArch('arm64') };
    await expect(openDonor('rpm:/x', guest)).rejects.toMatchObject({ code: 'E_USAGE', exitCode: 2 });
  });

  test('what a killed process left half unpacked is swept up, what is being unpacked now is not', async () => {
    const cache = joinHost(temp.dir, 'cache/donor');
    await fsp.mkdir(joinHost(cache, '.tool_1_amd64_x.123456789abc.new'), { recursive: true });
    await fsp.mkdir(joinHost(cache, '.young_1_amd64_x.123456789abc.new'));
    const longAgo = new Date(Date.now() - 24 * 3600 * 1000);
    await fsp.utimes(joinHost(cache, '.tool_1_amd64_x.123456789abc.new'), longAgo, longAgo);
    await makeDeb(folder, { name: 'tool', version: '1' });
    await provideOne('tool', '1');
    const names = await fsp.readdir(cache);
    expect(names).toContain('.young_1_amd64_x.123456789abc.new');
    expect(names).not.toContain('.tool_1_amd64_x.123456789abc.new');
  });
});
