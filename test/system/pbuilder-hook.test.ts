/**
 * hooks/pbuilder, as a person would use it: pbuilder as root of a machine (of the test's own) where the dispatcher is
 * registered, and where the checkout lies where our Debian package would.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostPath, joinHost } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { CPIO_RUNS, makeRootArchive, makeSourcePackage, PROBE } from '../support/deb-build.ts';
import { machine, type Said } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';

const CHECKOUT = hostPath(`${import.meta.dirname}/../..`);
const HOOKS = '/usr/lib/qemu-accel/hooks/pbuilder';
const LISTS = 'D40-package-lists';
const NEEDS = ['root', 'pbuilder', 'binfmt', 'qemu-aarch64', 'mirror', 'patchelf', 'dpkg'] as const;
/** Root of a namespace may make no devices and mount no sysfs, and finds no systemd. apt is there already, aptitude is not. */
const CONFIG = `
USEDEVPTS=no
USESYSFS=no
USECGROUP=no
BINDMOUNTS="/dev/null /dev/zero /dev/full /dev/random /dev/urandom"
APTCACHE=
DEBBUILDOPTS=-b
SOURCE_ONLY_CHANGES=no
PBUILDERSATISFYDEPENDSCMD=/usr/lib/pbuilder/pbuilder-satisfydepends-apt
`;

let temp: TempDir;

async function pbuilder(name: string, hooks: string): Promise<Said & { readonly deb: Buffer }> {
  const [out, place] = [joinHost(temp.dir, name), joinHost(temp.dir, 'place')];
  for (const dir of [out, place]) await fsp.mkdir(dir, { recursive: true });
  const words = [
    ...['pbuilder', 'build', '--configfile', joinHost(temp.dir, 'pbuilderrc'), '--architecture', 'arm64'],
    ...['--basetgz', joinHost(temp.dir, 'base.tar'), '--buildplace', place, '--buildresult', out],
    ...['--hookdir', hooks, joinHost(temp.dir, PROBE.dsc)],
  ];
  const layer = `mount -t overlay -o lowerdir=${joinHost(temp.dir, 'layer')}:/usr/lib overlay /usr/lib`;
  const said = await machine(`mount_table && binfmt register arm64 && ${layer} && exec ${words.join(' ')} 2>&1`);
  expect(said, said.stdout.slice(-3000)).toMatchObject({ status: 0 });
  return { ...said, deb: await fsp.readFile(joinHost(out, PROBE.deb)) };
}

describeNeeding(NEEDS, 'pbuilder with its hook', () => {
  beforeAll(async () => {
    temp = await tempDir();
    for (const dir of ['layer', 'switch-off']) await fsp.mkdir(joinHost(temp.dir, dir));
    await fsp.symlink(CHECKOUT, joinHost(temp.dir, 'layer/qemu-accel'));
    await fsp.copyFile(`${CHECKOUT}/hooks/pbuilder/${LISTS}`, joinHost(temp.dir, 'switch-off', LISTS));
    await fsp.writeFile(joinHost(temp.dir, 'switch-off/A50'), '#!/bin/sh\nexec rm -rf /emul\n', { mode: 0o755 });
    await fsp.writeFile(joinHost(temp.dir, 'pbuilderrc'), CONFIG);
    await makeRootArchive(temp.dir, 'base.tar');
    await makeSourcePackage(temp.dir);
  });
  afterAll(async () => {
    await exec(['rm', '-rf', '--one-file-system', temp.dir]);
  });

  test('a build dependency of the same run is accelerated, and the package is the emulated one', async () => {
    const accelerated = await pbuilder('accelerated', HOOKS);
    expect(accelerated.stdout).toContain(CPIO_RUNS.accelerated);
    const emulated = await pbuilder('emulated', joinHost(temp.dir, 'switch-off'));
    expect(emulated.stdout).toMatch(CPIO_RUNS.emulated);
    expect(accelerated.deb.equals(emulated.deb)).toBe(true);
  });
});
