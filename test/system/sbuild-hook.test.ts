/**
 * hooks/sbuild, as a person would use it: an ordinary user's sbuild, chroot mode unshare, on a machine (of the test's own)
 * where the dispatcher is registered. One run has its line in ~/.sbuildrc, the other one as an option.
 */
import { promises as fsp } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostPath, joinHost, type HostPath } from '../../src/core/paths.ts';
import { exec } from '../../src/os/exec.ts';
import { CPIO_RUNS, makeRootArchive, makeSourcePackage, PROBE } from '../support/deb-build.ts';
import { machine, type Said } from '../support/machine.ts';
import { describeNeeding } from '../support/needs.ts';
import { tempDir, type TempDir } from '../support/temp.ts';
import { asOrdinaryUser, USER } from '../support/user.ts';

const HOOK = hostPath(`${import.meta.dirname}/../../hooks/sbuild/refresh`);
/** As the lines of docs/build-systems.md, which come back out of the chroot with it as the directory. */
const BACK_OUT = 'nsenter --mount=/proc/self/ns/mnt --wd=/';
const NEEDS = ['root', 'sbuild', 'binfmt', 'qemu-aarch64', 'mirror', 'patchelf', 'dpkg'] as const;

let temp: TempDir;

/** @param rc for ~/.sbuildrc. */
async function sbuild(name: string, options: readonly string[], rc = ''): Promise<Said & { readonly deb: Buffer }> {
  const [out, files] = [joinHost(temp.dir, name), joinHost(temp.dir, `${name}-user`)];
  for (const dir of [out, files, joinHost(out, 'home')]) await fsp.mkdir(dir);
  await fsp.writeFile(joinHost(out, 'home/.sbuildrc'), `${rc}1;\n`);
  for (const dir of [out, joinHost(out, 'home')]) await fsp.chown(dir, USER.uid, USER.uid);
  const argv = await asOrdinaryUser(files, [
    ...['env', '-C', out, `HOME=${joinHost(out, 'home')}`, 'sbuild', '--chroot-mode=unshare', '--arch=arm64'],
    ...['--dist=trixie', `--chroot=${joinHost(temp.dir, 'chroot.tar')}`, '--no-apt-upgrade', '--no-apt-distupgrade'],
    ...['--no-run-lintian', '--nolog', ...options, joinHost(temp.dir, PROBE.dsc)],
  ]);
  const words = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const said = await machine(`mount_table && binfmt register arm64 && ${words}`);
  expect(said, said.stdout.slice(-3000)).toMatchObject({ status: 0 });
  return { ...said, deb: await fsp.readFile(joinHost(out, PROBE.deb)) };
}

/** As mmdebstrap and sbuild need it: everything on the way can be read by subordinate ids. */
async function readableDir(): Promise<HostPath> {
  temp = await tempDir();
  await fsp.chmod(temp.dir, 0o755);
  // The hook's cache: root in the user's namespace makes a directory there.
  await fsp.mkdir(joinHost(temp.dir, 'hook'));
  await fsp.chmod(joinHost(temp.dir, 'hook'), 0o777);
  return temp.dir;
}

describeNeeding(NEEDS, 'sbuild with its hook', () => {
  beforeAll(async () => {
    const dir = await readableDir();
    await makeRootArchive(dir, 'chroot.tar');
    await makeSourcePackage(dir);
  });
  afterAll(async () => {
    await exec(['rm', '-rf', '--one-file-system', temp.dir]);
  });

  test('a build dependency of the same run is accelerated, and the package is the emulated one', async () => {
    const hook = `${BACK_OUT} env TMPDIR=${joinHost(temp.dir, 'hook')} ${HOOK}`;
    const line = `$external_commands->{'starting-build-commands'} =\n    ['${hook}'];\n`;
    const accelerated = await sbuild('accelerated', [], line);
    expect(accelerated.stdout).toContain(CPIO_RUNS.accelerated);
    const emulated = await sbuild('emulated', [`--starting-build-commands=${BACK_OUT} rm -rf ./emul`]);
    expect(emulated.stdout).toMatch(CPIO_RUNS.emulated);
    expect(accelerated.deb.equals(emulated.deb)).toBe(true);
  });

  test('where the hook can make no twins it says so, and the build goes on', async () => {
    const { status, stdout } = await machine(`cd ${joinHost(temp.dir, 'hook')} && ${HOOK}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'W: the build dependencies run emulated\n' });
  });
});
