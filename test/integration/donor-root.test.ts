import { promises as fsp } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDonor } from '../../src/adapters/donor/donor.ts';
import { guestArch } from '../../src/core/arch.ts';
import { joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { makeDeb } from '../support/debs.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

describeNeeding(['dpkg', 'root'], 'a root directory as donor', () => {
  let temp: TempDir;
  let root: HostPath;

  beforeEach(async () => {
    temp = await tempDir();
    root = joinHost(temp.dir, 'root');
    await fsp.mkdir(joinHost(root, 'var/lib/dpkg'), { recursive: true });
  });
  afterEach(() => temp.dispose());

  const guest = () => ({ root: temp.dir, arch: guestArch('arm64') });
  const install = async (name: string, version: string, arch: string): Promise<void> => {
    const deb = await makeDeb(temp.dir, { name, version, arch, files: { '/usr/bin/tool': version } });
    await exec(['dpkg', `--root=${root}`, '--force-architecture', '--log=/dev/null', '--install', deb]);
  };

  test('its files are used in place', async () => {
    await install('tool', '1.0-1+b2', 'amd64');
    const donor = await openDonor(`root:${root}`, guest());
    expect(donor.spec).toBe(`root:${root}`);
    const answers = await donor.provide(
      [
        { name: 'tool', version: '1.0-1' },
        { name: 'other', version: '1' },
      ],
      () => undefined,
    );
    const answer = answers.get('tool');
    if (answer?.kind !== 'found') throw new Error(JSON.stringify(answer));
    expect(answer.package).toMatchObject({ version: '1.0-1+b2', dir: root });
    expect(await fsp.readFile(joinHost(answer.package.dir, 'usr/bin/tool'), 'utf8')).toBe('1.0-1+b2');
    expect(answers.get('other')).toEqual({ kind: 'missing', why: 'the donor root has no package other' });
  });

  test('the same list of files has the same checksum, another has not', async () => {
    const checksum = async (): Promise<string> => {
      const donor = await openDonor(`root:${root}`, guest());
      const answer = (await donor.provide([{ name: 'tool', version: '1.0-1' }], () => undefined)).get('tool');
      if (answer?.kind !== 'found') throw new Error(JSON.stringify(answer));
      return answer.package.sha256;
    };
    await install('tool', '1.0-1', 'amd64');
    const first = await checksum();
    expect(await checksum()).toBe(first);
    await fsp.appendFile(joinHost(root, 'var/lib/dpkg/info/tool.list'), '/usr/bin/more\n');
    expect(await checksum()).not.toBe(first);
  });

  test('a root of the guest architecture is refused, and so is a directory that is no root', async () => {
    await expect(openDonor(`root:${root}`, guest())).rejects.toMatchObject({ code: 'E_DONOR' });
    await install('tool', '1.0-1', 'arm64');
    await expect(openDonor(`root:${root}`, guest())).rejects.toMatchObject({
      code: 'E_DONOR',
      why: expect.stringContaining('amd64') as string,
    });
  });
});
